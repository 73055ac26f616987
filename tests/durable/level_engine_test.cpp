#include "actors/durable/level_rows.hpp"

#include "tests/durable/kept_fixture.hpp"

#include <leveldb/db.h>

#include <fstream>

using namespace kv;
using namespace kv::durable;
using namespace kv::durable::test;
using op = kept_change::op;
using fields = collector::fields;
namespace fs = std::filesystem;

TEST_CASE("an engine keeps buckets, fields, strings, events over a restart") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine, {create("a"), put("a", "x", "1"), put("a", "y", "2"),
                    create("empty"), put("", "greeting", "hello")});
    append(engine, {{.what = op::event, .number = 41}});
    append(engine, {{.what = op::event, .number = 42}}, false);
  }
  level_engine engine{dir.path()};
  collector found;
  auto report = engine.load(found);
  CHECK(report.last_event == 42);
  CHECK(report.damage.empty());
  CHECK(found.strings == fields{{"greeting", "hello"}});
  REQUIRE(found.buckets.size() == 2);
  CHECK(found.buckets["a"].second == fields{{"x", "1"}, {"y", "2"}});
  CHECK(found.buckets["empty"].second.empty());
}

TEST_CASE("what was erased, cleared or dropped stays away") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine,
           {create("a"), put("a", "x", "1"), put("a", "y", "2"), create("b"),
            put("b", "x", "3"), put("", "s", "4"), put("", "t", "5")});
    append(engine, {change(op::erase, "a", "x"), change(op::drop, "b"),
                    change(op::clear, ""), put("", "u", "6")});
    append(engine, {create("b"), put("b", "z", "7")});
    append(engine, {put("nobody", "x", "8")});
  }
  level_engine engine{dir.path()};
  auto found = load(engine);
  CHECK(found.strings == fields{{"u", "6"}});
  CHECK(found.buckets["a"].second == fields{{"y", "2"}});
  CHECK(found.buckets["b"].second == fields{{"z", "7"}});
  CHECK(found.buckets.size() == 2);
  while (engine.tidy()) {
  }
  CHECK(load(engine).buckets["b"].second == fields{{"z", "7"}});
}

TEST_CASE("a bucket is made anew by create, and described by describe") {
  const scratch_dir dir;
  level_engine engine{dir.path()};
  append(engine, {create("a"), put("a", "x", "1")});
  append(engine, {{.what = op::describe,
                   .ephemeral = true,
                   .name = "a",
                   .number = unix_now() + 1'000'000}});
  auto found = load(engine);
  CHECK(found.buckets["a"].first.ephemeral);
  CHECK_FALSE(found.buckets["a"].first.expires.is_never());
  CHECK(found.buckets["a"].second.size() == 1);
  append(engine, {create("a")});
  CHECK(load(engine).buckets["a"].second.empty());
}

TEST_CASE("what has expired is not told, what will expire is") {
  const scratch_dir dir;
  level_engine engine{dir.path()};
  auto now = unix_now();
  append(engine, {create("a"), put("a", "past", "1", now - 1),
                  put("a", "soon", "2", now + 1'000'000)});
  auto found = load(engine);
  CHECK(found.buckets["a"].second == fields{{"soon", "2"}});
  auto left = found.expiries["soon"].since_epoch() - deadline::now();
  CHECK(left > std::chrono::seconds{900});
  CHECK(left <= std::chrono::seconds{1001});
}

TEST_CASE("one bucket can be loaded, and all be listed") {
  const scratch_dir dir;
  level_engine engine{dir.path()};
  append(engine, {create("a"), put("a", "x", "1"), create("b"),
                  put("b", "y", "2"), put("", "s", "3")});
  collector found;
  REQUIRE(engine.load_bucket("b", found));
  CHECK(found.buckets["b"].second == fields{{"y", "2"}});
  CHECK(found.strings.empty());
  CHECK_FALSE(engine.load_bucket("c", found));
  auto names = engine.list();
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"a", "b"});
}

TEST_CASE("names and keys may hold any bytes") {
  const scratch_dir dir;
  const std::string name{"\0\xff b", 4};
  const std::string key{"\0", 1};
  {
    level_engine engine{dir.path()};
    append(engine, {create(name), put(name, key, ""), put(name, "", key)});
  }
  level_engine engine{dir.path()};
  CHECK(load(engine).buckets[name].second == fields{{"", key}, {key, ""}});
}

TEST_CASE("a directory is one engine's at a time") {
  const scratch_dir dir;
  const level_engine engine{dir.path()};
  CHECK_THROWS_WITH(level_engine{dir.path()},
                    Catch::Contains(dir.path())
                      && Catch::Contains("another process has it"));
}

