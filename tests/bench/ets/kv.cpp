// The table itself.

#include "actors/ets/table.hpp"

#include "tests/bench/ets/subject.hpp"

#include <array>

namespace kv::bench {

namespace {

template <class Value>
struct keyed {
  std::string key;
  Value value;
};

template <class Value>
class kv_map {
public:
  static constexpr unsigned threads = 64;

  using row = keyed<Value>;
  using table = ets::set<row, &row::key>;

  explicit kv_map(std::size_t) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    return table_.visit(key, [&](const row& x) { f(x.value); });
  }

  template <class F>
  std::size_t visit_many(std::span<const std::string> keys, F f) const {
    std::array<std::string_view, batch_size> views;
    std::copy(keys.begin(), keys.end(), views.begin());
    return all_.visit_many(views,
                           [&](std::size_t, const row& x) { f(x.value); });
  }

  void put(const std::string& key, Value value) {
    table_.insert({key, std::move(value)});
  }

  bool erase(const std::string& key) {
    return table_.erase(key) != 0;
  }

  template <class F>
  void fold(F f) const {
    table_.for_each([&](const row& x) { f(x.value); });
  }

  bool count(const std::string& key) requires requires(const Value& x) {
    x.add();
  }
  {
    return table_.visit(key, [](const row& x) { x.value.add(); });
  }

private:
  struct batch_reader : ets::reader<table> {
    template <class F>
    std::size_t visit_many(std::span<const std::string_view> keys, F f) const {
      return (*this->core_).visit_many(keys, f);
    }
  };

  ets::owner<table> table_;
  batch_reader all_{table_.reader()};
};

template <class Value>
class kv_ordered_map {
public:
  static constexpr unsigned threads = 64;

  using row = keyed<Value>;

  explicit kv_ordered_map(std::size_t) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    return table_.visit(key, [&](const row& x) { f(x.value); });
  }

  template <class F>
  void range(const std::string& key, F f) const {
    std::size_t left = range_size;
    table_.ascend({.from = std::string_view{key}}, [&](const row& x) {
      f(x.value);
      return --left != 0;
    });
  }

  void put(const std::string& key, Value value) {
    table_.insert({key, std::move(value)});
  }

  bool erase(const std::string& key) {
    return table_.erase(key) != 0;
  }

private:
  ets::owner<ets::ordered_set<row, &row::key>> table_;
};

/// A counter as a cell of an immutable row.
struct cell_counter {
  cell_counter() = default;

  explicit cell_counter(std::size_t) {
    // nop
  }

  std::uint64_t id() const noexcept {
    return value.load();
  }

  void add() const noexcept {
    value.fetch_add(1);
  }

  ets::cell<std::uint64_t> value;
};

} // namespace

contender kv_contender() {
  return {"kv", make_subjects<kv_map, handle>(), make_subjects<kv_map, blob>(),
          make_subjects<kv_map, cell_counter>(),
          make_subjects<kv_ordered_map, handle>()};
}

} // namespace kv::bench
