// What is acknowledged when, what happens if it cannot be kept, and copies.

#include "actors/kv/kept_gathering.hpp"
#include "actors/kv/kept_step.hpp"

#include "tests/kv/kept_fixture.hpp"
#include "tests/support/patience.hpp"

#include <atomic>
#include <future>
#include <thread>

using namespace kv;
using namespace kv::test;
using namespace std::literals;

TEST_CASE("a write is acknowledged once it is on the disk") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  auto& app = kv.app;
  auto response = app.self->request(bucket, caf::infinite, atom::put_v, "x"s,
                                    "1"s);
  app.run();
  CHECK(kv.get("a", "x") == "1"); // whoever reads sees it
  CHECK(app.self->mailbox().empty());
  kv.settle();
  CHECK(disk->synced.buckets["a"].fields["x"].first == "1");
  response.receive([](caf::ok_atom) {}, [](const caf::error&) { FAIL(); });
}

TEST_CASE("a create is acknowledged once the bucket is on the disk") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto& app = kv.app;
  auto response = app.self->request(app.registry(), caf::infinite,
                                    atom::create_v, "a"s);
  app.run();
  CHECK(app.lookup("a"));
  CHECK(app.self->mailbox().empty());
  CHECK_FALSE(disk->synced.buckets.contains("a"));
  kv.settle();
  CHECK(disk->synced.buckets.contains("a"));
  response.receive([](const bucket_actor&) {},
                   [](const caf::error&) { FAIL(); });
}

TEST_CASE("with everysec the system has what is acknowledged") {
  auto disk = make_disk();
  kept_app kv{disk, durability::everysec};
  auto before = disk->syncs;
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  CHECK(disk->written.buckets["a"].fields["x"].first == "1");
  CHECK(disk->syncs == before);
  CHECK(kv.kept.status().unsaved > 0);
  auto saved = false;
  kv.kept.save([&](const caf::error& reason) { saved = !reason; });
  kv.settle();
  CHECK(saved);
  CHECK(disk->synced.buckets["a"].fields["x"].first == "1");
  CHECK(kv.kept.status().unsaved == 0);
}

TEST_CASE("with everysec the disk has it soon, though nobody asks") {
  auto disk = make_disk();
  keeper kept{std::make_unique<memory_engine>(disk), {durability::everysec}};
  const ets::owner<fields_table> strings;
  kept.recover(strings);
  kept.put(true, {}, "s", "1", {});
  auto latest = std::chrono::steady_clock::now() + kv::test::patience;
  for (auto on_disk = false; !on_disk; std::this_thread::yield()) {
    REQUIRE(std::chrono::steady_clock::now() < latest);
    std::lock_guard guard{disk->mtx};
    on_disk = disk->synced.strings.fields.contains("s");
  }
}

TEST_CASE("a thread that gathers hands over itself what it told") {
  auto disk = make_disk();
  std::vector<kept_gathering::function> later;
  const kept_gathering here{
    [&](kept_gathering::function f) { later.push_back(std::move(f)); }};
  std::atomic<bool> is_done = false;
  const auto mine = std::this_thread::get_id();
  const ets::owner<fields_table> strings;
  {
    keeper kept{std::make_unique<memory_engine>(disk), {durability::everysec}};
    kept.recover(strings);
    auto put = [&](const std::string& value) {
      kept_step step;
      kept.put(true, {}, "s", value, {});
      step.when_kept([&](const caf::error& reason) {
        if (!reason && std::this_thread::get_id() == mine)
          is_done = true;
      });
    };
    auto latest = std::chrono::steady_clock::now() + kv::test::patience;
    while (!is_done) { // as soon as the keeper's thread sleeps
      REQUIRE(std::chrono::steady_clock::now() < latest);
      put("1");
      for (auto& f : std::exchange(later, {}))
        f();
    }
    while (later.empty()) {
      REQUIRE(std::chrono::steady_clock::now() < latest);
      put("2");
    }
  }
  CHECK(disk->synced.strings.fields["s"].first == "2");
  for (auto& f : later)
    f(); // the keeper has gone
}

