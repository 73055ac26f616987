#include "tests/durable/damaged_data.hpp"

#include <leveldb/db.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

using namespace kv;
using namespace kv::durable;
using namespace kv::durable::test;
using op = kept_change::op;
using fields = collector::fields;
namespace fs = std::filesystem;

namespace {

/// Returns all files below a folder with what is in them.
std::map<std::string, std::string> content(const std::string& dir) {
  std::map<std::string, std::string> result;
  for (const auto& x : fs::recursive_directory_iterator{dir})
    if (x.is_regular_file()) {
      std::ifstream in{x.path(), std::ios::binary};
      result[x.path().string()].assign(std::istreambuf_iterator<char>{in}, {});
    }
  return result;
}

/// Fields that take several blocks of a file.
void fill(level_engine& engine) {
  append(engine, {create("a"), put("", "s", "1")});
  for (auto i = 1000; i < 3000; ++i)
    append(engine, {put("a", "k" + std::to_string(i), std::string(30, 'v'))},
           false);
  append(engine, {{.what = op::event, .number = 7}});
  engine.reopen(); // that writes a file of rows
}

/// The same, not in the journal any more.
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

/// The largest file of rows.
fs::path table_of(const std::string& dir) {
  fs::path result;
  for (const auto& x : fs::directory_iterator{dir + "/data"})
    if (x.path().extension() == ".ldb"
        && (result.empty() || x.file_size() > fs::file_size(result)))
      result = x.path();
  REQUIRE_FALSE(result.empty());
  return result;
}

void spoil(const fs::path& file, uint64_t at) {
  std::fstream io{file, std::ios::in | std::ios::out | std::ios::binary};
  io.seekg(static_cast<std::streamoff>(at));
  auto c = static_cast<char>(~io.get());
  io.seekp(static_cast<std::streamoff>(at));
  io.put(c);
}

void copy_to(level_engine& engine, const std::string& dir) {
  engine.checkpoint(dir)([] { return false; });
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

TEST_CASE("what is restored is what was copied") {
  const scratch_dir dir;
  {
    level_engine engine{dir / "kept"};
    fill(engine);
    copy_to(engine, dir / "copy");
    append(engine, {put("a", "k1000", "later")});
  }
  auto made = restore(dir / "copy", dir / "new/restored", {});
  CHECK(made.fields == 2000);
  level_engine engine{dir / "new/restored"};
  collector found;
  auto report = engine.load(found);
  CHECK(report.last_event == 7);
  CHECK(report.damage.empty());
  CHECK(found.buckets["a"].second.size() == 2000);
  CHECK(found.buckets["a"].second["k1000"] == std::string(30, 'v'));
  CHECK(found.strings == fields{{"s", "1"}});
}

TEST_CASE("restore overwrites nothing, and copies nothing that is damaged") {
  const scratch_dir dir;
  {
    level_engine engine{dir / "kept"};
    fill(engine);
    copy_to(engine, dir / "copy");
  }
  auto before = content(dir / "kept");
  CHECK_THROWS_WITH(restore(dir / "copy", dir / "kept", {}),
                    Catch::Contains(dir / "kept: is not empty"));
  CHECK(content(dir / "kept") == before);
  CHECK_THROWS_WITH(restore(dir / "copy", dir / "copy/data/CURRENT", {}),
                    Catch::Contains("Not a directory"));
  auto table = table_of(dir / "copy");
  spoil(table, fs::file_size(table) / 3);
  CHECK_THROWS_WITH(restore(dir / "copy", dir / "new", {}),
                    Catch::Contains("is damaged")
                      && Catch::Contains(table.string()));
  CHECK_FALSE(fs::exists(dir / "new"));
}

TEST_CASE("a copy that is not finished leaves nothing that could be taken for "
          "one") {
  const scratch_dir dir;
  level_engine engine{dir / "kept"};
  fill(engine);
  auto copy = engine.checkpoint(dir / "copy");
  CHECK_THROWS_WITH(copy([] { return true; }), Catch::Contains("not finished"));
  CHECK(fs::is_empty(dir / "copy"));
  fs::create_directory(dir / "copy/unfinished"); // as after a power cut
  CHECK_THROWS_WITH(verify(dir / "copy", {}),
                    Catch::Contains("is no data directory"));
}

TEST_CASE("a copy of a directory that changes has one moment of it") {
  const scratch_dir dir;
  level_engine engine{dir / "kept"};
  append(engine, {create("a")});
  auto both = [&](int i) {
    auto text = std::to_string(i);
    append(engine, {put("a", "x", text), put("a", "y", text)}, false);
  };
  both(0);
  for (auto round = 0; round < 5; ++round) {
    auto copy = engine.checkpoint(dir / std::to_string(round));
    std::thread copying{[&] { copy([] { return false; }); }};
    for (auto i = 1; i < 200; ++i)
      both(round * 1000 + i);
    copying.join();
    level_engine made{dir / std::to_string(round)};
    collector found;
    made.load(found);
    auto& a = found.buckets["a"].second;
    CHECK(a["x"] == a["y"]);
    CHECK(a["x"] == (round == 0 ? "0" : std::to_string(round * 1000 - 801)));
  }
}
