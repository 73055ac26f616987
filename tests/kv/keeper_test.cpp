#include "actors/base/host_unit.hpp"
#include "actors/kv/create_kept.hpp"

#include "tests/support/kept_app.hpp"

#include <future>

using namespace kv;
using namespace kv::test;
using namespace std::literals;

namespace {

auto make_disk() {
  return std::make_shared<memory_disk>();
}

/// Keeps only what a power cut leaves.
void cut_power(memory_disk& disk) {
  disk.written = disk.synced;
}

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
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  CHECK(disk->written.buckets["a"].fields["x"].first == "1");
  CHECK(disk->syncs == 0);
  CHECK(kv.kept.status().unsaved > 0);
  auto saved = false;
  kv.kept.save([&](const caf::error& reason) { saved = !reason; });
  kv.settle();
  CHECK(saved);
  CHECK(disk->synced.buckets["a"].fields["x"].first == "1");
  CHECK(kv.kept.status().unsaved == 0);
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

TEST_CASE("buckets, fields, strings and the event sequence come back") {
  auto disk = make_disk();
  uint64_t last = 0;
  {
    kept_app kv{disk};
    auto bucket = kv.create("a");
    kv.create("empty");
    kv.put(bucket, "x", "1");
    kv.put(bucket, "y", "2");
    kv.call<optional_bytes>(bucket, atom::erase_v, "y"s);
    kv.in_strings([](const string_keys& keys) { keys.put("s", "3"); });
    for (const auto& x : kv.app.events())
      last = std::max(last, x.event.number);
  }
  cut_power(*disk);
  kept_app kv{disk};
  CHECK(kv.kept.recovered().buckets == 2);
  CHECK(kv.kept.recovered().fields == 1);
  CHECK(kv.kept.recovered().strings == 1);
  CHECK(kv.kept.wait_back(0s));
  CHECK(kv.get("a", "x") == "1");
  CHECK_FALSE(kv.get("a", "y"));
  CHECK(kv.app.lookup("empty"));
  CHECK(kv.string("s") == "3");
  CHECK(kv.app.events().empty());
  kv.create("b");
  REQUIRE(kv.app.events().size() == 1);
  CHECK(kv.app.events()[0].event.number > last);
}

TEST_CASE("deadlines come back as moments of wall time") {
  auto disk = make_disk();
  {
    kept_app kv{disk};
    kv.create("a");
    kv.in_strings([](const string_keys& keys) {
      keys.put("s", "1", deadline::in(1000s));
      keys.put("t", "1");
      keys.expire("t", deadline::in(1000s));
      keys.expire("a", deadline::in(1000s));
    });
  }
  auto left = [](int64_t unix_time) { return unix_time - unix_now(); };
  CHECK(left(disk->synced.strings.fields["s"].second) > 900'000);
  CHECK(left(disk->synced.strings.fields["t"].second) > 900'000);
  CHECK(left(disk->synced.buckets["a"].expires) > 900'000);
  disk->written.strings.fields["s"].second = unix_now() - 1;
  kept_app kv{disk};
  CHECK_FALSE(kv.string("s"));
  CHECK(kv.string("t") == "1");
  kv.app.names.visit("a", [](const bucket_entry& x) {
    auto rest = x.expires.load().since_epoch() - deadline::now();
    CHECK(rest > 900s);
    CHECK(rest <= 1001s);
  });
}

TEST_CASE("a bucket that is deleted stays away, one that is stopped too") {
  auto disk = make_disk();
  {
    kept_app kv{disk};
    kv.put(kv.create("a"), "x", "1");
    auto b = kv.create("b");
    kv.create("c");
    kv.in_strings([](const string_keys& keys) {
      CHECK(keys.erase("a") == name_kind::bucket);
      keys.put("c", "now a string");
    });
    kv.app.stop(b);
    kv.settle();
  }
  CHECK(disk->synced.buckets.empty());
  kept_app kv{disk};
  CHECK(kv.app.names.size() == 0);
  CHECK(kv.string("c") == "now a string");
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

TEST_CASE("a bucket that ends by itself comes back with its data") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  kv.app.kill(bucket);
  kv.settle();
  auto again = kv.app.lookup("a");
  REQUIRE(again);
  CHECK(*again != bucket);
  CHECK(kv.get("a", "x") == "1");
  auto events = kv.app.events();
  REQUIRE(events.size() == 3);
  CHECK(events[1].event.kind == event_kind::exit);
  CHECK(events[1].event.bucket == bucket);
  CHECK(events[2].event.kind == event_kind::create);
  CHECK(events[2].event.restarted);
  CHECK_FALSE(events[0].event.restarted);
  kv.put(*again, "y", "2");
  CHECK(disk->synced.buckets["a"].fields.size() == 2);
}

TEST_CASE("a create that meets a bucket on its way back gets that one") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  kv.app.kill(bucket);
  auto again = kv.create("a");
  CHECK(again != bucket);
  CHECK(kv.get("a", "x") == "1");
}

TEST_CASE("a bucket that is deleted on its way back is gone") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  kv.app.kill(bucket);
  kv.in_strings([](const string_keys& keys) { keys.erase("a"); });
  CHECK_FALSE(kv.app.lookup("a"));
  CHECK(disk->synced.buckets.empty());
  kv.create("a");
  CHECK_FALSE(kv.get("a", "x"));
}

TEST_CASE("a bucket that keeps ending is started later and later") {
  auto disk = make_disk();
  kept_app kv{disk};
  kv.put(kv.create("a"), "x", "1");
  kv.app.kill(*kv.app.lookup("a"));
  kv.settle();
  kv.app.kill(*kv.app.lookup("a"));
  kv.settle();
  CHECK_FALSE(kv.app.lookup("a"));
  CHECK(kv.create("b")); // others do not mind
  kv.app.advance(100ms);
  kv.settle();
  REQUIRE(kv.app.lookup("a"));
  CHECK(kv.get("a", "x") == "1");
}

TEST_CASE("what a registry did not live to bring back, the next one does") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  auto names = kv.app.app->client().tables().names;
  CHECK_FALSE(names.is_coming_back("a"));
  kv.app.kill(bucket); // it is being loaded
  CHECK(names.is_coming_back("a"));
  kv.app.restart_registry();
  kv.settle();
  CHECK(kv.get("a", "x") == "1");
  kv.put(*kv.app.lookup("a"), "y", "2");
  kv.app.restart_registry();
  kv.settle();
  CHECK(kv.get("a", "y") == "2");
}

TEST_CASE("the end of the bucket supervisor costs no data") {
  auto disk = make_disk();
  kept_app kv{disk};
  for (auto name : {"a", "b", "c"})
    kv.put(kv.create(name), "x", name);
  kv.app.kill(kv.app.buckets());
  kv.settle();
  for (auto name : {"a", "b", "c"})
    CHECK(kv.get(name, "x") == name);
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
  REQUIRE(made.wait_for(20s) == std::future_status::ready);
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

TEST_CASE("a recovery says how far it is") {
  auto disk = make_disk();
  for (auto i = 0; i < 3000; ++i)
    disk->written.strings.fields["k" + std::to_string(i)]
      = {"v", kept_changes::never};
  std::vector<uint64_t> rows;
  keeper_options options{durability::always, false};
  options.on_recovery = [&](uint64_t n, uint64_t) { rows.push_back(n); };
  keeper kept{std::make_unique<memory_engine>(disk), options};
  const ets::owner<fields_table> strings;
  kept.recover(strings);
  CHECK(rows == std::vector<uint64_t>{1024, 2048});
}

// -- modes of buckets ---------------------------------------------------------

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
