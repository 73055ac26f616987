#pragma once

#include "actors/ets/limits.hpp"
#include "actors/ets/table.hpp"

#include "tests/support/manual_clock.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <rapidcheck.h>
#include <utility>
#include <vector>

namespace kv::test {

struct number {
  int key = 0;
  int value = 0;
  manual_deadline end{};

  bool operator==(const number&) const = default;
};

/// What is done to a table and to its model.
struct step {
  int what = 0;
  std::vector<number> rows; // at least one, whose deadlines are from now on
};

inline rc::Gen<step> steps() {
  const auto end = rc::gen::map(rc::gen::inRange(0, 6), [](int ms) {
    return ms == 0 ? manual_deadline{} : at_ms(ms);
  });
  const auto row = rc::gen::construct<number>(rc::gen::inRange(0, 12),
                                              rc::gen::inRange(0, 4), end);
  return rc::gen::construct<step>(
    rc::gen::inRange(0, 16),
    rc::gen::nonEmpty(rc::gen::container<std::vector<number>>(row)));
}

inline bool is_odd(const number& x) {
  return x.value % 2 != 0;
}

inline manual_deadline from_now(const manual_deadline& x) {
  return x.is_never()
           ? x
           : manual_deadline::at(x.since_epoch() + manual_deadline::now());
}

/// A table of any kind, and a map from keys to rows that must always agree.
template <class T>
class model {
public:
  void run(step x) {
    for (auto& row : x.rows)
      row.end = from_now(row.end);
    const auto& first = x.rows.front();
    switch (x.what) {
      case 0:
        table_.insert(first);
        put(first);
        break;
      case 1:
        table_.insert_many(x.rows);
        put_all(x.rows);
        break;
      case 2:
        RC_ASSERT(table_.insert_new(first) == !has(first.key));
        if (!has(first.key))
          put(first);
        break;
      case 3:
        check_insert_new_many(x.rows);
        break;
      case 4:
        RC_ASSERT(table_.erase(first.key) == rows_of(first.key).size());
        rows_.erase(first.key);
        break;
      case 5:
        RC_ASSERT(list(table_.take(first.key)) == rows_of(first.key));
        rows_.erase(first.key);
        break;
      case 6:
        RC_ASSERT(table_.erase_object(first)
                  == drop(first.key, [&](auto& y) { return y == first; }));
        break;
      case 7:
        RC_ASSERT(table_.erase_if(first.key, is_odd)
                  == drop(first.key, is_odd));
        break;
      case 8:
        check_select_erase(first.value);
        break;
      case 9:
        check_update(first);
        break;
      case 10:
        if (first.key < 3) {
          table_.assign(x.rows);
          rows_.clear();
          put_all(x.rows);
        }
        break;
      case 11:
        check_select_replace();
        break;
      case 12:
        check_deadline(first);
        break;
      case 13:
        manual_clock::ms += first.value;
        forget_expired();
        break;
      case 14:
        check_sweep(x.rows.size());
        break;
      default:
        if (first.key == 0) {
          table_.clear();
          rows_.clear();
        }
    }
    compare();
  }

private:
  static std::vector<number> list(const std::optional<number>& x) {
    return x ? std::vector<number>{*x} : std::vector<number>{};
  }

  static std::vector<number> list(std::vector<number> x) {
    return x;
  }

  bool has(int key) const {
    return rows_.contains(key);
  }

  std::vector<number> rows_of(int key) const {
    const auto i = rows_.find(key);
    return i == rows_.end() ? std::vector<number>{} : i->second;
  }

  void put(const number& x) {
    auto& rows = rows_[x.key];
    if (ets::unique<T>)
      rows.clear();
    const bool twice = std::find(rows.begin(), rows.end(), x) != rows.end();
    if (T::kind == ets::kind::duplicate_bag || !twice)
      rows.push_back(x);
  }

  void put_all(const std::vector<number>& rows) {
    for (const auto& x : rows)
      put(x);
  }

  template <class Pred>
  std::size_t drop(int key, Pred pred) {
    if (!has(key))
      return 0;
    const auto result = std::erase_if(rows_[key], pred);
    if (rows_[key].empty())
      rows_.erase(key);
    return result;
  }

