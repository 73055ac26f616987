#pragma once

#include "actors/ets/core.hpp"
#include "actors/ets/entry_change.hpp"
#include "actors/ets/epoch.hpp"
#include "actors/ets/hash_array.hpp"
#include "actors/ets/retired_list.hpp"
#include "actors/ets/slot_array.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace kv::ets::detail {

/// Greater than 0 if one of this thread's last lookups has found its key: then
/// it is worth while to fetch a slot before its tag is known.
inline constinit thread_local std::uint32_t hits_lately = 1;

/// Lookups after which hits are forgotten.
inline constexpr std::uint32_t lookups_remembered = 8;

// The part of the hash engines that does not know their rows: from the hash of
// a key to its entry. Invariants:
//
// 1. The root is null, a slot_array (a small table, whose writers hold lock_)
//    or, with the lowest bit set, a hash_array (whose writers hold the lock of
//    a bucket). The root changes under lock_ only.
// 2. Whoever holds the lock of a bucket asks for no other lock but that of a
//    stripe. Who wants several buckets holds lock_ first. An entry whose engine
//    lets it (`needs_no_lock`) is replaced by one exchange of its slot, without
//    the lock of its bucket: its number of rows stays, and so does its key.
// 3. An entry is written before it is published, and what readers look at never
//    again.
// 4. A table is cleared, or made small, when all its buckets are locked; they
//    stay as they are, dead, for readers that have begun before.
// 5. Everyone is pinned while they hold a pointer to an array, writers too: a
//    closed table that has been drained has neither readers nor writers.
class hash_index : public core_base, protected retired_list {
protected:
  using small_array = slot_array;
  /// Destroys what nobody can hold any more.
  using release_fn = void (*)(retired_list::batch) noexcept;

  explicit hash_index(ets::access access) : core_base(access) {
    // nop
  }

  /// Calls match(table_entry&) for what may be the entry of a key; returns it
  /// if that holds. Needs a pin.
  template <class Match>
  [[gnu::always_inline]] table_entry*
  find(std::uint64_t hash, Match match) const {
    check_open();
    const auto root = root_.load();
    if (!is_large(root)) [[unlikely]] {
      const auto* small = pointer_of<const small_array>(root);
      return small == nullptr ? nullptr : small->find(hash, match).entry;
    }
    for (auto* array = large(root);; array = array->next()) {
      const auto bucket = array->at(hash);
      if (hits_lately != 0) [[likely]]
        bucket.prefetch_home(hash);
      const auto state = bucket.state();
      schedule_point();
      if ((state & hash_bucket::moved) == 0) [[likely]]
        return remember(bucket.find(hash, state, match).entry);
    }
  }

  /// Whether the table is too large for the nearer caches. Needs a pin.
  bool is_worth_fetching() const noexcept {
    const auto root = root_.load();
    return is_large(root) && large(root)->size() > buckets_in_caches;
  }

  /// Fetches the tags and the likely slot of a key; then the slot; then tells
  /// what is its entry, if that is easily told. Needs a pin.
  void prefetch_bucket(std::uint64_t hash) const noexcept {
    if (const auto root = root_.load(); is_large(root))
      large(root)->at(hash).prefetch(hash);
  }

  void prefetch_slot(std::uint64_t hash) const noexcept {
    if (const auto root = root_.load(); is_large(root))
      large(root)->at(hash).prefetch_slot(hash);
  }

  const table_entry* likely_entry(std::uint64_t hash) const noexcept {
    const auto root = root_.load();
    return is_large(root) ? large(root)->at(hash).likely_entry(hash) : nullptr;
  }

  /// Writes to one key: decide(table_entry*) gets its entry, if any, and
  /// returns what is to be done; if it is to change,
  /// settle.prepare(retired_list&) makes room where there is such a function,
  /// and settle(table_entry*, retired_list&) retires what has been replaced.
  /// All run under a lock, decide perhaps repeatedly. Settle::needs_no_lock, if
  /// it is there, says that decide also runs without one, and that its entries
  /// never change. Returns whether it is time to sweep. Errors: no_such_table;
  /// std::bad_alloc, and nothing has changed.
  /// @tparam Ahead The key is looked for before its bucket is locked.
  template <bool Ahead = true, class Match, class Decide, class Settle>
  bool edit(std::uint64_t hash, Match match, Decide decide, Settle settle,
            const entry_functions& of);

  std::size_t row_count() const noexcept;

  /// Bytes of the entries beyond one node per row: constant time.
  std::size_t entry_bytes(const entry_functions& of) const noexcept;

  /// What a table is to hold.
  struct contents {
    struct hashed_entry {
      std::uint64_t hash;
      table_entry* entry;
    };

    std::vector<hashed_entry> entries{};
    std::size_t rows = 0;
    std::size_t bytes = 0; ///< Beyond one node per row.
  };

  /// Removes all entries and puts others at once.
  /// Errors: no_such_table; std::bad_alloc, and nothing has changed.
  void replace_entries(const contents& now, const entry_functions& of);

  /// Destroys what is due; see retired_list.
  void sweep_now(release_fn release) noexcept;

  /// After a drain.
  void release_all(release_fn release) noexcept;

  /// Calls f(table_entry&) for the entries of what a retired link stands for,
  /// and `release` for what was retired before it, then frees it: an array of
  /// any kind, or a block.
  template <class F>
  static void release_array(link* what, retired_kind kind, release_fn release,
                            F f) noexcept;

