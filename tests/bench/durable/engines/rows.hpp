#pragma once

#include "tests/bench/durable/engines/engine.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>

// What is written to each of the engines.

namespace kv::bench::engines {

constexpr uint32_t million = 1'000'000;
constexpr size_t value_size = 100;

inline string key_of(uint32_t n) {
  char buf[17];
  std::snprintf(buf, sizeof(buf), "%016u", n);
  return buf;
}

/// Tells by itself whether it is what was written.
inline string value_of(string_view key) {
  string result;
  std::minstd_rand random{
    static_cast<uint32_t>(std::hash<string_view>{}(key) | 1U)};
  while (result.size() < value_size)
    result += static_cast<char>('a' + random() % 26);
  return result;
}

inline rows random_rows(std::mt19937& random, size_t n) {
  rows result;
  for (size_t i = 0; i < n; ++i) {
    auto key = key_of(random() % million);
    auto value = value_of(key);
    result.emplace_back(std::move(key), std::move(value));
  }
  return result;
}

} // namespace kv::bench::engines
