#pragma once

#include "actors/kv/keeper.hpp"
#include "app/client/progress.hpp"
#include "app/options.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>

namespace kv {

class application;

} // namespace kv

namespace kv::app {

/// Shows how far the start has got with what was kept, if it takes long.
class recovery_bar {
public:
  /// @param shown Whether there is a terminal.
  /// @param patience How long it shows nothing.
  recovery_bar(std::ostream& to, bool shown, std::chrono::milliseconds patience)
    : to_(to), shown_(shown), begin_(clock::now() + patience) {
    // nop
  }

  /// @param total The bytes of all files: rows that count have fewer.
  void total(uint64_t bytes) noexcept {
    total_ = bytes;
  }

  void update(uint64_t rows, uint64_t bytes);

  /// Everything is back.
  void finish() {
    bar_.reset();
  }

private:
  using clock = std::chrono::steady_clock;

  std::ostream& to_;
  bool shown_;
  clock::time_point begin_;
  uint64_t total_ = 0;
  std::optional<progress> bar_;
};

/// Opens the data directory; returns null if there is none.
/// @param bar Is updated while it recovers.
/// @param stops Asked now and then while it recovers: true makes `recover`
/// throw `std::runtime_error`, with what is kept as it was.
/// Errors: throws `durable_failure`; `refusal` if data are to be kept nowhere.
std::unique_ptr<keeper> open_keeper(const options& opts, recovery_bar& bar,
                                    std::function<bool()> stops);

/// Waits until everything that was kept is back, and says how much that is.
/// Returns false if the application ended before, or `stops` returned true.
bool await_recovery(const keeper& kept, const application& app,
                    const std::function<bool()>& stops);

} // namespace kv::app
