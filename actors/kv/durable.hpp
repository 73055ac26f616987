#pragma once

#include "actors/kv/field.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kv {

/// When something is kept, that is, when it is acknowledged.
enum class durability : uint8_t {
  none,     ///< It is not kept.
  everysec, ///< Once the system has it; it is on the disk a second later.
  always,   ///< Once it is on the disk.
};

/// Returns the enumerator's name.
std::string to_string(durability x);

/// Returns the mode of that name, in any case; nothing if there is none.
std::optional<durability> durability_of(std::string_view name);

/// Why something cannot be kept. `what()` names the file and the reason.
class durable_failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// What an engine keeps of a bucket beside its fields.
struct kept_bucket {
  std::string name;
  bool ephemeral = false;
  deadline expires{};
  std::optional<durability> mode{}; ///< Its own, if it has one.
};

/// One change, as an engine makes it.
struct kept_change {
  enum class op : uint8_t {
    create,   ///< A bucket without fields, in place of any of that name.
    describe, ///< Changes what is kept of a bucket beside its fields.
    drop,     ///< A bucket, with its fields.
    clear,    ///< All fields.
    put,      ///< A field.
    erase,    ///< A field.
    event,    ///< The number of the last event.
  };

  op what = op::put;
  bool strings = false;   ///< It is about the strings, not about a bucket.
  bool ephemeral = false; ///< Of a bucket.
  std::optional<durability> mode{}; ///< Of a bucket.
  std::string_view name{};
  std::string_view key{};
  std::string_view value{};
  int64_t number = 0; ///< Expiry in Unix time; of the event.
};

/// Changes in order, in one piece of memory.
class kept_changes {
public:
  /// The `number` of what never expires.
  static constexpr int64_t never = INT64_MAX;

  /// Complexity: O(bytes), amortized.
  void add(const kept_change& x);

  void add(const kept_changes& xs) {
    bytes_ += xs.bytes_;
  }

  bool empty() const noexcept {
    return bytes_.empty();
  }

  size_t bytes() const noexcept {
    return bytes_.size();
  }

  void clear() noexcept {
    bytes_.clear();
  }

  /// Calls `f(const kept_change&)` with each of them, in order.
  template <class F>
  void for_each(F f) const {
    std::string_view rest{bytes_};
    while (!rest.empty())
      f(take(rest));
  }

private:
  static kept_change take(std::string_view& rest);

  std::string bytes_;
};

/// Gets what an engine has kept. The parts of a bucket come after it.
class kept_receiver {
public:
  virtual ~kept_receiver() = default;

  /// What was told is told again.
  virtual void start_over() = 0;

  virtual void bucket(kept_bucket x) = 0;

  /// A field of the last bucket, or a string.
  virtual void put(bool strings, field x) = 0;
};

/// What an engine has found.
struct kept_report {
  uint64_t last_event = 0;
  std::vector<std::string> damage; ///< One line each, naming the file.
};

/// Makes a copy, on any thread. `stopped` is asked now and then: true ends it.
/// Errors: throws `durable_failure`.
using copy_job = std::function<void(const std::function<bool()>& stopped)>;

/// What keeps data beyond the end of the process: an embedded engine, or memory
/// for tests. Opening it is up to the engine; destroying it closes it.
///
/// Thread safety: one thread at a time. Errors: all throw `durable_failure`.
class durable_engine {
public:
  virtual ~durable_engine() = default;

  /// Makes these changes, all or none. Changes of buckets that it does not have
  /// are none. After an error nothing else may be called than `reopen`.
  /// @param sync They, and all before them, are on the disk on return.
  /// Complexity: O(changes), whatever a bucket holds that is dropped.
  virtual void append(const kept_changes& xs, bool sync) = 0;

  /// Starts over after an error. Of what the failed `append` had, nothing or
  /// all may be there; all before it is.
  virtual void reopen() = 0;

  /// Has everything told that is kept and sound, buckets by bucket.
  /// Complexity: O(rows).
  virtual kept_report load(kept_receiver& to) = 0;

  /// Has one bucket told; returns whether there is such a bucket.
  virtual bool load_bucket(std::string_view name, kept_receiver& to) = 0;

  /// Returns the names of all buckets, in no order.
  virtual std::vector<std::string> list() = 0;

  /// Does some of what is left for later, as to give back what was dropped;
  /// returns whether there is more.
  virtual bool tidy() = 0;

  /// Returns whether there is something for `tidy` to do. Complexity: O(1).
  virtual bool is_untidy() const = 0;

  /// Returns what makes a copy of what is kept now, in a directory that is
  /// empty or is made for it, while the engine goes on.
  virtual copy_job checkpoint(const std::string& dir) = 0;
};

} // namespace kv
