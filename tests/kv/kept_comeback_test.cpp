// What comes back: at the start of the next process, and after the end of a
// bucket.

#include "actors/kv/kept_numbers.hpp"

#include "tests/kv/kept_fixture.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::literals;

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

TEST_CASE("after a power cut no number is told again for another event") {
  auto disk = make_disk();
  uint64_t last = 0;
  {
    kept_app kv{disk, durability::everysec};
    kv.create("a");
    kv.create("b");
    last = kv.app.events().back().event.number;
    cut_power(*disk);
    disk->failure = "no power";
  }
  disk->failure.clear();
  kept_app kv{disk, durability::everysec};
  CHECK_FALSE(kv.app.lookup("a")); // it was not on the disk
  kv.create("c");
  CHECK(kv.app.events().back().event.number > last);
}

TEST_CASE("after an end in order no number is left out") {
  auto disk = make_disk();
  { kept_app{disk}.create("a"); }
  kept_app kv{disk};
  kv.create("b");
  CHECK(kv.app.events().back().event.number == 2);
}

TEST_CASE("numbers are reserved before those reserved are used up") {
  constexpr auto n = kept_numbers::reserve;
  kept_numbers numbers;
  CHECK(numbers.begin_after(7) == 7 + n);
  CHECK_FALSE(numbers.take(8));
  CHECK_FALSE(numbers.take(6 + n / 2));
  CHECK(numbers.take(7 + n / 2) == 7 + n / 2 + n);
  CHECK_FALSE(numbers.take(8 + n / 2));
  CHECK(numbers.last() == 8 + n / 2);
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

TEST_CASE("a bucket that is deleted stays away") {
  auto disk = make_disk();
  {
    kept_app kv{disk};
    kv.put(kv.create("a"), "x", "1");
    kv.create("c");
    kv.in_strings([](const string_keys& keys) {
      CHECK(keys.erase("a") == name_kind::bucket);
      keys.put("c", "now a string");
    });
  }
  CHECK(disk->synced.buckets.empty());
  kept_app kv{disk};
  CHECK(kv.app.names.size() == 0);
  CHECK(kv.string("c") == "now a string");
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

TEST_CASE("a bucket that is shut down is not deleted, and comes back") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  kv.app.stop(bucket);
  CHECK(kv.create("a") != bucket);
  CHECK(kv.get("a", "x") == "1");
  kv.put(kv.create("b"), "x", "2");
  kv.app.kill(kv.app.buckets(), caf::exit_reason::user_shutdown);
  kv.settle();
  CHECK(kv.get("b", "x") == "2");
  CHECK(disk->synced.buckets["b"].fields.size() == 1);
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

TEST_CASE("a bucket that cannot be read is kept, and tried again") {
  auto disk = make_disk();
  kept_app kv{disk};
  auto bucket = kv.create("a");
  kv.put(bucket, "x", "1");
  disk->unread = "the disk is ill";
  kv.app.kill(bucket);
  kv.settle();
  CHECK_FALSE(kv.app.lookup("a"));
  CHECK(disk->synced.buckets["a"].fields.size() == 1);
  kv.app.advance(100ms);
  kv.settle();
  CHECK_FALSE(kv.app.lookup("a"));
  disk->unread.clear();
  kv.app.advance(1s);
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