TEST_CASE("who is refused does not touch the files of who is not") {
  const scratch_dir dir;
  level_engine engine{dir.path()};
  append(engine, {create("a")});
  for (auto i = 0; i < 20; ++i) // until there are zeros behind the log
    append(engine, {put("a", "key" + std::to_string(i), "1")});
  auto sizes = [&] {
    std::map<std::string, uintmax_t> result;
    for (const auto& x : fs::directory_iterator{dir / "data"})
      result[x.path().filename().string()] = x.file_size();
    return result;
  };
  auto before = sizes();
  CHECK_THROWS(level_engine{dir.path()});
  CHECK(sizes() == before);
}

TEST_CASE("an engine says why a directory cannot be used") {
  const scratch_dir dir;
  std::ofstream{dir / "file"} << "no directory";
  CHECK_THROWS_WITH(level_engine{dir / "file"}, Catch::Contains(dir / "file"));
}

TEST_CASE("a directory of a newer version is not touched") {
  const scratch_dir dir;
  { const level_engine made{dir.path()}; }
  {
    leveldb::DB* opened = nullptr;
    REQUIRE(leveldb::DB::Open({}, dir / "data", &opened).ok());
    const std::unique_ptr<leveldb::DB> db{opened};
    REQUIRE(db->Put({}, "v", number_text(format_version + 1)).ok());
  }
  CHECK_THROWS_WITH(level_engine{dir.path()},
                    Catch::Contains(dir.path())
                      && Catch::Contains("newer version"));
}

TEST_CASE("after an error an engine starts over, with all that was there") {
  const scratch_dir dir;
  auto failing = std::string{GENERATE("append", "sync")};
  auto broken = false;
  level_engine engine{dir.path(), {.probe = [&](std::string_view what) {
                        if (broken && what == failing)
                          throw durable_failure{"the disk is ill"};
                      }}};
  append(engine, {create("a"), put("a", "x", "1")});
  broken = true;
  CHECK_THROWS_WITH(append(engine, {put("a", "x", "2")}),
                    Catch::Contains("the disk is ill"));
  broken = false;
  engine.reopen();
  auto value = load(engine).buckets["a"].second["x"];
  CHECK((value == "1" || value == "2"));
  append(engine, {put("a", "x", "3")});
  engine.reopen();
  CHECK(load(engine).buckets["a"].second == fields{{"x", "3"}});
}

TEST_CASE("a copy has what was there when it was asked for") {
  const scratch_dir dir;
  {
    level_engine engine{dir / "kept"};
    append(engine, {create("a"), put("a", "x", "1")});
    auto copy = engine.checkpoint(dir / "copy");
    append(engine, {put("a", "x", "2")});
    auto never = [] { return false; };
    copy(never);
    CHECK_THROWS_WITH(copy(never), Catch::Contains(dir / "copy"));
  }
  level_engine engine{dir / "copy"};
  CHECK(load(engine).buckets["a"].second == fields{{"x", "1"}});
}

TEST_CASE("a bucket's own mode is kept, and what had none is read") {
  const scratch_dir dir;
  auto with = [](std::string_view name, durability mode) {
    auto result = create(name);
    result.mode = mode;
    return result;
  };
  {
    level_engine engine{dir.path()};
    append(engine,
           {create("plain"), with("n", durability::none),
            with("e", durability::everysec), with("a", durability::always)});
  }
  {
    // As an older version wrote it.
    leveldb::DB* opened = nullptr;
    REQUIRE(leveldb::DB::Open({}, dir / "data", &opened).ok());
    const std::unique_ptr<leveldb::DB> db{opened};
    REQUIRE(db->Put({}, "v", std::string(7, '\0') + '\1').ok());
  }
  level_engine engine{dir.path()};
  auto found = load(engine).buckets;
  CHECK_FALSE(found["plain"].first.mode);
  CHECK(found["n"].first.mode == durability::none);
  CHECK(found["e"].first.mode == durability::everysec);
  CHECK(found["a"].first.mode == durability::always);
}

TEST_CASE("within one batch the last change of a key counts") {
  const scratch_dir dir;
  level_engine engine{dir.path()};
  append(engine,
         {create("a"), put("a", "x", "1"), put("a", "y", "1"),
          put("a", "x", "2"), change(op::erase, "a", "y"), put("a", "z", "1"),
          change(op::erase, "a", "z"), put("a", "z", "2")});
  CHECK(load(engine).buckets["a"].second == fields{{"x", "2"}, {"z", "2"}});
}
