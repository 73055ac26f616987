#pragma once

#include "actors/base/host_unit.hpp"
#include "actors/kv/client.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace kv {

/// A create that survives the registry: one that goes down before it answers is
/// asked again under its name. Never asked again: one that is only slow.
///
/// Thread safety: answers may come on any thread, one at a time.
class create_call : public std::enable_shared_from_this<create_call> {
public:
  /// Asks for a bucket.
  /// @param early Answers before the event handlers have seen the event.
  static void begin(client self, bool early, std::string name,
                    completion<bucket_ref> done);

  /// For `begin`.
  create_call(client self, bool early, std::string name,
              completion<bucket_ref> done);

private:
  host_unit* unit_here() const;
  void ask(host_unit* unit, const registry_actor& registry);
  void resolve(host_unit* unit);

  client self_;
  bool early_;
  std::string name_;
  completion<bucket_ref> done_;
  std::chrono::steady_clock::time_point deadline_;
};

} // namespace kv
