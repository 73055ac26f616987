#pragma once

#include "actors/ets/core_handle.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace kv::ets {

/// What only a table whose rows have no order can do: go from key to key in an
/// order of its own, the same in both directions as in ETS. It is that of
/// walks, which a `cursor` makes faster.
///
/// The order of two keys never changes: going from each key to the next one
/// meets every row that is there throughout, whatever is written meanwhile.
///
/// Complexity: a key, plus the copy. Thread safety and errors: as
/// `read_operations`.
template <table T>
class unordered_operations : public core_handle<T> {
public:
  using typename core_handle<T>::row;
  using typename core_handle<T>::key_view;

  /// Returns the first row, if any.
  std::optional<row> first() const {
    return find({}, nullptr);
  }

  /// The same.
  std::optional<row> last() const {
    return first();
  }

  /// Returns the first row behind the place of `key`, whether that is a key or
  /// not; of a bag, the first one of the next key.
  std::optional<row> next(key_view key) const {
    const auto place = this->core().place_of(key);
    return find(engine::position::from_place(place), &key);
  }

  /// The same.
  std::optional<row> prev(key_view key) const {
    return next(key);
  }

protected:
  using typename core_handle<T>::engine;
  using core_handle<T>::core_handle;
  unordered_operations() noexcept = default;

private:
  // Keys are ordered by their places. Those that share one are in the order in
  // which a scan shows them: behind `after`, if that is one of them.
  std::optional<row>
  find(typename engine::position at,
       const std::remove_reference_t<key_view>* after) const {
    const auto& core = this->core();
    const std::uint64_t begin = after == nullptr ? 0 : core.place_of(*after);
    std::optional<row> result;
    std::uint64_t best = 0;
    bool met = after == nullptr;
    const auto show = [&](const row& x) {
      auto&& own_key = core.key_of(x);
      const key_view key = own_key;
      const auto place = core.place_of(key);
      if (after != nullptr && place == begin && !met) {
        met = engine::traits::equal(key, *after);
        return;
      }
      const bool behind
        = after == nullptr
          || (place > begin
              || (place == begin && !engine::traits::equal(key, *after)));
      if (behind && (!result || place < best)) {
        result.emplace(x);
        best = place;
      }
    };
    while (!result && core.scan(at, 1, show)) {
      // nothing behind it there
    }
    return result;
  }
};

} // namespace kv::ets
