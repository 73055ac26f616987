#pragma once

#include "actors/kv/change_feed.hpp"
#include "actors/server/pubsub.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace kv::server {

/// Tells subscribers of buckets what is written to them, in the words of the
/// guide: `milk SET TO 1` and `milk DELETED`. A subscription is to a name: it
/// outlives the bucket, and goes on with the next one of that name.
///
/// Complexity: a write costs nothing while nobody subscribes to any bucket,
/// else a hash lookup. Thread safety: any thread.
/// @pre It outlives what writes to buckets.
class bucket_feed {
public:
  using subscriber_ptr = pubsub::subscriber_ptr;

  void subscribe(const std::string& bucket, const subscriber_ptr& who);

  void unsubscribe(const std::string& bucket, const subscriber_ptr& who);

private:
  void on_change(const change& x);

  pubsub channels_;
  std::mutex mtx_;
  size_t subscriptions_ = 0;
  std::optional<change_subscription> changes_; ///< While there are any.
};

} // namespace kv::server
