#pragma once

#include "actors/kv/application.hpp"

#include "tests/bench/common/measurement.hpp"
#include "tests/bench/common/parallel.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kv::bench {

/// Returns the name of bucket `i`, as the peer has it.
std::string bucket_name(size_t i);

/// An application with one event handler that counts, like the peer's.
class running_application {
public:
  running_application();

  ~running_application();

  /// Returns how many events of that kind the handler has seen.
  uint64_t seen(event_kind x) const {
    return x == event_kind::create ? creates_ : exits_;
  }

  /// Waits until the handler has seen `n` exit events.
  void await_exits(uint64_t n);

private:
  caf::actor_system_config cfg_;
  std::atomic<uint64_t> creates_ = 0;
  std::atomic<uint64_t> exits_ = 0;
  std::atomic<uint64_t> awaited_ = 0;

public:
  caf::actor_system sys;
  std::unique_ptr<application> app;
  kv::client client;

private:
  std::unique_ptr<subscription> counter_;
};

std::vector<measurement> table_measurements();
std::vector<measurement> bucket_measurements();
std::vector<measurement> create_measurements();
std::vector<measurement> life_measurements();

/// @param program The `kv` to start.
/// @param other The peer, which runs a server of its own; may be null.
std::vector<measurement> line_measurements(const std::string& program,
                                           peer* other);

} // namespace kv::bench
