#pragma once

#include "actors/ets/epoch.hpp"
#include "actors/ets/error.hpp"
#include "actors/ets/expiring_engine.hpp"
#include "actors/ets/row_bytes.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets::detail {

/// Rows and their bytes.
struct row_amount {
  std::size_t rows = 0;
  std::size_t bytes = 0;
};

/// How much a table may hold, and how much of that its writers have taken.
///
/// Who adds to a table takes room first, and gives it back when the table
/// counts it: what the table counts and what is taken is never less than what
/// it holds.
class room {
public:
  static constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

  row_amount bounds() const noexcept {
    return {max_rows_.load(std::memory_order_relaxed),
            max_bytes_.load(std::memory_order_relaxed)};
  }

  void set_bounds(row_amount most) noexcept {
    max_rows_.store(most.rows, std::memory_order_relaxed);
    max_bytes_.store(most.bytes, std::memory_order_relaxed);
  }

  /// Returns what is taken with it, `more` included.
  row_amount take(row_amount more) noexcept {
    return {rows_.fetch_add(more.rows) + more.rows,
            bytes_.fetch_add(more.bytes) + more.bytes};
  }

  void give_back(row_amount x) noexcept {
    rows_.fetch_sub(x.rows);
    bytes_.fetch_sub(x.bytes);
  }

  row_amount taken() const noexcept {
    return {rows_.load(), bytes_.load()};
  }

private:
  std::atomic<std::size_t> max_rows_{unlimited};
  std::atomic<std::size_t> max_bytes_{unlimited};
  std::atomic<std::size_t> rows_{0};
  std::atomic<std::size_t> bytes_{0};
};

// An engine around that of `T` with bounds. Invariants:
//
// 1. Whatever adds rows or bytes takes room for them before it does. If there
//    is none, what has expired and what `Policy` chooses makes room, before the
//    row is there: no insertion evicts what it inserts.
// 2. What replaces a row of its key needs room for what it is larger by.
// 3. Victims are chosen and erased without a lock, while the thread is pinned:
//    a row that was replaced meanwhile stays.
template <class T, class Policy, class Final = void>
class limited_engine
  : public T::template engine_for<
      final_engine<limited_engine<T, Policy, Final>, Final>> {
  using base =
    typename T::template engine_for<final_engine<limited_engine, Final>>;

public:
  using row = typename T::row;
  using typename base::key_view;
  using typename base::lookup_result;
  using typename base::position;
  using eviction = Policy;

  static constexpr bool is_unique
    = std::same_as<lookup_result, std::optional<row>>;

  using base::base;

  template <class F>
  std::size_t visit(key_view key, F& f) const;

  template <class F>
  std::size_t
  visit_many(std::span<const std::remove_cvref_t<key_view>> keys, F& f) const;

  lookup_result lookup(key_view key) const;

  table_info info() const {
    auto result = base::info();
    result.bytes += sizeof(limited_engine) - sizeof(base);
    return result;
  }

  bool insert(row&& x, bool replace);

  bool insert_many(std::vector<row>&& rows, bool replace);

  void assign(std::vector<row>&& rows);

  template <class F>
  std::size_t update_each(key_view key, F& f) requires(!is_unique);

  template <class F>
  bool update(key_view key, F& f) requires is_unique;

  template <class Make, class F>
  bool upsert(key_view key, Make& make, F& f) requires is_unique;

  row_amount bounds() const noexcept {
    return room_.bounds();
  }

  /// Evicts what is above the new bounds, as far as `Policy` lets it.
  void set_bounds(row_amount most) {
    room_.set_bounds(most);
    while (!fits({})) {
      if (!evict(nullptr))
        return;
    }
  }

  /// How many rows have been evicted, and how many writes refused.
  std::uint64_t evicted() const noexcept {
    return evicted_.load(std::memory_order_relaxed);
  }

  std::uint64_t refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

private:
  static constexpr bool can_expire = requires {
    typename base::deadline;
  };
  /// A victim is chosen among so many rows, at least, at each of some places.
  static constexpr int sample_places = 3;
  static constexpr std::size_t sample_rows = 4;
  /// Rows to look at for one that may go, if not every row may.
  static constexpr std::size_t most_rows = 256;
  static constexpr int most_attempts = 1000;

  /// Room that a write has taken.
  class taken_room {
  public:
    explicit taken_room(limited_engine& table) noexcept : table_(table) {
      // nop
    }

    taken_room(const taken_room&) = delete;
    taken_room& operator=(const taken_room&) = delete;

    ~taken_room() {
      release();
    }

    /// Takes room instead of what was taken before; `spared` stays in the
    /// table. Errors: full.
    void take(row_amount more, const row* spared = nullptr);

    /// Whether there is room, which is taken then, without any eviction.
    bool try_take(row_amount more) noexcept;

    /// Takes room in the table as if it were empty. Errors: full.
    void take_all(row_amount more);

    void release() noexcept {
      table_.room_.give_back(std::exchange(taken_, {}));
    }

  private:
    limited_engine& table_;
    row_amount taken_{};
  };

  static row_amount amount_of(const row& x) noexcept {
    return {1, base::node_bytes + heap_bytes_of(x)};
  }

  /// What a row needs in place of another.
  static row_amount growth(const row& from, const row& to) noexcept {
    const auto before = heap_bytes_of(from);
    const auto after = heap_bytes_of(to);
    return {0, after > before ? after - before : 0};
  }

  bool fits(row_amount taken) const {
    const auto most = room_.bounds();
    return (most.rows == room::unlimited
            || base::size() + taken.rows <= most.rows)
           && (most.bytes == room::unlimited
               || base::row_bytes() + taken.bytes <= most.bytes);
  }

  void wait_for_room(int& attempts);

  bool is_there(const row& x) const {
    auto ignore = [](const row&) {};
    return base::visit(this->key_of(x), ignore) != 0;
  }

  bool replace_in_place(const row& x);
  const row* find_victim(const row* spared, bool& expired) const;
  bool evict(const row* spared);
  template <class F, class IsEnough>
  void look_around(F look, IsEnough is_enough) const;

  std::uint64_t next_random() const noexcept {
    return mix(random_.fetch_add(1, std::memory_order_relaxed) + this->seed());
  }

  room room_;
  std::atomic<std::uint64_t> evicted_{0};
  std::atomic<std::uint64_t> refused_{0};
  mutable std::atomic<std::uint64_t> random_{0};
};

} // namespace kv::ets::detail

#include "actors/ets/limited_engine_impl.hpp"
