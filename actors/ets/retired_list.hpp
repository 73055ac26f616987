#pragma once

#include "actors/ets/accounting.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace kv::ets::detail {

struct epoch_record;

/// What a slot may point to. It has no data of its own.
struct table_entry : counted_part {};

/// The header of what a table shares with its readers, but for the rows of a
/// set. Readers never look at it; it is guarded by the table's lock.
struct link : table_entry {
  /// In the table: the hash of the key. Retired: the next ref of the list.
  std::uint64_t word = 0;
};

/// What a retired entry is.
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
  /// A node that is no link, and so is the last of its list.
  last_node,
  /// A retired_page of nodes that are no links.
  page,
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

/// Retired nodes that are no links.
struct retired_page : retired_block {
  /// Errors: std::bad_alloc.
  static retired_page* make(std::size_t capacity) {
    const auto size = sizeof(retired_page) + capacity * sizeof(void*);
    return ::new (::operator new(size)) retired_page(size);
  }

  std::size_t capacity() const noexcept {
    return (bytes - sizeof(retired_page)) / sizeof(void*);
  }

  bool full() const noexcept {
    return count == capacity();
  }

  table_entry** nodes() noexcept {
    return reinterpret_cast<table_entry**>(this + 1);
  }

  void add(table_entry* node) noexcept {
    nodes()[count++] = node;
  }

  std::size_t count = 0;

private:
  explicit retired_page(std::size_t size) noexcept : retired_block(size) {
    // nop
  }
};

/// An entry and its kind in one word; 0 is the end of a list. Nodes that are no
/// links are aligned to 8 bytes, all others to 16.
using retired_ref = std::uint64_t;

inline retired_ref pack_retired(const table_entry* what,
                                retired_kind kind) noexcept {
  return reinterpret_cast<retired_ref>(what) | static_cast<retired_ref>(kind);
}

inline retired_kind kind_of(retired_ref ref) noexcept {
  constexpr auto last = static_cast<retired_ref>(retired_kind::last_node);
  return (ref & 7) == last ? retired_kind::last_node
                           : static_cast<retired_kind>(ref & 15);
}

inline table_entry* entry_of_ref(retired_ref ref) noexcept {
  const auto bits = static_cast<retired_ref>(kind_of(ref));
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<table_entry*>(ref ^ bits);
}

/// For whatever is no last_node.
inline link* link_of(retired_ref ref) noexcept {
  return static_cast<link*>(entry_of_ref(ref));
}

inline retired_page* page_of(retired_ref ref) noexcept {
  return static_cast<retired_page*>(entry_of_ref(ref));
}

/// What a table has removed but readers may still hold, in two generations:
/// the sealed one has a tag, the pending one waits for the first to go.
///
/// Thread safety: guarded by the table's lock, except for `due`.
class retired_list {
public:
  /// Lists that nobody can hold any more, to be released without a lock.
  using batch = std::array<retired_ref, 2>;

  /// Removed rows that a list may keep in a table of any size.
  static constexpr std::uint32_t few = 64;

  /// Takes what readers that come from now on cannot find.
  void retire(link* what, retired_kind kind) noexcept;

  /// Has room for one more node that is no link. Errors: std::bad_alloc.
  void reserve_node() {
    if (pending_ == 0
        || (kind_of(pending_) == retired_kind::page
            && !page_of(pending_)->full())) [[likely]]
      return;
    add_page();
  }

  /// Takes such a node; there must be room.
  void retire_node(table_entry* node) noexcept {
    if (pending_ == 0)
      pending_ = pack_retired(node, retired_kind::last_node);
    else
      page_of(pending_)->add(node);
    count(1);
  }

  /// Whether it is time to collect in a table of `rows` rows; the list keeps
  /// `most` removed ones at most, and what readers held when it was asked last.
  bool due(std::size_t rows, std::size_t most = few) const noexcept {
    return count_.load(std::memory_order_relaxed)
           >= std::clamp<std::size_t>(rows / 8, 1, most);
  }

  /// Removes what no reader can hold, but for `except`; see no_reader_since.
  batch collect(const epoch_record* except = nullptr) noexcept;

  /// Removes everything; the readers must have been drained.
  batch collect_all() noexcept;

  /// Calls f(table_entry*, retired_kind) for everything in the list: a page
  /// and each node of it.
  template <class F>
  void for_each_retired(F f) const {
    for (auto list : {pending_, sealed_})
      for_each_in(list, f);
  }

private:
  template <class F>
  static void for_each_in(retired_ref ref, F& f) {
    while (ref != 0) {
      const auto kind = kind_of(ref);
      f(entry_of_ref(ref), kind);
      if (kind == retired_kind::last_node)
        return;
      if (kind == retired_kind::page)
        for (std::size_t i = 0; i < page_of(ref)->count; ++i)
          f(page_of(ref)->nodes()[i], retired_kind::last_node);
      ref = link_of(ref)->word;
    }
  }

  /// Arrays are large: one is reason enough to collect.
  static constexpr std::uint32_t weight_of_array = 1U << 20;

  void add_page();

  void count(std::size_t more) noexcept {
    const auto now = count_.load(std::memory_order_relaxed);
    if (now < weight_of_array)
      count_.store(now + static_cast<std::uint32_t>(more),
                   std::memory_order_relaxed);
  }

  retired_ref pending_ = 0;
  retired_ref sealed_ = 0;
  std::uint64_t tag_ = 0;
  std::atomic<std::uint32_t> count_{0};
};

} // namespace kv::ets::detail
