#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv::bench::engines {

using std::string;
using std::string_view;

using rows = std::vector<std::pair<string, string>>;
using visitor = std::function<void(string_view, string_view)>;

/// What is asked of an engine; everything throws with the engine's words.
class engine {
public:
  virtual ~engine() = default;
  virtual void write(const rows& xs, bool sync) = 0;
  virtual void load(const visitor& f) = 0;
};

inline void check(bool ok, const string& what) {
  if (!ok)
    throw std::runtime_error(what);
}

/// Opens leveldb, rocksdb, lmdb or sqlite.
std::unique_ptr<engine> open(const string& name, const string& dir);

} // namespace kv::bench::engines
