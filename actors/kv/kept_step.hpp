#pragma once

#include "actors/kv/keeper.hpp"

#include <cstdint>
#include <utility>

namespace kv {

/// One step of a writer: all it tells the keeper meanwhile is kept as one
/// change, or not at all. Without a keeper it is nothing.
/// Thread safety: the thread that made it; none within another.
class kept_step {
public:
  kept_step() {
    if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
      begin(k);
  }

  kept_step(const kept_step&) = delete;

  kept_step& operator=(const kept_step&) = delete;

  ~kept_step() {
    if (keeper_ != nullptr) [[unlikely]]
      end();
  }

  /// Ends the step; returns false if it told nothing. Otherwise calls `f` once
  /// that is kept, as `keeper::when_kept`.
  template <class F>
  bool when_kept(F&& f) {
    return keeper_ != nullptr && end(std::forward<F>(f));
  }

private:
  friend class keeper;

  /// What this thread's step has told.
  struct told_changes {
    kept_changes changes;
    bool wants_sync = false;
  };

  void begin(keeper* k);
  bool end(keeper::answer f = {});

  static bool is_active() noexcept {
    return active;
  }

  /// Adds to the step of this thread. @pre `is_active()`
  static void add(const kept_change& x, bool wants_sync);

  static told_changes& told();

  inline static thread_local bool active = false;

  keeper* keeper_ = nullptr;
};

} // namespace kv
