// oneTBB's concurrent_hash_map.

#include "tests/bench/ets/subject.hpp"

#include <tbb/concurrent_hash_map.h>

namespace kv::bench {

namespace {

struct hash_compare {
  static std::size_t hash(const std::string& key) noexcept {
    return key_hash{}(key);
  }

  static bool equal(const std::string& x, const std::string& y) noexcept {
    return x == y;
  }
};

template <class Value>
class tbb_map {
public:
  static constexpr unsigned threads = 64;

  explicit tbb_map(std::size_t) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    typename map::const_accessor x;
    if (!map_.find(x, key))
      return false;
    f(x->second);
    return true;
  }

  void put(const std::string& key, Value value) {
    typename map::accessor x;
    map_.insert(x, key);
    x->second = std::move(value);
  }

  bool erase(const std::string& key) {
    return map_.erase(key);
  }

  /// Not safe beside writers.
  template <class F>
  void fold(F f) const {
    for (const auto& x : map_)
      f(x.second);
  }

  bool count(const std::string& key) requires requires(Value& x) {
    ++x.value;
  }
  {
    typename map::accessor x;
    if (!map_.find(x, key))
      return false;
    ++x->second.value;
    return true;
  }

private:
  using map = tbb::concurrent_hash_map<
    std::string, Value, hash_compare,
    std::allocator<std::pair<const std::string, Value>>>;

  map map_;
};

} // namespace

contender tbb_contender() {
  return {"tbb", make_subjects<tbb_map, handle>(),
          make_subjects<tbb_map, blob>(),
          make_subjects<tbb_map, plain_counter>()};
}

} // namespace kv::bench
