// Messages to one bucket, one at a time, from a thread and from an actor.

#include "tests/bench/app/harness.hpp"
#include "tests/bench/common/calls.hpp"

#include <random>

namespace kv::bench {

namespace {

constexpr size_t calls = 400'000;

struct bucket_fixture {
  bucket_fixture() : bucket(app.client.create("bucket")) {
    for (int i = 1; i <= 8; ++i)
      bucket.put("key-" + std::to_string(i), "value-" + std::to_string(i));
    std::mt19937_64 random{1};
    for (int i = 0; i < 1000; ++i)
      keys.push_back("key-" + std::to_string(random() % 8 + 1));
  }

  const std::string& key(size_t i) const {
    return keys[i % keys.size()];
  }

  running_application app;
  kv::bucket bucket;
  std::vector<std::string> keys;
};

template <class F>
double timed(F f) {
  auto from = clock::now();
  f();
  return mops(calls, since(from));
}

double get_from_thread() {
  bucket_fixture fixture;
  return timed([&] {
    for (size_t i = 0; i < calls; ++i)
      fixture.bucket.get_in_order(fixture.key(i));
  });
}

double put_from_thread() {
  bucket_fixture fixture;
  return timed([&] {
    for (size_t i = 0; i < calls; ++i)
      fixture.bucket.put(fixture.key(i), std::string{"another"});
  });
}

double get_from_actor() {
  bucket_fixture fixture;
  return timed([&] {
    call_from_actor<optional_bytes>(
      fixture.app.sys, calls, 1, [&](caf::event_based_actor* self, size_t i) {
        return self->request(fixture.bucket.actor(), caf::infinite, atom::get_v,
                             fixture.key(i));
      });
  });
}

double put_from_actor() {
  bucket_fixture fixture;
  return timed([&] {
    call_from_actor<caf::ok_atom>(
      fixture.app.sys, calls, 1, [&](caf::event_based_actor* self, size_t i) {
        return self->request(fixture.bucket.actor(), caf::infinite, atom::put_v,
                             fixture.key(i), std::string{"another"});
      });
  });
}

} // namespace

std::vector<measurement> bucket_measurements() {
  return {
    {"get", "message.thread", "Mops/s", "get message.thread", "agent",
     get_from_thread},
    {"get", "message.actor", "Mops/s", "get message.actor", "agent",
     get_from_actor},
    {"put", "thread", "Mops/s", "put thread", "agent", put_from_thread},
    {"put", "actor", "Mops/s", "put actor", "agent", put_from_actor},
  };
}

} // namespace kv::bench
