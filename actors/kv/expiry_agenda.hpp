#pragma once

#include "actors/kv/field.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv {

/// What has to be looked at when its time has come.
enum class expiry_kind : uint8_t {
  strings, ///< The table of strings.
  fields,  ///< The table of one bucket.
  bucket,  ///< One bucket as a whole.
};

/// The EXPIRY AGENDA knows which tables and buckets have something that
/// expires, and when first. It does not know every row: a table that has been
/// looked at says itself when to come again. There is one in a process.
///
/// Complexity: O(log tables) for a deadline that is earlier than those before,
/// O(1) for others. Memory: what expires costs its table one entry.
/// Thread safety: any thread.
class expiry_agenda {
public:
  struct item {
    expiry_kind kind;
    std::string name; ///< Of the bucket; empty for the strings.
  };

  static expiry_agenda& of_process();

  /// Says that something expires at a moment; never is nothing to note.
  void note(expiry_kind kind, std::string_view name, deadline at);

  /// Takes at most `n` items out whose time has come.
  std::vector<item> take_due(size_t n);

  /// Returns the moment of the first item; never if there is none.
  deadline next() const;

  /// Has `f` called, on any thread, when something comes first that was not
  /// there before. It must neither block nor throw. Empty: nobody is called.
  void on_earlier(std::function<void()> f);

private:
  using key = std::pair<expiry_kind, std::string>;

  mutable std::mutex mtx_;
  std::multimap<deadline, key> order_;
  boost::unordered_flat_map<key, deadline> noted_;
  std::function<void()> on_earlier_;
};

} // namespace kv
