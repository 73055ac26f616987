// What `verify` finds in a directory.

#include "tests/durable/damaged_data.hpp"

#include <leveldb/db.h>

#include <fstream>
#include <random>

using namespace kv;
using namespace kv::durable;
using namespace kv::durable::test;
using op = kept_change::op;
namespace fs = std::filesystem;

namespace {

/// What `fill` makes, not in the journal any more.
void fill_folded(const std::string& dir) {
  level_engine engine{dir, {.journal = 0}};
  kept_changes all;
  all.add(create("a"));
  for (auto i = 1000; i < 3000; ++i)
    all.add(put("a", "k" + std::to_string(i), std::string(30, 'v')));
  engine.append(all, false);
  while (engine.tidy())
    ;
  engine.reopen();
}

} // namespace

TEST_CASE("verify counts what is kept, and changes nothing") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    fill(engine);
    append(engine,
           {create("gone"), put("gone", "x", "1"), change(op::drop, "gone"),
            create("empty"), put("a", "past", "1", unix_now() - 1)});
  }
  auto before = content(dir.path());
  auto found = verify(dir.path(), {});
  CHECK(found.damage.empty());
  CHECK(found.buckets == 2);
  CHECK(found.fields == 2000);
  CHECK(found.strings == 1);
  CHECK(found.last_event == 7);
  CHECK(content(dir.path()) == before);
}

TEST_CASE("verify names the records around each damage") {
  const scratch_dir dir;
  fill_folded(dir.path());
  auto table = table_of(dir.path());
  auto size = fs::file_size(table);
  spoil(table, size / 16);
  spoil(table, size / 6);
  auto before = content(dir.path());
  auto found = verify(dir.path(), {});
  REQUIRE(found.damage.size() == 2);
  for (const auto& line : found.damage) {
    CAPTURE(line);
    CHECK(line.starts_with(table.string() + ": Corruption: "));
    CHECK(line.find("between field \"k1") != std::string::npos);
    CHECK(line.find(" of bucket \"a\" and field \"k") != std::string::npos);
  }
  CHECK(found.fields < 2000);
  CHECK(found.fields > 1500);
  CHECK(content(dir.path()) == before);
}

TEST_CASE("verify counts fields as the journal has them") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path(), {.journal = 0}};
    append(engine, {create("a"), put("a", "x", "1"), put("a", "y", "1"),
                    put("", "s", "1"), put("", "t", "1")});
  }
  {
    level_engine engine{dir.path()};
    append(engine, {put("a", "x", "2"), change(op::erase, "a", "y"),
                    put("a", "z", "2"), put("a", "past", "1", unix_now() - 1)});
    append(engine, {put("a", "z", "3"), change(op::erase, "", "s")});
  }
  auto found = verify(dir.path(), {});
  CHECK(found.damage.empty());
  CHECK(found.fields == 2);
  CHECK(found.strings == 1);
}

TEST_CASE("verify names the groups around a damage of the journal") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    fill(engine);
  }
  auto table = table_of(dir.path());
  spoil(table, fs::file_size(table) / 2);
  auto found = verify(dir.path(), {});
  REQUIRE(found.damage.size() == 1);
  CAPTURE(found.damage[0]);
  CHECK(found.damage[0].find("between group ") != std::string::npos);
  CHECK(found.damage[0].find(" of changes and group ") != std::string::npos);
  CHECK(found.fields < 2000);
  CHECK(found.fields > 1500);
}

TEST_CASE("verify names a damaged log, and what of it cannot be read") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine, {create("a")});
    engine.reopen();
    for (auto i = 0; i < 100; ++i)
      append(engine, {put("a", std::to_string(i), "v")});
  }
  for (const auto& x : fs::directory_iterator{dir / "data"})
    if (x.path().extension() == ".log" && x.file_size() > 0)
      spoil(x.path(), x.file_size() / 2);
  auto found = verify(dir.path(), {});
  REQUIRE_FALSE(found.damage.empty());
  CHECK(found.damage[0].find(dir / "data/") != std::string::npos);
  CHECK(found.damage[0].find(".log") != std::string::npos);
  CHECK(found.fields < 100);
}

TEST_CASE("no flipped bit that costs something escapes verify") {
  const scratch_dir dir;
  {
    level_engine engine{dir / "kept"};
    fill(engine);
    append(engine, {put("a", "late", "1")});
  }
  auto seed = kv::test::test_seed();
  std::mt19937_64 random{seed};
  CAPTURE(seed);
  auto found_some = 0;
  for (auto round = 0; round < 50; ++round) {
    copy_afresh(dir / "kept", dir / "flipped");
    auto [file, bit] = flip_somewhere(dir / "flipped", random);
    CAPTURE(file, bit);
    auto found = verify(dir / "flipped", {});
    if (found.fields != 2001 || found.strings != 1 || found.buckets != 1)
      CHECK_FALSE((found.damage.empty() && found.torn.empty()));
    found_some += found.damage.empty() ? 0 : 1;
  }
  CHECK(found_some > 25);
}

TEST_CASE("a torn record is told, and is no damage") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine, {create("a")});
    append(engine, {put("a", "x", "1")});
  }
  CHECK(verify(dir.path(), {}).torn.empty());
  for (const auto& x : fs::directory_iterator{dir / "data"})
    if (x.path().extension() == ".log" && x.file_size() > 0)
      fs::resize_file(x.path(), x.file_size() - 1);
  auto found = verify(dir.path(), {});
  CHECK(found.torn.size() == 1);
  CHECK(found.damage.empty());
  CHECK(found.buckets == 1);
  CHECK(found.fields == 0);
}

TEST_CASE("verify says why it cannot") {
  const scratch_dir dir;
  auto refused = [](const std::string& what, const std::string& reason) {
    CHECK_THROWS_WITH(verify(what, {}),
                      Catch::StartsWith(what) && Catch::Contains(reason));
  };
  refused(dir / "none", "No such file or directory");
  refused(dir.path(), "is no data directory");
  std::ofstream{dir / "file"} << "text";
  refused(dir / "file", "Not a directory");
  {
    const level_engine used{dir / "used"};
    refused(dir / "used", "another process has it");
  }
  for (auto [key, reason] :
       {std::pair{"v", "newer version"}, {"x", "something else"}}) {
    leveldb::DB* opened = nullptr;
    leveldb::Options options;
    options.create_if_missing = true;
    fs::create_directories(dir / reason);
    REQUIRE(leveldb::DB::Open(options, dir / reason + "/data", &opened).ok());
    const std::unique_ptr<leveldb::DB> db{opened};
    REQUIRE(db->Put({}, key, std::string(7, '\0') + '\x63').ok());
  }
  refused(dir / "newer version", "newer version (format 99");
  refused(dir / "something else", "something else");
}
