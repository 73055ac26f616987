#pragma once

#include <functional>
#include <utility>

namespace kv {

/// A thread that serves whoever is ready, one after the other, as io threads
/// do. What it tells the keeper it hands to the engine itself, once it has
/// served all of them: to wake the keeper's thread for each would cost more
/// than that takes.
///
/// Belongs to the thread that made it, and goes with it.
class kept_gathering {
public:
  using function = std::function<void()>;

  /// @param post Has a function run on this thread, behind what is ready now.
  explicit kept_gathering(std::function<void(function)> post)
    : post_(std::move(post)) {
    here = this;
  }

  kept_gathering(const kept_gathering&) = delete;

  kept_gathering& operator=(const kept_gathering&) = delete;

  ~kept_gathering() {
    here = nullptr;
  }

  /// Returns the calling thread's, or null. Complexity: O(1).
  static kept_gathering* of_this_thread() noexcept {
    return here;
  }

  /// Has `f` called on this thread in the end, unless something will be anyway.
  /// Errors: what `post` throws; then nothing has changed.
  template <class F>
  void in_the_end(F f) {
    if (posted_)
      return;
    post_([this, f = std::move(f)] {
      posted_ = false;
      f();
    });
    posted_ = true;
  }

private:
  inline static thread_local kept_gathering* here = nullptr;

  std::function<void(function)> post_;
  bool posted_ = false;
};

} // namespace kv
