// libcuckoo's cuckoohash_map.

#include "tests/bench/ets/subject.hpp"

#include <libcuckoo/cuckoohash_map.hh>

namespace kv::bench {

namespace {

template <class Value>
class cuckoo_map {
public:
  static constexpr unsigned threads = 64;

  explicit cuckoo_map(std::size_t) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    return map_.find_fn(key, f);
  }

  void put(const std::string& key, Value value) {
    map_.insert_or_assign(key, std::move(value));
  }

  bool erase(const std::string& key) {
    return map_.erase(key);
  }

  /// Locks the whole table meanwhile.
  template <class F>
  void fold(F f) {
    auto locked = map_.lock_table();
    for (const auto& x : locked)
      f(x.second);
  }

  bool count(const std::string& key) requires requires(Value& x) {
    ++x.value;
  }
  {
    return map_.update_fn(key, [](Value& x) { ++x.value; });
  }

private:
  libcuckoo::cuckoohash_map<std::string, Value, key_hash, std::equal_to<>> map_;
};

} // namespace

contender cuckoo_contender() {
  return {"cuckoo", make_subjects<cuckoo_map, handle>(),
          make_subjects<cuckoo_map, blob>(),
          make_subjects<cuckoo_map, plain_counter>()};
}

} // namespace kv::bench
