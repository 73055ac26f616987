#pragma once

#include "actors/ets/schedule.hpp"
#include "actors/ets/table.hpp"

#include <cstdint>

// What a history_recorder can call.

namespace kv::test {

struct item {
  std::uint64_t key = 0;
  std::uint64_t value = 0;

  bool operator==(const item&) const = default;
};

using item_set = ets::set<item, &item::key>;

/// A table as it is.
template <class T>
class sound {
public:
  std::uint64_t lookup(std::uint64_t key) {
    std::uint64_t result = 0;
    table_.visit(key, [&result](const auto& x) { result = x.value; });
    return result;
  }

  void insert(std::uint64_t key, std::uint64_t value) {
    table_.insert({key, value});
  }

  bool insert_new(std::uint64_t key, std::uint64_t value) {
    return table_.insert_new({key, value});
  }

  bool erase(std::uint64_t key) {
    return table_.erase(key) != 0;
  }

  std::uint64_t take(std::uint64_t key) {
    const auto row = table_.take(key);
    return row ? row->value : 0;
  }

  std::uint64_t add(std::uint64_t key, std::uint64_t n) {
    return ets::update_counter(table_, key, &T::row::value, {.by = n})
      .value_or(0);
  }

  bool exchange_if(std::uint64_t key, std::uint64_t old, std::uint64_t value) {
    return table_.compare_exchange({key, old}, {key, value});
  }

protected:
  ets::owner<T> table_; // NOLINT(*-member-variables-*)
};

} // namespace kv::test
