#include "tests/durable/damaged_data.hpp"

#include <leveldb/db.h>

#include <random>

// What is left of data with damaged or missing files.

using namespace kv;
using namespace kv::durable;
using namespace kv::durable::test;
using fields = collector::fields;
namespace fs = std::filesystem;

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
    auto [file, bit] = flip_somewhere(dir, random);
    CAPTURE(round, file, bit);
    kept.check_start();
  }
}
