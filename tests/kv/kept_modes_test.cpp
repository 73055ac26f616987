// Buckets with a durability of their own.

#include "actors/base/host_unit.hpp"
#include "actors/kv/create_kept.hpp"

#include "tests/kv/kept_fixture.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::literals;

namespace {

/// Creates a bucket with a mode of its own.
caf::expected<bucket_ref> create_with(kept_app& kv, const std::string& name,
                                      durability mode) {
  std::optional<caf::expected<bucket_ref>> result;
  auto done = [&](const caf::expected<bucket_ref>& x) { result.emplace(x); };
  create(kv.app.app->client(), name, mode,
         completion<bucket_ref>::make(std::move(done)));
  host_unit::of_this_thread(kv.app.sys).run();
  kv.settle();
  REQUIRE(result);
  return std::move(*result);
}

bucket_actor made_with(kept_app& kv, const std::string& name, durability mode) {
  auto result = create_with(kv, name, mode);
  REQUIRE(result);
  return result->actor;
}

} // namespace

TEST_CASE("a bucket with always waits for the disk among those that do not") {
  auto disk = make_disk();
  kept_app kv{disk, durability::everysec};
  auto plain = kv.create("plain");
  auto bucket = made_with(kv, "careful", durability::always);
  CHECK(disk->synced.buckets.contains("careful"));
  auto before = disk->syncs;
  kv.put(plain, "x", "1");
  CHECK(disk->syncs == before);
  kv.put(bucket, "x", "1");
  CHECK(disk->syncs == before + 1);
  CHECK(disk->synced.buckets["careful"].fields["x"].first == "1");
}

TEST_CASE("so does the end of a bucket with always, and what describes it") {
  auto disk = make_disk();
  kept_app kv{disk, durability::everysec};
  made_with(kv, "careful", durability::always);
  auto before = disk->syncs;
  kv.kept.describe({.name = "careful"});
  while (kv.kept.commit())
    ;
  CHECK(disk->syncs == before + 1);
  kv.kept.drop("careful");
  while (kv.kept.commit())
    ;
  CHECK(disk->syncs == before + 2);
  CHECK_FALSE(disk->synced.buckets.contains("careful"));
}

TEST_CASE("a bucket with everysec does not wait among those that do") {
  auto disk = make_disk();
  kept_app kv{disk, durability::always};
  auto plain = kv.create("plain");
  auto bucket = made_with(kv, "quick", durability::everysec);
  auto before = disk->syncs;
  kv.put(bucket, "x", "1");
  CHECK(disk->syncs == before);
  CHECK(disk->written.buckets["quick"].fields["x"].first == "1");
  CHECK(kv.kept.status().unsaved > 0);
  kv.put(plain, "x", "1");
  CHECK(disk->syncs == before + 1);
  CHECK(kv.kept.status().unsaved == 0);
}

TEST_CASE("of a bucket with none its name is kept, and nothing in it") {
  auto disk = make_disk();
  {
    kept_app kv{disk};
    auto bucket = made_with(kv, "cache", durability::none);
    auto before = disk->appends;
    kv.put(bucket, "x", "1");
    CHECK(disk->appends == before);
    CHECK(kv.get("cache", "x") == "1");
  }
  kept_app kv{disk};
  REQUIRE(kv.app.lookup("cache"));
  CHECK_FALSE(kv.get("cache", "x"));
  CHECK(kv.kept.mode_of("cache") == durability::none);
  auto before = disk->appends;
  kv.put(kv.create("cache"), "x", "1");
  CHECK(disk->appends == before);
}

TEST_CASE("a bucket with none is written while nothing can be kept") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto plain = kv.create("plain");
  auto cache = made_with(kv, "cache", durability::none);
  disk->failure = "no space";
  CHECK_FALSE(kv.try_call<caf::ok_atom>(plain, atom::put_v, "x"s, "1"s));
  REQUIRE(kv.kept.refuses());
  CHECK_FALSE(kv.try_call<caf::ok_atom>(plain, atom::put_v, "x"s, "2"s));
  kv.put(cache, "x", "1");
  CHECK(kv.get("cache", "x") == "1");
  CHECK(kv.call<optional_bytes>(cache, atom::erase_v, "x"s) == "1");
  CHECK_FALSE(
    kv.try_call<bucket_actor>(kv.app.registry(), atom::create_v, "b"s));
  disk->failure.clear();
}

TEST_CASE("a bucket with none that crashes is gone, as in the guide") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = made_with(kv, "cache", durability::none);
  caf::anon_send_exit(bucket, caf::exit_reason::kill);
  kv.settle();
  CHECK_FALSE(kv.app.lookup("cache"));
  CHECK_FALSE(disk->written.buckets.contains("cache"));
  kv.put(kv.create("cache"), "x", "1"); // as all others
  CHECK(disk->synced.buckets["cache"].fields["x"].first == "1");
}

TEST_CASE("a mode comes back with its bucket, and goes with it") {
  auto disk = make_disk();
  {
    kept_app kv{disk};
    made_with(kv, "a", durability::everysec);
    made_with(kv, "b", durability::none);
    kv.in_strings([](const string_keys& keys) {
      keys.expire("a", deadline::in(1000s)); // describes it anew
    });
  }
  cut_power(*disk);
  kept_app kv{disk};
  CHECK(kv.kept.mode_of("a") == durability::everysec);
  CHECK(kv.kept.mode_of("b") == durability::none);
  CHECK(kv.kept.mode_of("c") == durability::always);
  kv.in_strings([](const string_keys& keys) { keys.erase("a"); });
  CHECK(kv.kept.mode_of("a") == durability::always);
}

TEST_CASE("a bucket has one mode: to ask for another one is an error") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = made_with(kv, "a", durability::none);
  CHECK(made_with(kv, "a", durability::none) == bucket);
  auto other = create_with(kv, "a", durability::always);
  REQUIRE_FALSE(other);
  CHECK(other.error() == ec::badarg);
  CHECK(describe(other.error()).find("durability none") != std::string::npos);
  CHECK(kv.kept.mode_of("a") == durability::none);
  kv.create("plain");
  CHECK_FALSE(create_with(kv, "plain", durability::none));
  CHECK(create_with(kv, "plain", durability::always)); // as all are
}

TEST_CASE(
  "who creates first decides the mode, and nothing of the other's stays") {
  auto disk = make_disk();
  kept_app kv{disk};
  std::vector<caf::expected<bucket_ref>> answers;
  auto done = [&](const caf::expected<bucket_ref>& x) { answers.push_back(x); };
  auto client = kv.app.app->client();
  for (auto mode : {durability::none, durability::everysec})
    create(client, "a", mode, completion<bucket_ref>::make(done));
  host_unit::of_this_thread(kv.app.sys).run();
  kv.settle();
  REQUIRE(answers.size() == 2);
  CHECK_FALSE(answers[0]); // refused while the other is under way
  CHECK(answers[1]);
  CHECK(kv.kept.mode_of("a") == durability::none);
  kv.in_strings([](const string_keys& keys) { keys.erase("a"); });
  kv.create("a");
  CHECK(kv.kept.mode_of("a") == durability::always);
}
