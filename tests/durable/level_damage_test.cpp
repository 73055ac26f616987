#include "actors/durable/level_tail.hpp"

#include "tests/durable/damaged_data.hpp"

#include <leveldb/db.h>

#include <algorithm>
#include <fstream>
#include <random>

// What the disk may do to the files of an engine while nobody uses them.

using namespace kv;
using namespace kv::durable;
using namespace kv::durable::test;
using op = kept_change::op;
using fields = collector::fields;
namespace fs = std::filesystem;

TEST_CASE("of a torn tail nothing is lost but the torn record") {
  const scratch_dir dir;
  size_t whole = 0;
  {
    level_engine engine{dir / "kept"};
    append(engine, {create("a"), put("a", "x", "1")});
    auto log = data_files(dir / "kept").back();
    whole = fs::file_size(log);
    append(engine, {put("a", "x", "2"), put("a", "y", "2")});
  }
  auto log = data_files(dir / "kept").back();
  REQUIRE(log.extension() == ".log");
  auto size = fs::file_size(log);
  for (auto length = whole; length <= size; ++length) {
    CAPTURE(length);
    fs::remove_all(dir / "cut");
    fs::copy(dir / "kept", dir / "cut", fs::copy_options::recursive);
    fs::resize_file(data_files(dir / "cut").back(), length);
    level_engine engine{dir / "cut"};
    auto before = fields{{"x", "1"}};
    auto after = fields{{"x", "2"}, {"y", "2"}};
    CHECK(load(engine).buckets["a"].second == (length < size ? before : after));
  }
}

