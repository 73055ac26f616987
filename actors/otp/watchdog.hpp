#pragma once

#include "actors/otp/names.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace kv::otp {

/// Calls a function on a thread of its own if it lives longer than it should:
/// what it is for has taken too long. Nobody can interrupt a handler that
/// blocks, so the function usually ends the process.
class watchdog {
public:
  watchdog(std::chrono::milliseconds limit, std::function<void()> bark);

  watchdog(const watchdog&) = delete;

  watchdog& operator=(const watchdog&) = delete;

  /// Waits for a call that is under way.
  ~watchdog();

private:
  void watch(std::chrono::milliseconds limit,
             const std::function<void()>& bark);

  std::mutex mtx_;
  std::condition_variable called_off_;
  bool off_ = false;
  std::thread thread_;
};

/// Returns who keeps a tree from ending, in one line: the actors that have not
/// got any further within a tenth of a second, with what they are handling; if
/// there are none, the children that run still.
/// @param names Where the tree's supervisors write; may be closed.
/// Thread safety: any thread, which it blocks that long.
std::string describe_culprits(const ets::reader<names_table>& names);

} // namespace kv::otp
