// libcds' Michael hash map over hazard pointers, its buckets made for the rows.
// Its iteration is not safe: no fold.

#include "tests/bench/ets/subject.hpp"

#include <cds/container/michael_kvlist_hp.h>
#include <cds/container/michael_map.h>
#include <cds/gc/hp.h>
#include <cds/init.h>

namespace kv::bench {

namespace {

/// Set up once for the process.
struct library {
  library() {
    cds::Initialize();
    hp = std::make_unique<cds::gc::HP>();
  }

  std::unique_ptr<cds::gc::HP> hp;
};

struct attached {
  attached() {
    static library once;
    cds::threading::Manager::attachThread();
  }

  ~attached() {
    cds::threading::Manager::detachThread();
  }
};

void attach() {
  thread_local attached thread;
}

template <class Value>
class cds_map {
public:
  static constexpr unsigned threads = 64;

  explicit cds_map(std::size_t rows) : map_((attach(), rows), 1) {
    // nop
  }

  template <class F>
  bool visit(const std::string& key, F f) {
    attach();
    return map_.find(key, [&](auto& x) { f(x.second); });
  }

  /// Values must not change while they are read: erases and inserts, so that a
  /// reader may miss the row meanwhile.
  void put(const std::string& key, Value value) {
    attach();
    while (!map_.insert(key, value))
      map_.erase(key);
  }

  bool erase(const std::string& key) {
    attach();
    return map_.erase(key);
  }

private:
  struct list_traits : cds::container::michael_list::traits {
    using less = std::less<>;
  };

  struct map_traits : cds::container::michael_map::traits {
    using hash = key_hash;
  };

  using list = cds::container::MichaelKVList<cds::gc::HP, std::string, Value,
                                             list_traits>;

  cds::container::MichaelHashMap<cds::gc::HP, list, map_traits> map_;
};

} // namespace

contender cds_contender() {
  return {"cds",
          make_subjects<cds_map, handle>(),
          make_subjects<cds_map, blob>(),
          {}};
}

} // namespace kv::bench
