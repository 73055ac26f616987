#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

/// The header of whatever a table shares with its readers. Readers never look
/// at it; it is guarded by the table's lock.
struct link {
  /// In the table: the hash of the key. Retired: the next ref of the list.
  std::uint64_t word = 0;
};

/// What a retired link is the header of.
enum class retired_kind : std::uint8_t {
  node,
  array,
  /// An array together with the rows in it.
  array_with_rows,
};

/// A link and its kind in one word; 0 is the end of a list.
using retired_ref = std::uint64_t;

inline link* link_of(retired_ref ref) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<link*>(ref & ~retired_ref{7});
}

inline retired_kind kind_of(retired_ref ref) noexcept {
  return static_cast<retired_kind>(ref & 7);
}

/// What a table has removed but readers may still hold, in two generations:
/// the sealed one has a tag, the pending one waits for the first to go.
///
/// Thread safety: guarded by the table's lock, except for `due`.
class retired_list {
public:
  /// Lists that nobody can hold any more, to be released without a lock.
  using batch = std::array<retired_ref, 2>;

  /// Takes what readers that come from now on cannot find.
  void retire(link* what, retired_kind kind) noexcept;

  /// Whether it is time to collect in a table of `rows` rows.
  bool due(std::size_t rows) const noexcept {
    return count_.load(std::memory_order_relaxed)
           >= std::clamp<std::size_t>(rows / 8, 1, max_count);
  }

  /// Removes what no reader can hold.
  batch collect() noexcept;

  /// Removes everything; the readers must have been drained.
  batch collect_all() noexcept;

  /// Calls f(link*, retired_kind) for everything in the list.
  template <class F>
  void for_each_retired(F f) const {
    for (auto list : {pending_, sealed_})
      for (auto ref = list; ref != 0; ref = link_of(ref)->word)
        f(link_of(ref), kind_of(ref));
  }

private:
  static constexpr std::uint32_t max_count = 64;

  retired_ref pending_ = 0;
  retired_ref sealed_ = 0;
  std::uint64_t tag_ = 0;
  std::atomic<std::uint32_t> count_{0};
};

} // namespace kv::ets::detail
