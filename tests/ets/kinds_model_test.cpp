// Random operations on typed tables of every kind must agree with a model.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <rapidcheck.h>
#include <string>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

struct number {
  int key = 0;
  int value = 0;

  bool operator==(const number&) const = default;
};

using hashed = ets::set<number, &number::key>;
using sorted = ets::ordered_set<number, &number::key>;
using bag = ets::bag<number, &number::key>;
using duplicates = ets::duplicate_bag<number, &number::key>;

struct step {
  int what = 0;
  std::vector<number> rows; // at least one
};

rc::Gen<step> steps() {
  const auto row = rc::gen::construct<number>(rc::gen::inRange(0, 12),
                                              rc::gen::inRange(0, 4));
  return rc::gen::construct<step>(
    rc::gen::inRange(0, 11),
    rc::gen::nonEmpty(rc::gen::container<std::vector<number>>(row)));
}

bool is_odd(const number& x) {
  return x.value % 2 != 0;
}

template <class T>
class model {
public:
  void run(const step& x) {
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

  void compare() const {
    std::size_t size = 0;
    for (int key = -1; key < 13; ++key) {
      RC_ASSERT(list(table_.lookup(key)) == rows_of(key));
      RC_ASSERT(table_.member(key) == has(key));
      size += rows_of(key).size();
    }
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

  ets::owner<T> table_;
  std::map<int, std::vector<number>> rows_;
};

} // namespace

TEMPLATE_TEST_CASE("a table of any kind agrees with its model", "", hashed,
                   sorted, bag, duplicates) {
  CHECK(rc::check([] {
    model<TestType> both;
    for (const auto& x : *rc::gen::container<std::vector<step>>(steps()))
      both.run(x);
  }));
}
