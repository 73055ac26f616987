// What has expired goes, though it was not there, or too busy, when it was due.

#include "actors/kv/expiry.hpp"

#include "tests/kv/kept_fixture.hpp"
#include "tests/support/patience.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace kv::test;
using namespace std::literals;

namespace {

using steady = std::chrono::steady_clock;

bucket_task task(std::function<void(const bucket_fields&)> op) {
  return make_bucket_task<bool>(
    [op = std::move(op)](const bucket_fields& fields) {
      op(fields);
      return true;
    },
    [](const caf::expected<bool>&) {});
}

expiry_actor expiry_of(app_fixture& app) {
  auto result = otp::whereis<expiry_actor>(app.app->actors(),
                                           expiry_state::name);
  REQUIRE(result);
  return result;
}

/// Has the expiry actor look at what is due until `f` returns true. Deadlines
/// are of real time, its timer is not.
template <class F>
bool looks_until(app_fixture& app, F f) {
  for (auto latest = steady::now() + kv::test::patience;
       steady::now() < latest;) {
    caf::anon_send(expiry_of(app), atom::deadline_v);
    app.run();
    if (f())
      return true;
  }
  return false;
}

} // namespace

TEST_CASE("a field that expired before its bucket was back goes") {
  auto disk = make_disk();
  {
    kept_app kv{disk};
    auto bucket = kv.create("a");
    kv.put(bucket, "x", "1");
    kv.put(bucket, "y", "1");
  }
  disk->written.buckets["a"].fields["x"].second = unix_now() - 1;
  kept_app kv{disk};
  CHECK(looks_until(kv.app, [&] {
    kv.settle();
    return disk->written.buckets["a"].fields.size() == 1;
  }));
  CHECK(kv.get("a", "y") == "1");
}

TEST_CASE("a bucket that is too busy gives back later what has expired") {
  app_fixture app;
  auto bucket = app.create("a");
  auto end = deadline::in(1ms);
  caf::anon_send(bucket, task([end](const bucket_fields& fields) {
                   fields.insert({"x", "1", end});
                 }));
  REQUIRE(app.step(bucket)); // the expiry actor hears of it later
  auto rows = [&] { return kv::lookup(app.names, "a")->fields.info().size; };
  CHECK(rows() == 1);
  while (!end.passed(deadline::now()))
    std::this_thread::yield();
  for (uint32_t i = 0; i < bucket_mailbox_limit; ++i)
    caf::anon_send(bucket, task([](const bucket_fields&) {}));
  auto expiry = expiry_of(app);
  caf::anon_send(expiry, atom::deadline_v);
  REQUIRE(app.step(expiry)); // what it asks for is refused
  CHECK(looks_until(app, [&] { return rows() == 0; }));
}
