#pragma once

#include "actors/durable/level_engine.hpp"
#include "actors/kv/wall_time.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kv::durable::test {

/// Returns where a sync costs nothing, if that is possible. What a sync is good
/// for is tested with the program.
inline std::filesystem::path scratch_base() {
  constexpr uintmax_t enough = uintmax_t{1} << 30;
  const std::filesystem::path memory{"/dev/shm"};
  std::error_code failed;
  auto room = std::filesystem::space(memory, failed);
  return !failed && room.available > enough
           ? memory
           : std::filesystem::temp_directory_path();
}

/// A directory of its own for one test.
class scratch_dir {
public:
  scratch_dir() {
    path_ = (scratch_base() / "kv-durable-XXXXXX").string();
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }

  scratch_dir(const scratch_dir&) = delete;

  scratch_dir& operator=(const scratch_dir&) = delete;

  ~scratch_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string operator/(const std::string& name) const {
    return path_ + '/' + name;
  }

  const std::string& path() const {
    return path_;
  }

private:
  std::string path_;
};

/// What an engine tells.
class collector : public kept_receiver {
public:
  using fields = std::map<std::string, std::string>;

  void start_over() override {
    strings.clear();
    buckets.clear();
  }

  void bucket(kept_bucket x) override {
    last_ = x.name;
    REQUIRE(buckets.emplace(x.name, std::pair{x, fields{}}).second);
  }

  void put(bool is_string, field x) override {
    auto& to = is_string ? strings : buckets.at(last_).second;
    REQUIRE(to.emplace(x.key, x.value).second);
    expiries[std::string{x.key}] = x.expires;
  }

  fields strings;
  std::map<std::string, std::pair<kept_bucket, fields>> buckets;
  std::map<std::string, deadline> expiries;

private:
  std::string last_;
};

inline collector load(durable_engine& engine) {
  collector result;
  engine.load(result);
  return result;
}

inline kept_change create(std::string_view name) {
  return {.what = kept_change::op::create,
          .name = name,
          .number = kept_changes::never};
}

inline kept_change put(std::string_view name, std::string_view key,
                       std::string_view value,
                       int64_t expires = kept_changes::never) {
  return {.what = kept_change::op::put,
          .strings = name.empty(),
          .name = name,
          .key = key,
          .value = value,
          .number = expires};
}

inline kept_change change(kept_change::op what, std::string_view name,
                          std::string_view key = {}) {
  return {.what = what, .strings = name.empty(), .name = name, .key = key};
}

inline void append(durable_engine& to, const std::vector<kept_change>& xs,
                   bool sync = true) {
  kept_changes all;
  for (const auto& x : xs)
    all.add(x);
  to.append(all, sync);
}

} // namespace kv::durable::test
