// boost::concurrent_flat_map, from version 1.83 on; see fetch_boost.

#include "tests/bench/ets/subject.hpp"

#if __has_include(<boost/unordered/concurrent_flat_map.hpp>)
#  include <boost/unordered/concurrent_flat_map.hpp>

namespace kv::bench {

namespace {

template <class Value>
class boost_map {
public:
  static constexpr unsigned threads = 64;

  explicit boost_map(std::size_t) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    return map_.cvisit(key, [&](const auto& x) { f(x.second); }) != 0;
  }

  void put(const std::string& key, Value value) {
    map_.insert_or_assign(key, std::move(value));
  }

  bool erase(const std::string& key) {
    return map_.erase(key) != 0;
  }

  template <class F>
  void fold(F f) const {
    map_.cvisit_all([&](const auto& x) { f(x.second); });
  }

  bool count(const std::string& key) requires requires(Value& x) {
    ++x.value;
  }
  {
    return map_.visit(key, [](auto& x) { ++x.second.value; }) != 0;
  }

private:
  boost::concurrent_flat_map<std::string, Value, key_hash, std::equal_to<>>
    map_;
};

} // namespace

contender boost_contender() {
  return {"boost", make_subjects<boost_map, handle>(),
          make_subjects<boost_map, blob>(),
          make_subjects<boost_map, plain_counter>()};
}

} // namespace kv::bench

#else

namespace kv::bench {

contender boost_contender() {
  return {"boost", {}, {}, {}};
}

} // namespace kv::bench

#endif