TEST_CASE("zeros behind the log are no damage, and hide none") {
  const scratch_dir dir;
  constexpr auto count = 20;
  uint64_t whole = 0;
  fields written;
  // What a process leaves that ends at once.
  auto kill = [&] {
    fs::remove_all(dir / "cut");
    fs::copy(dir / "kept", dir / "cut", fs::copy_options::recursive);
    return files_like(dir / "cut", ".log").at(0);
  };
  level_engine engine{dir / "kept"};
  append(engine, {create("a")});
  for (auto i = 0; i < count; ++i) {
    whole = end_of_records(kill());
    written["key" + std::to_string(i)] = "value";
    append(engine, {put("a", "key" + std::to_string(i), "value")});
  }
  auto size = end_of_records(kill());
  REQUIRE(fs::file_size(kill()) > size + 100'000);
  auto check = [&](const fields& expected, bool torn, bool damaged) {
    auto seen = verify(dir / "cut", {});
    CHECK(seen.torn.empty() != torn);
    CHECK(seen.damage.empty() != damaged);
    level_engine again{dir / "cut"};
    collector found;
    CHECK(again.load(found).damage.empty() != damaged);
    CHECK(found.buckets["a"].second == expected);
  };
  kill();
  check(written, false, false);
  flip(kill(), (size - 1) * 8);
  written.erase("key" + std::to_string(count - 1));
  check(written, false, true);
  for (auto length = whole; length < size; ++length) {
    CAPTURE(length);
    std::fstream io{kill(), std::ios::in | std::ios::out | std::ios::binary};
    io.seekp(static_cast<std::streamoff>(length));
    io << std::string(size - length, '\0');
    io.close();
    check(written, length > whole, false);
  }
}

TEST_CASE("flipped bits are named, and never told") {
  const scratch_dir dir;
  auto in_log = GENERATE(true, false);
  auto journal = GENERATE(size_t{0}, level_options{}.journal);
  std::map<std::string, std::string> written;
  {
    level_engine engine{dir / "kept", {.journal = journal}};
    append(engine, {create("a")});
    for (auto i = 0; i < 2000; ++i) {
      auto key = "key" + std::to_string(i);
      auto value = "value" + std::to_string(i * i);
      append(engine, {put("a", key, value)}, false);
      written[key] = value;
    }
    if (!in_log)
      engine.reopen(); // that writes tables
  }
  auto seed = kv::test::test_seed();
  std::mt19937_64 random{seed};
  CAPTURE(seed);
  size_t lost = 0;
  for (auto round = 0; round < 50; ++round) {
    fs::remove_all(dir / "flipped");
    fs::copy(dir / "kept", dir / "flipped", fs::copy_options::recursive);
    auto files = data_files(dir / "flipped");
    std::erase_if(files, [](const auto& x) { return fs::file_size(x) == 0; });
    REQUIRE_FALSE(files.empty());
    auto file = files[random() % files.size()];
    auto bit = random() % (fs::file_size(file) * 8);
    CAPTURE(file, bit);
    flip(file, bit);
    level_engine engine{dir / "flipped"};
    collector found;
    auto report = engine.load(found);
    size_t told = 0;
    for (const auto& [name, x] : found.buckets)
      for (const auto& [key, value] : x.second) {
        CHECK(written.at(key) == value);
        ++told;
      }
    if (told == written.size())
      continue;
    ++lost;
    CHECK_FALSE(report.damage.empty());
    append(engine, {create("b"), put("b", "x", "1")});
    engine.reopen();
    CHECK(load(engine).buckets["b"].second == fields{{"x", "1"}});
  }
  CHECK(lost > 0);
}

TEST_CASE("a damaged length is not taken for a torn tail") {
  const scratch_dir dir;
  {
    level_engine engine{dir.path()};
    append(engine, {create("a")});
    engine.reopen(); // a log of its own for what follows
    append(engine, {put("a", "x", "1")});
    append(engine, {put("a", "y", "2")});
  }
  auto files = data_files(dir.path());
  auto log = std::find_if(files.begin(), files.end(), [](const auto& x) {
    return x.extension() == ".log" && fs::file_size(x) > 0;
  });
  REQUIRE(log != files.end());
  flip(*log, 5 * 8 + 6); // the length of the first record
  level_engine engine{dir.path()};
  collector found;
  auto report = engine.load(found);
  REQUIRE_FALSE(report.damage.empty());
  CHECK(report.damage[0].find("records behind") != std::string::npos);
  CHECK(found.buckets["a"].second.empty());
  append(engine, {put("a", "x", "3")});
  engine.reopen();
  CHECK(load(engine).buckets["a"].second == fields{{"x", "3"}});
}

TEST_CASE("damage that is met while data are used costs no more") {
  const kept_data kept;
  auto dir = kept.copy();
  level_engine engine{dir};
  flip(files_like(dir, ".ldb").at(0), 6000 * 8); // behind the names
  collector found;
  REQUIRE(engine.load_bucket("a", found));
  auto& told = found.buckets["a"].second;
  CHECK(told.size() > 0);
  CHECK(told.size() < kept_data::fields_each);
  append(engine, {put("a", "x", "1")});
  collector again;
  REQUIRE(engine.load_bucket("a", again));
  told.emplace("x", "1");
  CHECK(again.buckets["a"].second == told);
}

TEST_CASE("damage that stops writes is gone when they go on") {
  const scratch_dir dir;
  const std::string value(size_t{1} << 20, 'x');
  auto write_all = [&](level_engine& to) {
    for (auto i = 0; i < 8; ++i)
      append(to, {put("a", "key" + std::to_string(i), value)}, false);
  };
  {
    level_engine first{dir.path(), {.journal = 0}};
    append(first, {create("a")});
    write_all(first);
    while (first.tidy()) {
    }
  }
  {
    leveldb::DB* opened = nullptr;
    REQUIRE(leveldb::DB::Open({}, dir / "data", &opened).ok());
    const std::unique_ptr<leveldb::DB> db{opened};
    db->CompactRange(nullptr, nullptr); // leaves nothing but fields
  }
  level_engine engine{dir.path()};
  for (const auto& x : files_like(dir.path(), ".ldb"))
    flip(x, fs::file_size(x) / 2 * 8); // in a field
  auto fails = [&] {
    try {
      write_all(engine);
      return false;
    } catch (const durable_failure&) {
      return true;
    }
  };
  auto failed = false;
  for (auto i = 0; i < 50 && !failed; ++i)
    failed = fails();
  REQUIRE(failed);
  engine.reopen();
  for (auto i = 0; i < 10; ++i)
    CHECK_FALSE(fails());
}

TEST_CASE("data of many megabytes are salvaged") {
  constexpr int count = 24;
  const scratch_dir dir;
  auto value = [](int i) {
    constexpr size_t size = size_t{1} << 20;
    return std::string(size, static_cast<char>('a' + i));
  };
  {
    level_engine engine{dir.path(), {.journal = 0}};
    append(engine, {create("a")});
    for (auto i = 0; i < count; ++i)
      append(engine, {put("a", "key" + std::to_string(i), value(i))}, false);
  }
  fs::remove(fs::path{dir.path()} / "data/CURRENT");
  level_engine engine{dir.path()};
  collector found;
  CHECK_FALSE(engine.load(found).damage.empty());
  const auto& told = found.buckets["a"].second;
  CHECK(told.size() == count);
  for (auto i = 0; i < count; ++i)
    CHECK(told.at("key" + std::to_string(i)) == value(i));
}

TEST_CASE("a table whose end is damaged is salvaged, wherever it is") {
  constexpr uint64_t index = 120; // about
  constexpr uint64_t places = 16; // the rest of the footer never changes
  constexpr uint64_t footer = 48;
  constexpr uint64_t step = 11;
  const kept_data kept;
  for (uint64_t bit = 0; bit < (index + places) * 8; bit += step) {
    auto tables = files_like(kept.copy(), ".ldb");
    REQUIRE(tables.size() == 1);
    CAPTURE(bit);
    flip(tables[0], (fs::file_size(tables[0]) - footer - index) * 8 + bit);
    kept.check_start();
  }
}

TEST_CASE("a file that was cut costs no more than what was behind the cut") {
  const kept_data kept;
  auto kind = std::string{GENERATE(".ldb", "MANIFEST-", "CURRENT")};
  auto size = fs::file_size(files_like(kept.copy(), kind).at(0));
  for (auto left : {uintmax_t{0}, uintmax_t{1}, uintmax_t{47}, uintmax_t{48},
                    size / 2, size - 1}) {
    if (left >= size)
      continue;
    auto files = files_like(kept.copy(), kind);
    REQUIRE(files.size() == 1);
    CAPTURE(kind, left);
    fs::resize_file(files[0], left);
    CHECK(kept.check_start() == (kind != ".ldb"));
  }
}

TEST_CASE("no bit of the file that names the others is worth the data") {
  const kept_data kept;
  auto size = fs::file_size(fs::path{kept.copy()} / "data/CURRENT") * 8;
  for (uint64_t bit = 0; bit < size; ++bit) {
    CAPTURE(bit);
    flip(fs::path{kept.copy()} / "data/CURRENT", bit);
    CHECK(kept.check_start());
  }
}

TEST_CASE("a file that is gone costs no more than what was in it") {
  const kept_data kept;
  auto name = std::string{GENERATE("CURRENT", "MANIFEST-")};
  CAPTURE(name);
  auto files = files_like(kept.copy(), name);
  REQUIRE(files.size() == 1);
  fs::remove(files[0]);
  CHECK(kept.check_start());
  files = files_like(kept.copy(), ".ldb");
  REQUIRE(files.size() == 1);
  fs::remove(files[0]);
  CHECK_FALSE(kept.check_start());
}

TEST_CASE("flipped bits of the list of files cost nothing unnamed") {
  const kept_data kept;
  auto seed = kv::test::test_seed();
  std::mt19937_64 random{seed};
  CAPTURE(seed);
  for (auto round = 0; round < 50; ++round) {
    auto files = files_like(kept.copy(), "MANIFEST-");
    REQUIRE(files.size() == 1);
    auto bit = random() % (fs::file_size(files[0]) * 8);
    CAPTURE(round, bit);
    flip(files[0], bit);
    kept.check_start();
  }
}

TEST_CASE("with two kinds of damage nothing false is told, either") {
  const kept_data kept;
  auto seed = kv::test::test_seed();
  std::mt19937_64 random{seed};
  CAPTURE(seed);
  for (auto round = 0; round < 50; ++round) {
    auto dir = kept.copy();
    fs::remove(fs::path{dir} / "data/CURRENT");
    auto files = data_files(dir);
    std::erase_if(files, [](const auto& x) { return fs::file_size(x) == 0; });
    REQUIRE_FALSE(files.empty());
    auto file = files[random() % files.size()];
    auto bit = random() % (fs::file_size(file) * 8);
    CAPTURE(round, file, bit);
    flip(file, bit);
    kept.check_start();
  }
}
