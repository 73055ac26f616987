#pragma once

#include "actors/ets/hash_index.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

namespace kv::ets::detail {

/// What an insertion of many rows shares with readers: its one bit, and what
/// stands in the slots meanwhile.
struct commit_block : retired_block {
  /// Errors: std::bad_alloc.
  static commit_block* make(std::size_t entries) {
    const auto size = sizeof(commit_block) + entries * sizeof(pending_entry);
    return ::new (::operator new(size)) commit_block(size);
  }

  static void destroy(commit_block* block) noexcept {
    const auto size = block->bytes;
    std::destroy_at(block);
    ::operator delete(block, size);
  }

  pending_entry* entries() noexcept {
    return reinterpret_cast<pending_entry*>(this + 1);
  }

  std::atomic<bool> committed{false};

private:
  explicit commit_block(std::size_t size) noexcept : retired_block(size) {
    // nop
  }
};

// One insertion of many rows, under lock_: nothing moves meanwhile. `Rows` has
// - `size()` different keys, `hash(i)`, `matches(i, table_entry&)`;
// - `decide(i, old)`, what becomes of the entry of key i: put or none;
// - `prepare(n)`, before anything changes: n entries will be replaced;
// - `settle(i, old, retired_list&)` as in hash_index::edit;
// - `finish(retired_list&)`, after that, under the table's lock;
// - `functions`, its entry_functions.
// A small table gets a new array, whose store commits. In a large one
// 1. the buckets of all keys are locked, the entries that are to be replaced
//    are frozen, and all allocations made;
// 2. every slot gets a pending_entry, which still stands for the old one;
// 3. one store turns all of them at once;
// 4. the slots get their new entries, and the buckets are unlocked.
class row_batch {
public:
  explicit row_batch(hash_index& table) : table_(table) {
    // nop
  }

  row_batch(const row_batch&) = delete;
  row_batch& operator=(const row_batch&) = delete;

  ~row_batch() {
    for (auto& x : held_) {
      if (frozen_)
        x.bucket.thaw();
      x.bucket.unlock(x.state);
    }
  }

  /// Returns false, and has changed nothing, if a key is there and may not be.
  /// Errors: std::bad_alloc, and nothing has changed.
  template <class Rows>
  bool run(Rows& rows, bool replace) {
    table_.reserve(rows.size(), Rows::functions);
    const auto root = table_.root();
    return hash_index::is_large(root)
             ? run_large(hash_index::large(root), rows, replace)
             : run_small(pointer_of<slot_array>(root), rows, replace);
  }

private:
  struct held_bucket {
    hash_bucket bucket;
    hash_array* array;
    std::uint64_t state;
  };

  template <class Rows>
  bool run_small(slot_array* old, Rows& rows, bool replace) {
    const auto free = [](slot_array* x) { slot_array::destroy(x); };
    std::unique_ptr<slot_array, decltype(free)> fresh{
      table_.copy_small(rows.size(), Rows::functions), free};
    std::vector<table_entry*> replaced(rows.size());
    std::size_t replacements = 0;
    std::ptrdiff_t added = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto hit = fresh->find(rows.hash(i), [&](const table_entry& x) {
        return rows.matches(i, x);
      });
      if (hit.entry != nullptr && !replace)
        return false;
      const entry_change change = rows.decide(i, hit.entry);
      added += change.rows;
      if (change.what == entry_change::kind::none)
        continue;
      replaced[i] = hit.entry;
      if (hit.entry != nullptr) {
        fresh->replace(hit.index, rows.hash(i), change.entry);
        ++replacements;
      } else {
        fresh->add(rows.hash(i), change.entry);
      }
    }
    rows.prepare(replacements);
    table_.commit_small(fresh.release(), added);
    auto& retired = table_.retired();
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (replaced[i] != nullptr)
        rows.settle(i, replaced[i], retired);
    rows.finish(retired);
    if (old != nullptr)
      retired.retire(old, retired_kind::array);
    return true;
  }

