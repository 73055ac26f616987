// Creates through the whole application, with one event handler.

#include "actors/base/host_unit.hpp"

#include "tests/bench/app/harness.hpp"
#include "tests/bench/common/calls.hpp"

#include <stdexcept>

namespace kv::bench {

namespace {

constexpr size_t creates = 100'000;

template <class F>
double timed_creates(F f) {
  running_application app;
  auto from = clock::now();
  f(app);
  auto seconds = since(from);
  if (app.client.names().size() != creates
      || app.seen(event_kind::create) != creates)
    throw std::logic_error("a bucket or an event is missing");
  return mops(creates, seconds);
}

double one_from_thread() {
  return timed_creates([](running_application& app) {
    for (size_t i = 0; i < creates; ++i)
      app.client.create(bucket_name(i));
  });
}

double many_from_thread() {
  return timed_creates([](running_application& app) {
    std::atomic<size_t> answered = 0;
    auto& unit = host_unit::of_this_thread(app.sys);
    for (size_t i = 0; i < creates;) {
      for (size_t end = std::min(i + 64, creates); i < end; ++i)
        app.client.create(bucket_name(i),
                          completion<bucket_ref>::make(
                            [&](const caf::expected<bucket_ref>&) {
                              ++answered;
                              answered.notify_one();
                            }));
      unit.run();
      for (auto n = answered.load(); n < i; n = answered.load())
        answered.wait(n);
    }
  });
}

double from_actor(size_t outstanding) {
  return timed_creates([outstanding](running_application& app) {
    auto registry = otp::whereis<registry_actor>(app.app->actors(),
                                                 registry_state::name);
    call_from_actor<bucket_actor>(app.sys, creates, outstanding,
                                  [&](caf::event_based_actor* self, size_t i) {
                                    return self->request(registry,
                                                         caf::infinite,
                                                         atom::create_v,
                                                         bucket_name(i));
                                  });
  });
}

double existing_from_thread() {
  running_application app;
  for (size_t i = 0; i < 1000; ++i)
    app.client.create(bucket_name(i));
  constexpr size_t rounds = 300;
  std::vector<std::string> names;
  for (size_t i = 0; i < 1000; ++i)
    names.push_back(bucket_name(i));
  auto from = clock::now();
  for (size_t round = 0; round < rounds; ++round)
    for (auto& name : names)
      app.client.create(name);
  return mops(rounds * names.size(), since(from));
}

} // namespace

std::vector<measurement> create_measurements() {
  return {
    {"create", "fresh.one.thread", "Mops/s", "create fresh.one", "elixir",
     one_from_thread},
    {"create", "fresh.one.actor", "Mops/s", "create fresh.one", "elixir",
     [] { return from_actor(1); }},
    {"create", "fresh.64.thread", "Mops/s", "create fresh.64", "elixir",
     many_from_thread},
    {"create", "fresh.64.actor", "Mops/s", "create fresh.64", "elixir",
     [] { return from_actor(64); }},
    {"create", "existing.one.thread", "Mops/s", "create existing.one", "elixir",
     existing_from_thread},
  };
}

} // namespace kv::bench
