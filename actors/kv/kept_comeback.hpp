#pragma once

#include "actors/kv/bucket_fields.hpp"
#include "actors/kv/durable.hpp"
#include "actors/kv/kept_state.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace kv {

/// What came back at the start.
struct recovery_report {
  uint64_t buckets = 0;
  uint64_t fields = 0;
  uint64_t strings = 0;
  std::vector<std::string> damage; ///< See `kept_report`.
  std::chrono::milliseconds took{0};
};

/// What is kept, on its way back into memory: it has the tables of buckets that
/// do not run yet, at the start of the process and after a bucket's crash.
///
/// Thread safety: any thread, but what loads is the engine's.
class kept_comeback {
public:
  /// Is called now and then, with how many fields and strings are back, and how
  /// many bytes they have.
  using progress = std::function<void(uint64_t rows, uint64_t bytes)>;

  /// What is found at the start.
  struct found {
    uint64_t last_event = 0;
    std::vector<std::string> unwanted; ///< Buckets that need not come back.
  };

  // -- loading

  /// Tells the strings to `strings`, and makes the tables of all buckets. Once.
  /// Complexity: O(rows). Errors: throws `durable_failure`.
  found load_all(durable_engine& engine,
                 const ets::write_operations<fields_table>& strings,
                 const progress& on_progress);

  /// Makes one bucket's table, if it is kept and can be read. Complexity: O(its
  /// rows).
  kept_state load_one(durable_engine& engine, const std::string& name);

  // -- the start

  /// Calls `f(const kept_bucket&)` with each of those that were found at the
  /// start. @pre Nobody has taken them.
  template <class F>
  void for_each(F f) const {
    for (const auto& x : *buckets_)
      f(x);
  }

  /// Returns them; to the first caller alone.
  std::optional<std::vector<kept_bucket>> take_buckets();

  /// Says that all that were found at the start run.
  void all_back();

  /// Waits for `all_back`; returns false if it lasts longer.
  bool wait_back(std::chrono::milliseconds timeout) const;

  const recovery_report& report() const noexcept {
    return report_;
  }

  // -- buckets

  /// Takes the table that was loaded for a bucket; an empty one if none was.
  ets::owner<fields_table> take_table(const std::string& name);

private:
  mutable std::mutex mtx_;
  mutable std::condition_variable changed_;
  boost::unordered_flat_map<std::string, ets::owner<fields_table>> tables_;
  std::optional<std::vector<kept_bucket>> buckets_;
  bool all_back_ = false;
  recovery_report report_;
};

} // namespace kv
