#pragma once

#include "actors/ets/schedule.hpp"
#include "actors/ets/table.hpp"

#include "tests/ets/subjects.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

// Tables with one bug each, which the search for an order of calls must find.

namespace kv::test {

/// Where another thread may come in between.
inline void gap() {
  ets::detail::schedule_point();
}

/// Remembers what it has read, and forgets before a write, not after it.
class with_stale_cache : public sound<item_set> {
public:
  std::uint64_t lookup(std::uint64_t key) {
    auto& cached = cache_[key % cache_.size()];
    if (const auto seen = cached.load(); seen != 0 && seen >> 32 == key)
      return seen & 0xffffffff;
    const auto result = sound::lookup(key);
    gap();
    if (result != 0)
      cached = key << 32 | result;
    return result;
  }

  void insert(std::uint64_t key, std::uint64_t value) {
    forget(key);
    sound::insert(key, value);
  }

  bool insert_new(std::uint64_t key, std::uint64_t value) {
    forget(key);
    return sound::insert_new(key, value);
  }

  bool erase(std::uint64_t key) {
    forget(key);
    return sound::erase(key);
  }

  std::uint64_t take(std::uint64_t key) {
    forget(key);
    return sound::take(key);
  }

  std::uint64_t add(std::uint64_t key, std::uint64_t n) {
    forget(key);
    return sound::add(key, n);
  }

  bool exchange_if(std::uint64_t key, std::uint64_t old, std::uint64_t value) {
    forget(key);
    return sound::exchange_if(key, old, value);
  }

private:
  void forget(std::uint64_t key) {
    cache_[key % cache_.size()] = 0;
    gap();
  }

  std::array<std::atomic<std::uint64_t>, 256> cache_{};
};

/// Looks whether there is a row, and inserts one.
class with_checked_insert : public sound<item_set> {
public:
  bool insert_new(std::uint64_t key, std::uint64_t value) {
    if (table_.member(key))
      return false;
    gap();
    table_.insert({key, value});
    return true;
  }
};

/// Takes by a look-up and an erasure.
class with_take_in_two_steps : public sound<item_set> {
public:
  std::uint64_t take(std::uint64_t key) {
    const auto result = lookup(key);
    gap();
    erase(key);
    return result;
  }
};

/// Counts by a look-up and an insertion.
class with_lost_updates : public sound<item_set> {
public:
  std::uint64_t add(std::uint64_t key, std::uint64_t n) {
    const auto value = lookup(key);
    if (value == 0)
      return 0;
    gap();
    insert(key, value + n);
    return value + n;
  }
};

/// An item with an identity, which another one may have later.
struct numbered_item {
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  std::uint64_t id = 0;

  bool operator==(const numbered_item&) const = default;
};

/// Replaces a row if it is still the one that was looked at, but tells rows by
/// identities that come again as soon as they are free.
class with_reused_identity
  : public sound<ets::set<numbered_item, &numbered_item::key>> {
public:
  void insert(std::uint64_t key, std::uint64_t value) {
    put({key, value, take_id()});
  }

  bool insert_new(std::uint64_t key, std::uint64_t value) {
    const auto id = take_id();
    const bool stored = table_.insert_new({key, value, id});
    if (!stored)
      free_id(id);
    return stored;
  }

  bool erase(std::uint64_t key) {
    return take(key) != 0;
  }

  std::uint64_t take(std::uint64_t key) {
    const auto row = table_.take(key);
    if (row)
      free_id(row->id);
    return row ? row->value : 0;
  }

  bool exchange_if(std::uint64_t key, std::uint64_t old, std::uint64_t value) {
    for (;;) {
      const auto seen = table_.lookup(key);
      if (!seen || seen->value != old)
        return false;
      gap();
      bool same = false;
      const numbered_item fresh{key, value, take_id()};
      table_.update(key, [&](const numbered_item& now) {
        same = now.id == seen->id;
        return same ? std::optional{fresh} : std::nullopt;
      });
      free_id(same ? seen->id : fresh.id);
      if (same)
        return true;
    }
  }

private:
  void put(const numbered_item& x) {
    std::uint64_t old = 0;
    table_.upsert(
      x.key,
      [&] {
        old = 0;
        return x;
      },
      [&](const numbered_item& now) {
        old = now.id;
        return x;
      });
    free_id(old);
  }

  std::uint64_t take_id() {
    std::lock_guard guard{mutex_};
    if (free_.empty())
      return ++last_;
    const auto result = free_.back();
    free_.pop_back();
    return result;
  }

  void free_id(std::uint64_t id) {
    std::lock_guard guard{mutex_};
    if (id != 0)
      free_.push_back(id);
  }

  std::mutex mutex_;
  std::vector<std::uint64_t> free_;
  std::uint64_t last_ = 0;
};

/// Now and then moves to a new table, while writers go on in the old one.
class with_leaky_resize {
public:
  std::uint64_t lookup(std::uint64_t key) {
    return current().lookup(key);
  }

  void insert(std::uint64_t key, std::uint64_t value) {
    resize_if_due();
    current().insert(key, value);
  }

  bool insert_new(std::uint64_t key, std::uint64_t value) {
    return current().insert_new(key, value);
  }

  bool erase(std::uint64_t key) {
    return current().erase(key);
  }

  std::uint64_t take(std::uint64_t key) {
    return current().take(key);
  }

  std::uint64_t add(std::uint64_t key, std::uint64_t n) {
    return current().add(key, n);
  }

  bool exchange_if(std::uint64_t key, std::uint64_t old, std::uint64_t value) {
    return current().exchange_if(key, old, value);
  }

private:
  struct generation : sound<item_set> {
    void copy_to(generation& other) const {
      table_.for_each([&other](const item& x) {
        gap();
        other.insert(x.key, x.value);
      });
    }
  };

  generation& current() {
    return *current_.load();
  }

  void resize_if_due() {
    if (inserts_.fetch_add(1) % 500 != 499)
      return;
    std::unique_lock guard{mutex_, std::try_to_lock};
    if (!guard)
      return;
    auto& next = all_.emplace_back();
    current().copy_to(next);
    current_ = &next;
  }

  std::mutex mutex_;
  std::deque<generation> all_{1}; // nobody knows who still uses an old one
  std::atomic<generation*> current_{&all_.front()};
  std::atomic<unsigned> inserts_{0};
};

} // namespace kv::test