  template <class Rows>
  bool run_large(hash_array* array, Rows& rows, bool replace) {
    lock_buckets(array, rows);
    std::vector<slot_place> places(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& held = held_of(array, rows.hash(i));
      places[i] = find(held, rows, i);
      if (places[i].entry == nullptr)
        continue;
      if (!replace)
        return false; // and nothing is frozen, for nothing was there
      frozen_ = true;
      while (!freeze(places[i], rows.hash(i)))
        places[i] = find(held, rows, i);
    }
    std::vector<entry_change> changes(rows.size());
    std::size_t replacements = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      changes[i] = rows.decide(i, places[i].entry);
      if (changes[i].what != entry_change::kind::none)
        replacements += places[i].entry != nullptr ? 1 : 0;
    }
    rows.prepare(replacements);
    auto* block = commit_block::make(rows.size());
    try {
      install(array, rows, places, changes, *block);
    } catch (...) {
      // Readers may have met the block.
      table_.retired().retire(block, retired_kind::block);
      throw;
    }
    schedule_point();
    block->committed.store(true);
    schedule_point();
    finish(array, rows, places, changes, *block);
    frozen_ = false;
    table_.retired().retire(block, retired_kind::block);
    return true;
  }

  template <class Rows>
  static slot_place
  find(const held_bucket& held, const Rows& rows, std::size_t i) {
    return held.bucket.find(rows.hash(i), held.state,
                            [&](const table_entry& x) {
                              return rows.matches(i, x);
                            });
  }

  /// Unless another thread has replaced the entry.
  static bool freeze(slot_place place, std::uint64_t hash) noexcept {
    const auto word = pack_slot(hash, place.entry);
    return hash_bucket::swap(place, word, word | frozen_bit);
  }

  template <class Rows>
  void lock_buckets(hash_array* array, const Rows& rows) {
    held_.reserve(rows.size());
    std::vector<held_bucket> wanted;
    wanted.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      wanted.push_back(current_bucket(array, rows.hash(i)));
    const auto before = [](const held_bucket& x, const held_bucket& y) {
      return x.bucket < y.bucket;
    };
    std::sort(wanted.begin(), wanted.end(), before);
    for (auto& x : wanted)
      if (held_.empty() || held_.back().bucket != x.bucket) {
        hash_array::lock(x.bucket);
        x.state = x.bucket.state();
        held_.push_back(x);
      }
  }

  static held_bucket current_bucket(hash_array* array, std::uint64_t hash) {
    while ((array->at(hash).state() & hash_bucket::moved) != 0)
      array = array->next();
    return {array->at(hash), array, 0};
  }

  held_bucket& held_of(hash_array* array, std::uint64_t hash) {
    const auto wanted = current_bucket(array, hash);
    return *std::lower_bound(held_.begin(), held_.end(), wanted,
                             [](const held_bucket& x, const held_bucket& y) {
                               return x.bucket < y.bucket;
                             });
  }

  // Puts the pending entries; takes them out again if memory runs out.
  template <class Rows>
  void install(hash_array* array, const Rows& rows,
               const std::vector<slot_place>& places,
               const std::vector<entry_change>& changes, commit_block& block) {
    std::size_t i = 0;
    try {
      for (; i < rows.size(); ++i) {
        if (changes[i].what == entry_change::kind::none)
          continue;
        auto& held = held_of(array, rows.hash(i));
        block.entries()[i] = {places[i].entry, changes[i].entry,
                              &block.committed};
        const auto word = pending_word(rows.hash(i), block, i);
        if (places[i].entry != nullptr)
          held.bucket.find_word(frozen_word(rows.hash(i), places[i]))
            .slot->store(word);
        else
          held.array->add(held.bucket, word, hash_bucket::tag_of(rows.hash(i)),
                          held.state);
        schedule_point();
      }
    } catch (...) {
      while (i-- > 0) {
        if (changes[i].what == entry_change::kind::none)
          continue;
        auto& held = held_of(array, rows.hash(i));
        const auto place
          = held.bucket.find_word(pending_word(rows.hash(i), block, i));
        if (places[i].entry != nullptr)
          place.slot->store(frozen_word(rows.hash(i), places[i]));
        else
          held.bucket.remove(place, pending_word(rows.hash(i), block, i),
                             held.state);
      }
      throw;
    }
    for (auto& x : held_)
      x.bucket.publish(x.state);
  }

  template <class Rows>
  void finish(hash_array* array, Rows& rows,
              const std::vector<slot_place>& places,
              const std::vector<entry_change>& changes, commit_block& block) {
    auto& shared = array->shared();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto hash = rows.hash(i);
      shared.rows.fetch_add(static_cast<std::size_t>(changes[i].rows));
      shared.entry_bytes.fetch_add(static_cast<std::size_t>(changes[i].bytes));
      const auto& bucket = held_of(array, hash).bucket;
      if (changes[i].what == entry_change::kind::none) {
        if (places[i].entry != nullptr)
          bucket.find_word(frozen_word(hash, places[i]))
            .slot->store(pack_slot(hash, places[i].entry));
        continue;
      }
      bucket.find_word(pending_word(hash, block, i))
        .slot->store(pack_slot(hash, changes[i].entry));
      if (places[i].entry == nullptr)
        continue;
      auto& stripe = shared.own_stripe();
      std::lock_guard guard{stripe.lock};
      rows.settle(i, places[i].entry, stripe.retired);
    }
    rows.finish(table_.retired());
  }

  static slot_word frozen_word(std::uint64_t hash, slot_place was) noexcept {
    return pack_slot(hash, was.entry) | frozen_bit;
  }

  static slot_word pending_word(std::uint64_t hash, commit_block& block,
                                std::size_t i) noexcept {
    return pack_slot(hash, &block.entries()[i]) | pending_bit;
  }

  hash_index& table_;
  std::vector<held_bucket> held_;
  bool frozen_ = false; ///< Whether entries may still be frozen.
};

} // namespace kv::ets::detail
