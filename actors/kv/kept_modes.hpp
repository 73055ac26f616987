#pragma once

#include "actors/kv/durable.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace kv {

/// How buckets are kept that are not kept as all others are.
///
/// Thread safety: any thread. Complexity: one load while there are none of
/// them, else O(log of their number).
class kept_modes {
public:
  /// Returns the mode that a bucket has of its own.
  std::optional<durability> find(std::string_view bucket) const;

  void set(std::string_view bucket, durability mode);

  /// The bucket is gone.
  void forget(std::string_view bucket);

  // -- buckets that do not exist yet

  /// From now on a bucket of that name is created with this mode. Returns false
  /// if another one is wanted already.
  bool want(std::string_view bucket, durability mode);

  /// Takes one `want` back.
  void unwant(std::string_view bucket);

  /// A bucket is created: it gets the mode that is wanted, if one is.
  std::optional<durability> begin(std::string_view bucket);

private:
  struct wish {
    durability mode;
    size_t count;
  };

  mutable std::shared_mutex mtx_;
  std::atomic<bool> any_ = false;
  std::map<std::string, durability, std::less<>> modes_;
  std::map<std::string, wish, std::less<>> wanted_;
};

} // namespace kv
