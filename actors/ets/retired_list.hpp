#pragma once

#include "actors/ets/accounting.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace kv::ets::detail {

struct epoch_record;

/// The header of whatever a table shares with its readers. Readers never look
/// at it; it is guarded by the table's lock.
struct link : counted_part {
  /// In the table: the hash of the key. Retired: the next ref of the list.
  std::uint64_t word = 0;
};

/// What a retired link is the header of.
enum class retired_kind : std::uint8_t {
  node,
  array,
  /// An array together with the rows in it.
  array_with_rows,
  /// A hash_array that was replaced by its successor.
  hash_array,
  /// The hash_arrays of a table and what they share.
  hash_table,
  /// The same together with the rows in them.
  hash_table_with_rows,
  /// A retired_block without rows.
  block,
};

/// A link that knows its size, of which nothing else is left to destroy.
struct retired_block : link {
  explicit retired_block(std::size_t size) noexcept : bytes(size) {
    // nop
  }

  static void destroy(retired_block* block) noexcept {
    const auto size = block->bytes;
    std::destroy_at(block);
    ::operator delete(block, size);
  }

  std::size_t bytes;
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

  /// Whether it is time to collect in a table of `rows` rows, `lists` of which
  /// share the work.
  bool due(std::size_t rows, std::size_t lists = 1) const noexcept {
    return count_.load(std::memory_order_relaxed)
           >= std::clamp<std::size_t>(rows / 8 / lists, 1, max_count / lists);
  }

  /// Removes what no reader can hold, but for `except`; see no_reader_since.
  batch collect(const epoch_record* except = nullptr) noexcept;

  /// Whether something waits for readers.
  bool has_sealed() const noexcept {
    return sealed_ != 0;
  }

  /// Takes over what `other` has; nobody uses that any more.
  void take_over(retired_list& other) noexcept;

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
