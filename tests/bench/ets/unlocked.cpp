// Maps without any lock: the limit of what one thread can reach.

#include "tests/bench/ets/subject.hpp"

#include <absl/container/flat_hash_map.h>
#include <boost/unordered/unordered_flat_map.hpp>

namespace kv::bench {

namespace {

template <class Map, class Value>
class unlocked_map {
public:
  static constexpr unsigned threads = 1;

  explicit unlocked_map(std::size_t) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    const auto i = map_.find(key);
    if (i == map_.end())
      return false;
    f(i->second);
    return true;
  }

  void put(const std::string& key, Value value) {
    map_.insert_or_assign(key, std::move(value));
  }

  bool erase(const std::string& key) {
    return map_.erase(key) != 0;
  }

  template <class F>
  void fold(F f) const {
    for (const auto& x : map_)
      f(x.second);
  }

private:
  Map map_;
};

template <class Value>
using flat_map = unlocked_map<
  boost::unordered_flat_map<std::string, Value, key_hash, std::equal_to<>>,
  Value>;

template <class Value>
using absl_map = unlocked_map<
  absl::flat_hash_map<std::string, Value, key_hash, std::equal_to<>>, Value>;

} // namespace

contender flat_contender() {
  return {"flat",
          make_subjects<flat_map, handle>(),
          make_subjects<flat_map, blob>(),
          {}};
}

contender absl_contender() {
  return {"absl",
          make_subjects<absl_map, handle>(),
          make_subjects<absl_map, blob>(),
          {}};
}

} // namespace kv::bench