  void check_insert_new_many(const std::vector<number>& rows) {
    const bool free = std::none_of(rows.begin(), rows.end(),
                                   [&](auto& x) { return has(x.key); });
    RC_ASSERT(table_.insert_new_many(rows) == free);
    if (free)
      put_all(rows);
  }

  void check_select_erase(int value) {
    const auto equal = [value](const number& x) { return x.value == value; };
    std::size_t expected = 0;
    for (int key = 0; key < 12; ++key)
      expected += drop(key, equal);
    RC_ASSERT(ets::select_erase(table_, equal) == expected);
  }

  void check_update(const number& x) {
    if constexpr (ets::unique<T>) {
      const auto result = ets::update_counter(table_, x.key, &number::value,
                                              {.by = x.value - 1});
      RC_ASSERT(result.has_value() == has(x.key));
      if (result)
        RC_ASSERT((rows_[x.key][0].value += x.value - 1) == *result);
    }
  }

  void check_select_replace() {
    if constexpr (T::kind != ets::kind::bag) {
      std::size_t expected = 0;
      for (auto& [key, rows] : rows_)
        for (auto& x : rows)
          if (is_odd(x)) {
            ++x.value;
            ++expected;
          }
      const auto next = [](const number& x) {
        return is_odd(x) ? std::optional{number{x.key, x.value + 1, x.end}}
                         : std::nullopt;
      };
      RC_ASSERT(ets::select_replace(table_, next) == expected);
    }
  }

  void check_deadline(const number& x) {
    if constexpr (ets::expires<T> && ets::unique<T>) {
      RC_ASSERT(ets::set_deadline(table_, x.key, x.end) == has(x.key));
      if (has(x.key))
        rows_[x.key][0].end = x.end;
    }
  }

  void forget_expired() {
    if constexpr (ets::expires<T>)
      for (int key = 0; key < 12; ++key)
        drop(key, [](const number& x) {
          return x.end.passed(manual_deadline::now());
        });
  }

  void check_sweep(std::size_t n) {
    if constexpr (ets::expires<T>) {
      const auto expired = table_.size() - size();
      RC_ASSERT(sweeper_.step(n) <= expired);
      while (sweeper_.next().passed(manual_deadline::now()))
        sweeper_.step(n);
      RC_ASSERT(table_.size() == size());
      auto next = manual_deadline{};
      for (const auto& [key, rows] : rows_)
        for (const auto& x : rows)
          next = std::min(next, x.end);
      RC_ASSERT(sweeper_.next() <= next);
    }
  }

  std::size_t size() const {
    std::size_t result = 0;
    for (const auto& [key, rows] : rows_)
      result += rows.size();
    return result;
  }

  void compare() const {
    std::size_t size = 0;
    for (int key = -1; key < 13; ++key) {
      RC_ASSERT(list(table_.lookup(key)) == rows_of(key));
      RC_ASSERT(table_.member(key) == has(key));
      size += rows_of(key).size();
    }
    RC_ASSERT(table_.size() >= size);
    if constexpr (!ets::expires<T>)
      RC_ASSERT(table_.size() == size);
    auto all = table_.to_vector();
    RC_ASSERT(all.size() == size);
    const auto by_key = [](const number& x, const number& y) {
      return x.key < y.key;
    };
    if (T::kind == ets::kind::ordered_set)
      RC_ASSERT(std::is_sorted(all.begin(), all.end(), by_key));
    // The rows of a key come in their order.
    std::stable_sort(all.begin(), all.end(), by_key);
    std::vector<number> expected;
    for (const auto& [key, rows] : rows_)
      expected.insert(expected.end(), rows.begin(), rows.end());
    RC_ASSERT(all == expected);
  }

  struct no_sweeper {
    explicit no_sweeper(const ets::owner<T>&) {
      // nop
    }
  };

  template <class U>
  struct sweeper_of {
    using type = no_sweeper;
  };

  template <ets::expires U>
  struct sweeper_of<U> {
    using type = ets::sweeper<U>;
  };

  ets::owner<T> table_;
  typename sweeper_of<T>::type sweeper_{table_};
  std::map<int, std::vector<number>> rows_;
};

} // namespace kv::test