  /// Calls f(table_entry&) for the entries that a retired array has with it.
  template <class F>
  static void
  for_each_retired_entry(table_entry* what, retired_kind kind, F f) {
    if (kind == retired_kind::array_with_rows)
      static_cast<small_array*>(what)->for_each(f);
    else if (kind == retired_kind::hash_table_with_rows)
      static_cast<hash_array*>(what)->for_each_current(
        [&](const hash_bucket& x) {
          x.for_each_word(
            [&](slot_word word) { f(*pointer_of<table_entry>(word)); });
        });
  }

  /// Bytes of the arrays and of what is retired, but for nodes and for what
  /// is in retired arrays; and calls f(table_entry*, retired_kind) for what is
  /// retired. Under lock_.
  template <class F>
  std::size_t measure(F f) const;

  static bool is_large(std::uintptr_t root) noexcept {
    return (root & large_bit) != 0;
  }

  static hash_array* large(std::uintptr_t root) noexcept {
    return pointer_of<hash_array>(root);
  }

  std::uintptr_t root() const noexcept {
    return root_.load();
  }

private:
  friend class row_batch;

  static table_entry* remember(table_entry* found) noexcept {
    if (found != nullptr)
      hits_lately = lookups_remembered;
    else if (hits_lately != 0)
      --hits_lately;
    return found;
  }

  // For row_batch, under lock_.
  retired_list& retired() noexcept {
    return *this;
  }

  /// Makes room for so many more entries. Errors: std::bad_alloc.
  void reserve(std::size_t more, const entry_functions& of);

  /// A small table's array with room for more. Errors: std::bad_alloc.
  slot_array* copy_small(std::size_t more, const entry_functions& of) const;
  void commit_small(slot_array* fresh, std::ptrdiff_t rows) noexcept;
  std::size_t small_entries() const noexcept;
  void finish_move(hash_array& array);

  static constexpr std::uintptr_t large_bit = 1;
  static constexpr std::uint32_t buckets_in_caches = 512;
  /// Rows from which on a large table is made small again.
  static constexpr std::size_t rows_to_be_small = 4;
  static constexpr std::size_t max_small_capacity = 16;

  /// A locked bucket.
  struct held_bucket {
    held_bucket() noexcept = default;
    held_bucket(const held_bucket&) = delete;
    held_bucket& operator=(const held_bucket&) = delete;

    ~held_bucket() {
      if (bucket)
        bucket.unlock(state);
    }

    hash_array* array = nullptr;
    hash_bucket bucket;
    std::uint64_t state = 0;
  };

  template <bool Ahead, class Match, class Decide, class Settle>
  bool edit_large(hash_array* array, std::uint64_t hash, Match& match,
                  Decide& decide, Settle& settle);
  template <class Match, class Decide, class Settle>
  bool edit_small(std::uint64_t hash, Match& match, Decide& decide,
                  Settle& settle, const entry_functions& of);
  template <class Settle>
  static void prepare(Settle& settle, retired_list& retired);

  /// Returns false if the table has been cleared.
  static bool lock_bucket(hash_array* array, std::uint64_t hash,
                          held_bucket& held) noexcept;

  /// Where a key was before its bucket was locked.
  struct early_place {
    const bucket_head* bucket = nullptr;
    slot_place place{};
  };

  template <bool Ahead, class Match>
  static early_place
  find_ahead(hash_array* array, std::uint64_t hash, Match& match);
  template <class Match>
  static slot_place find_again(const held_bucket& held, const early_place& seen,
                               std::uint64_t hash, Match& match);

  template <class Decide, class Settle>
  static bool replace_alone(hash_shared& shared, std::uint64_t hash,
                            slot_place place, Decide& decide, Settle& settle);
  /// What has become of a change.
  enum class outcome : std::uint8_t {
    replaced_meanwhile, ///< Nothing, for the entry is not there any more.
    same_rows,
    other_rows,
  };

  template <class Decide, class Settle>
  static outcome change_place(held_bucket& held, std::uint64_t hash,
                              slot_place place, Decide& decide, Settle& settle);

  static bool is_due_in(const hash_shared& shared,
                        const retired_list& stripe) noexcept;
  bool is_due() const noexcept;
  bool has_small_room() const noexcept;
  entry_hash hash_by(const entry_functions& of) const noexcept {
    return {this, of.hash};
  }

  void make_small_room(const entry_functions& of);
  void make_large(std::size_t rows, const entry_functions& of);
  static hash_array* make_array(const contents& of, std::size_t room,
                                const entry_hash& hash_of);
  static std::uintptr_t make_root(const contents& of,
                                  const entry_hash& hash_of);
  void resize_if_due(hash_array& array) noexcept;
  void resize_step();
  void make_small(hash_array& array);
  void freeze(hash_array& array) noexcept;
  void bury(hash_array& array, retired_kind kind) noexcept;
  void set_root(const void* to, std::uintptr_t bits) noexcept;

  std::atomic<std::uint32_t> size_{0}; // of a small table, in entries or rows
  std::atomic<std::uintptr_t> root_{0};
};

static_assert(sizeof(hash_index) <= 64);

} // namespace kv::ets::detail

#include "actors/ets/hash_index_impl.hpp"