TEST_CASE("what many wait for is one sync") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto a = kv.create("a");
  auto b = kv.create("b");
  auto before = disk->syncs;
  for (auto i = 0; i < 10; ++i) {
    caf::anon_send(a, atom::put_v, std::to_string(i), "1"s);
    caf::anon_send(b, atom::put_v, std::to_string(i), "1"s);
  }
  kv.settle();
  CHECK(disk->syncs == before + 1);
  CHECK(disk->synced.buckets["a"].fields.size() == 10);
}

TEST_CASE("a flush keeps nothing") {
  auto disk = make_disk();
  kept_app kv{disk};
  kv.put(kv.create("a"), "x", "1");
  kv.in_strings([](const string_keys& keys) {
    keys.put("s", "1");
    keys.clear();
    keys.put("t", "2");
  });
  CHECK(disk->synced.buckets.empty());
  CHECK(disk->synced.strings.fields.size() == 1);
}

TEST_CASE("what cannot be kept is not acknowledged, and later it is kept") {
  auto disk = make_disk();
  auto mode = GENERATE(durability::always, durability::everysec);
  kept_app kv{disk, mode};
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  disk->failure = "no space";
  auto failed = kv.try_call<caf::ok_atom>(bucket, atom::put_v, "x"s, "2"s);
  REQUIRE_FALSE(failed);
  CHECK(failed.error() == ec::not_kept);
  CHECK(describe(failed.error()).find("no space") != std::string::npos);
  // Now they are refused before they change anything.
  CHECK_FALSE(kv.try_call<caf::ok_atom>(bucket, atom::put_v, "x"s, "3"s));
  CHECK(kv.get("a", "x") == "2"); // reads go on
  CHECK_FALSE(
    kv.try_call<bucket_actor>(kv.app.registry(), atom::create_v, "b"s));
  CHECK(kv.kept.status().failure == "no space");
  disk->failure.clear();
  kv.settle();
  CHECK(kv.kept.status().failure.empty());
  CHECK(disk->written.buckets["a"].fields["x"].first == "2"); // as in memory
  kv.put(bucket, "x", "4");
  CHECK(disk->written.buckets["a"].fields["x"].first == "4");
}

TEST_CASE("there is one keeper in a process") {
  kept_app kv{make_disk()};
  CHECK_THROWS_AS(keeper(std::make_unique<memory_engine>(make_disk())),
                  std::logic_error);
}

TEST_CASE("a copy has all that was told, and one is made at a time") {
  auto disk = make_disk();
  kept_app kv{disk, durability::everysec};
  auto bucket = kv.create("a");
  caf::anon_send(bucket, atom::put_v, "x"s, "1"s);
  kv.app.run();
  std::promise<caf::error> first;
  caf::error second;
  kv.kept.checkpoint("copy", [&](const caf::error& reason) {
    first.set_value(reason);
  });
  kv.kept.checkpoint("another",
                     [&](const caf::error& reason) { second = reason; });
  CHECK(second == ec::running);
  kv.settle();
  auto made = first.get_future();
  REQUIRE(made.wait_for(kv::test::patience) == std::future_status::ready);
  CHECK_FALSE(made.get());
  std::lock_guard guard{disk->mtx};
  CHECK(disk->copies.size() == 1);
  CHECK(disk->copies["copy"].buckets["a"].fields["x"].first == "1");
}

TEST_CASE("no copy is made while nothing can be kept") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  disk->failure = "full";
  caf::anon_send(bucket, atom::put_v, "x"s, "1"s);
  kv.settle();
  caf::error answer;
  kv.kept.checkpoint("copy",
                     [&](const caf::error& reason) { answer = reason; });
  CHECK(answer == ec::not_kept);
  CHECK(disk->copies.empty());
  disk->failure.clear();
}
