#include "actors/durable/level_tail.hpp"

#include "tests/durable/damaged_data.hpp"

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
    copy_afresh(dir / "kept", dir / "cut");
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
    copy_afresh(dir / "kept", dir / "cut");
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
    copy_afresh(dir / "kept", dir / "flipped");
    auto [file, bit] = flip_somewhere(dir / "flipped", random);
    CAPTURE(file, bit);
    // What makes the last record longer than the file looks like a torn tail.
    const bool torn = !verify(dir / "flipped", {}).torn.empty();
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
    CHECK((torn || !report.damage.empty()));
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
