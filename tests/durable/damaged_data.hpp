#pragma once

#include "actors/durable/directory.hpp"

#include "tests/durable/kept_fixture.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace kv::durable::test {

/// Returns the files of the log, and those that rows are in, the oldest first.
inline std::vector<std::filesystem::path> data_files(const std::string& dir) {
  std::vector<std::filesystem::path> result;
  for (const auto& x : std::filesystem::directory_iterator{dir + "/data"})
    if (x.path().extension() == ".log" || x.path().extension() == ".ldb")
      result.push_back(x.path());
  std::sort(result.begin(), result.end());
  return result;
}

inline void flip(const std::filesystem::path& file, uint64_t bit) {
  std::fstream io{file, std::ios::in | std::ios::out | std::ios::binary};
  auto at = static_cast<std::streamoff>(bit / 8);
  io.seekg(at);
  auto c = static_cast<char>(io.get() ^ (1 << bit % 8));
  io.seekp(at);
  io.put(c);
}

/// Flips any bit of any of the files with data; returns the file and the bit.
inline std::pair<std::filesystem::path, uint64_t>
flip_somewhere(const std::string& dir, std::mt19937_64& random) {
  auto files = data_files(dir);
  std::erase_if(files, [](const auto& x) {
    return std::filesystem::file_size(x) == 0;
  });
  REQUIRE_FALSE(files.empty());
  auto file = files[random() % files.size()];
  auto bit = random() % (std::filesystem::file_size(file) * 8);
  flip(file, bit);
  return {file, bit};
}

/// Copies a directory to where there may be another.
inline void copy_afresh(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

/// Returns the files in `data` whose names begin or end so, the oldest first.
inline std::vector<std::filesystem::path> files_like(const std::string& dir,
                                                     const std::string& what) {
  std::vector<std::filesystem::path> result;
  for (const auto& x : std::filesystem::directory_iterator{dir + "/data"}) {
    auto name = x.path().filename().string();
    if (name.starts_with(what) || name.ends_with(what))
      result.push_back(x.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

/// Data in a directory, partly in tables and partly in the log, of which copies
/// are damaged.
class kept_data {
public:
  static constexpr int fields_each = 200;

  kept_data() {
    level_engine engine{dir_ / "kept", {.journal = 0}};
    append(engine, {create("a"), create("b")});
    write(engine, "a");
    engine.reopen(); // that writes tables
    write(engine, "b");
  }

  /// Returns a fresh copy.
  std::string copy() const {
    auto result = dir_ / "copy";
    copy_afresh(dir_ / "kept", result);
    return result;
  }

  /// Checks that a damaged copy starts, tells nothing that was not written,
  /// names what it does not tell, and can be written to; and that `verify` has
  /// said so before.
  /// @returns Whether all was told.
  bool check_start() const {
    auto verified = verify(dir_ / "copy", {});
    level_engine engine{dir_ / "copy"};
    collector found;
    auto report = engine.load(found);
    size_t told = 0;
    for (const auto& [name, x] : found.buckets)
      for (const auto& [key, value] : x.second) {
        CHECK(value == value_of(name, key));
        ++told;
      }
    auto all = told == 2 * fields_each;
    if (!all) {
      CHECK_FALSE(verified.damage.empty());
      CHECK_FALSE(report.damage.empty());
    }
    append(engine, {create("c"), put("c", "x", "1")});
    engine.reopen();
    CHECK(load(engine).buckets["c"].second == collector::fields{{"x", "1"}});
    return all;
  }

private:
  static std::string value_of(const std::string& name, const std::string& key) {
    return "value of " + key + " in " + name;
  }

  static void write(level_engine& engine, const std::string& name) {
    for (auto i = 0; i < fields_each; ++i) {
      auto key = "key" + std::to_string(i);
      append(engine, {put(name, key, value_of(name, key))}, false);
    }
  }

  scratch_dir dir_;
};

/// Returns all files below a folder with what is in them.
inline std::map<std::string, std::string> content(const std::string& dir) {
  std::map<std::string, std::string> result;
  for (const auto& x : std::filesystem::recursive_directory_iterator{dir})
    if (x.is_regular_file()) {
      std::ifstream in{x.path(), std::ios::binary};
      result[x.path().string()].assign(std::istreambuf_iterator<char>{in}, {});
    }
  return result;
}

/// Fields that take several blocks of a file.
inline void fill(level_engine& engine) {
  append(engine, {create("a"), put("", "s", "1")});
  for (auto i = 1000; i < 3000; ++i)
    append(engine, {put("a", "k" + std::to_string(i), std::string(30, 'v'))},
           false);
  append(engine, {{.what = kept_change::op::event, .number = 7}});
  engine.reopen(); // that writes a file of rows
}

/// The largest file of rows.
inline std::filesystem::path table_of(const std::string& dir) {
  std::filesystem::path result;
  for (const auto& x : std::filesystem::directory_iterator{dir + "/data"})
    if (x.path().extension() == ".ldb"
        && (result.empty()
            || x.file_size() > std::filesystem::file_size(result)))
      result = x.path();
  REQUIRE_FALSE(result.empty());
  return result;
}

inline void spoil(const std::filesystem::path& file, uint64_t at) {
  std::fstream io{file, std::ios::in | std::ios::out | std::ios::binary};
  io.seekg(static_cast<std::streamoff>(at));
  auto c = static_cast<char>(~io.get());
  io.seekp(static_cast<std::streamoff>(at));
  io.put(c);
}

} // namespace kv::durable::test
