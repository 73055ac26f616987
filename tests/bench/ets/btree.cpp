// A btree under a shared_mutex: what a C++ program has for ordered rows.

#include "tests/bench/ets/subject.hpp"

#include <absl/container/btree_map.h>

#include <mutex>
#include <shared_mutex>

namespace kv::bench {

namespace {

template <class Value>
class btree_map {
public:
  static constexpr unsigned threads = 64;

  explicit btree_map(std::size_t) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) const {
    std::shared_lock guard{mutex_};
    const auto i = map_.find(key);
    if (i == map_.end())
      return false;
    f(i->second);
    return true;
  }

  template <class F>
  void range(const std::string& key, F f) const {
    std::shared_lock guard{mutex_};
    std::size_t left = range_size;
    for (auto i = map_.lower_bound(key); i != map_.end() && left != 0; ++i) {
      f(i->second);
      --left;
    }
  }

  void put(const std::string& key, Value value) {
    std::lock_guard guard{mutex_};
    map_.insert_or_assign(key, std::move(value));
  }

  bool erase(const std::string& key) {
    std::lock_guard guard{mutex_};
    return map_.erase(key) != 0;
  }

private:
  mutable std::shared_mutex mutex_;
  absl::btree_map<std::string, Value> map_;
};

} // namespace

contender btree_contender() {
  return {"btree", {}, {}, {}, make_subjects<btree_map, handle>()};
}

} // namespace kv::bench
