#pragma once

#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

namespace kv {

/// Runs the receiver of a message at once, on the stack of the sender, if the
/// receiver is idle and the sender runs on a worker (`use_awake_workers`):
/// neither of them waits for its turn. Used by an `enqueue`, in place of the
/// unit it got; the receiver runs when this ends:
///
/// @code
/// nested_run here{unit};
/// super::enqueue(std::move(x), here.unit());
/// @endcode
///
/// Thread safety: none; lives on the stack.
class nested_run final : private caf::execution_unit {
public:
  /// Receivers on one stack, one on behalf of the other; more wait their turn.
  static constexpr int most_nested = 4;

  /// Messages that the receiver handles before it waits its turn.
  static constexpr size_t most_messages = 30;

  explicit nested_run(caf::execution_unit* outer) noexcept;

  ~nested_run() override;

  /// Returns what to enqueue with: the unit that it got, if nothing is nested.
  caf::execution_unit* unit() noexcept {
    return nests_ ? this : outer_;
  }

  /// A worker says that the calling thread is its own.
  static void set_worker(caf::execution_unit* worker) noexcept;

private:
  void exec_later(caf::resumable* job) override {
    job_ = job;
  }

  caf::execution_unit* outer_;
  caf::resumable* job_ = nullptr;
  bool nests_;
};

} // namespace kv
