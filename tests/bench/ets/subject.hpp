#pragma once

#include "tests/bench/ets/data.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kv::bench {

/// What a thread does with the keys that were drawn for it.
enum class operation {
  visit,
  lookup,
  visit_many,
  mix95,
  mix50,
  put,
  erase,
  count,
  range,
};

/// One map under measurement. Rows are (key_at(i), value(i)).
class subject {
public:
  virtual ~subject() = default;

  /// Inserts the rows [from, to), the prefix before each key.
  virtual void
  fill(std::uint64_t from, std::uint64_t to, std::string_view prefix = {})
    = 0;

  /// Runs `what` for all keys; returns how often a key was found.
  virtual std::size_t run(operation what, std::span<const std::string> keys)
    = 0;

  /// Adds something of every row; returns the number of rows seen.
  virtual std::size_t fold() = 0;

  /// Whether it can do that at all, on that many threads.
  virtual bool can(const std::string& bench, unsigned threads) const = 0;
};

/// Makes an empty subject for that many rows of handles, blobs or counters.
using subject_maker = std::function<std::unique_ptr<subject>(std::size_t rows)>;

/// A peer and its maps.
struct contender {
  std::string name;
  subject_maker handles;
  subject_maker blobs;
  subject_maker counters;
  subject_maker ordered{}; ///< Handles, in the order of the keys.
};

inline constexpr std::size_t batch_size = 16;

/// Rows of a range.
inline constexpr std::size_t range_size = 256;

/// Implements subject for a map with
/// - `visit(key, f)`: f(value), whether there is one;
/// - `put(key, value)`, `erase(key)`, `fold(f)`;
/// - `count(key)`: adds 1 to the value;
/// - optionally `visit_many(keys, f)` and `range(key, f)`: f(value) for the
///   first range_size rows from `key` on; `threads` is how many it bears.
template <class Map, class Value>
class subject_of : public subject {
public:
  explicit subject_of(std::size_t rows) : map_(rows) {
    // nop
  }

  void fill(std::uint64_t from, std::uint64_t to,
            std::string_view prefix) override {
    for (auto i = from; i < to; ++i)
      map_.put(std::string{prefix} + key_at(i), Value(i));
  }

  std::size_t run(operation what, std::span<const std::string> keys) override {
    switch (what) {
      case operation::visit:
        return each(keys, [this](const std::string& key) {
          return map_.visit(key, [this](const Value& x) { use(x); });
        });
      case operation::lookup:
        return each(keys, [this](const std::string& key) {
          Value copy;
          bool found = map_.visit(key, [&](const Value& x) { copy = x; });
          use(copy);
          return found;
        });
      case operation::visit_many:
        return visit_batches(keys);
      case operation::mix95:
        return mix(keys, 20, false);
      case operation::mix50:
        return mix(keys, 2, true);
      case operation::put:
        return each(keys, [this](const std::string& key) {
          map_.put(key, Value(key.size()));
          return true;
        });
      case operation::erase:
        return each(keys,
                    [this](const std::string& key) { return map_.erase(key); });
      case operation::count:
        return each(keys, [this](const std::string& key) {
          if constexpr (requires { map_.count(key); })
            map_.count(key);
          return true;
        });
      case operation::range:
        return each(keys, [this](const std::string& key) {
          if constexpr (requires { map_.range(key, [](const Value&) {}); })
            map_.range(key, [this](const Value& x) { use(x); });
          return true;
        });
    }
    return 0;
  }

  std::size_t fold() override {
    std::size_t rows = 0;
    std::uint64_t sum = 0;
    if constexpr (requires { map_.fold([](const Value&) {}); })
      map_.fold([&](const Value& x) {
        sum += x.id();
        ++rows;
      });
    sink_ = sum;
    return rows;
  }

  bool can(const std::string& bench, unsigned threads) const override {
    if (bench == "fold" || bench == "fold_writer")
      return requires(Map & x) {
        x.fold([](const Value&) {});
      }
    &&(threads == 1 || Map::threads > 1);
    if (bench == "counter" && !requires(Map & x) { x.count(std::string{}); })
      return false;
    if constexpr (requires { Map::reads_only; })
      return bench == "visit" || bench == "lookup" || bench == "miss";
    return threads <= Map::threads;
  }

private:
  template <class F>
  static std::size_t each(std::span<const std::string> keys, F f) {
    std::size_t found = 0;
    for (const auto& key : keys)
      found += f(key) ? 1 : 0;
    return found;
  }

  std::size_t visit_batches(std::span<const std::string> keys) {
    auto f = [this](const Value& x) { use(x); };
    if constexpr (requires { map_.visit_many(keys, f); }) {
      std::size_t found = 0;
      for (std::size_t i = 0; i + batch_size <= keys.size(); i += batch_size)
        found += map_.visit_many(keys.subspan(i, batch_size), f);
      return found;
    } else {
      return each(keys,
                  [&](const std::string& key) { return map_.visit(key, f); });
    }
  }

  /// One operation in `every` writes: replaces, or erases and inserts in turn.
  std::size_t mix(std::span<const std::string> keys, std::size_t every,
                  bool erase) {
    std::size_t i = 0;
    return each(keys, [&](const std::string& key) {
      if (++i % every != 0)
        return map_.visit(key, [this](const Value& x) { use(x); });
      if (erase && i % (2 * every) == 0)
        map_.erase(key);
      else
        map_.put(key, Value(i));
      return true;
    });
  }

  void use(const Value& x) {
    asm volatile("" ::"r"(x.id()));
  }

  Map map_;
  std::uint64_t sink_ = 0;
};

template <template <class> class Map, class Value>
subject_maker make_subjects() {
  return [](std::size_t rows) {
    return std::make_unique<subject_of<Map<Value>, Value>>(rows);
  };
}

/// A number for maps whose values may be changed in place.
struct plain_counter {
  plain_counter() = default;

  explicit plain_counter(std::size_t) {
    // nop
  }

  std::uint64_t id() const noexcept {
    return value;
  }

  std::uint64_t value = 0;
};

contender kv_contender();
contender boost_contender();
contender tbb_contender();
contender cuckoo_contender();
contender cds_contender();
contender flat_contender();
contender absl_contender();
contender btree_contender();
contender array_contender();

} // namespace kv::bench
