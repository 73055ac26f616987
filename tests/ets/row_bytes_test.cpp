// Rows that say what they have allocated are counted with it.
#include "actors/ets/row_bytes.hpp"

#include "actors/ets/table.hpp"

#include "tests/ets/seed.hpp"
#include "tests/support/catch.hpp"

#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

struct plain {
  int key = 0;
  std::string text{};

  bool operator==(const plain&) const = default;
};

struct counted {
  int key = 0;
  std::string text{};

  bool operator==(const counted&) const = default;

  friend std::size_t heap_bytes(const counted& x) {
    return ets::heap_bytes(x.text);
  }
};

template <template <class, auto...> class Kind>
struct kind_of_table {
  using with = Kind<counted, &counted::key>;
  using without = Kind<plain, &plain::key>;
};

using set = kind_of_table<ets::set>;
using ordered = kind_of_table<ets::ordered_set>;
using bag = kind_of_table<ets::bag>;
using heap = kind_of_table<ets::duplicate_bag>;

/// The same steps in a table that counts and in one that does not: they differ
/// by what the rows have allocated.
template <class Kind>
class pair_of_tables {
public:
  void insert(int key, std::size_t length) {
    with_.insert({key, std::string(length, 'x')});
    without_.insert({key, std::string(length, 'x')});
  }

  void insert_many(int key, std::size_t length) {
    std::vector<counted> rows;
    std::vector<plain> others;
    for (int i = key; i < key + 5; ++i) {
      rows.push_back({i, std::string(length, 'y')});
      others.push_back({i, std::string(length, 'y')});
    }
    with_.insert_many(std::move(rows));
    without_.insert_many(std::move(others));
  }

  template <class F>
  void both(F f) {
    f(with_);
    f(without_);
  }

  std::size_t counted_bytes() const {
    return with_.fold(std::size_t{0}, [](std::size_t n, const counted& x) {
      return n + heap_bytes(x);
    });
  }

  void check() const {
    const auto bytes = counted_bytes();
    REQUIRE(ets::detail::engine_of(with_).row_bytes()
            == ets::detail::engine_of(without_).row_bytes() + bytes);
    REQUIRE(with_.info().bytes
            > ets::detail::engine_of(with_).row_bytes() + sizeof(with_));
  }

  std::size_t size() const {
    return with_.size();
  }

  const ets::owner<typename Kind::with>& with() const {
    return with_;
  }

private:
  ets::owner<typename Kind::with> with_;
  ets::owner<typename Kind::without> without_;
};

} // namespace

TEST_CASE("a short text has no heap bytes") {
  CHECK(ets::heap_bytes(std::string{"short"}) == 0);
  CHECK(ets::heap_bytes(std::string(100, 'x')) >= 101);
}

TEMPLATE_TEST_CASE("bytes of rows are exact whatever is written", "", set,
                   ordered, bag, heap) {
  std::mt19937_64 random{test_seed()};
  const auto below = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  for (const int keys : {6, 300}) { // a small table and a large one
    pair_of_tables<TestType> tables;
    for (int step = 0; step < 2000; ++step) {
      const int key = below(keys);
      const auto length = static_cast<std::size_t>(below(60));
      const auto way = below(100);
      if (way < 60)
        tables.insert(key, length);
      else if (way < 75)
        tables.both([key](auto& t) { t.erase(key); });
      else if (way < 85)
        tables.both([key](auto& t) { t.take(key); });
      else if (way < 90)
        tables.both([key](auto& t) {
          t.erase_if(key, [](const auto& x) { return x.text.size() > 30; });
        });
      else if (way < 98)
        tables.insert_many(key, length);
      else if (way < 99 && below(10) == 0)
        tables.both([](auto& t) { t.clear(); });
      tables.check();
    }
    tables.both([](auto& t) { t.clear(); });
    tables.check();
    CHECK(ets::detail::engine_of(tables.with()).row_bytes() == 0);
  }
}

TEMPLATE_TEST_CASE("bytes of rows follow an update", "", set, ordered) {
  pair_of_tables<TestType> tables;
  for (int i = 0; i < 40; ++i)
    tables.insert(i, 50);
  tables.both([](auto& t) {
    for (int i = 0; i < 40; ++i)
      t.update(i, [](const auto& x) {
        auto fresh = x;
        fresh.text = std::string(90, 'z');
        return fresh;
      });
  });
  tables.check();
  CHECK(tables.counted_bytes() >= 40 * 91);
}

TEMPLATE_TEST_CASE("what readers keep counts with what it has allocated", "",
                   set, ordered, heap) {
  ets::owner<typename TestType::with> table;
  for (int i = 0; i < 40; ++i)
    table.insert({i, std::string(1000, 'x')});
  table.visit(0, [&](const counted&) {
    for (int i = 0; i < 40; ++i)
      table.erase(i);
    const auto info = table.info();
    CHECK(info.retired == 40);
    CHECK(info.bytes >= 40 * 1001);
  });
}
