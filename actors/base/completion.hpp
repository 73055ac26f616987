#pragma once

#include "actors/base/error.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/expected.hpp>
#include <caf/sec.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

namespace kv {

/// Answers a request that did not come from an actor: exactly one call of a
/// callback, with a value or an error. Travels in a message; copies share the
/// one answer. If the last copy goes unanswered, because its receiver ended or
/// dropped the message, the callback gets `caf::sec::request_receiver_down`.
///
/// It may say until when the answer is wanted: a receiver that gets to the
/// message later drops it, with `ec::timeout`, instead of doing the work.
///
/// Thread safety: `deliver` may be called from any thread; the callback runs
/// there, must not throw and should not block.
template <class T>
class completion {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// An empty completion; delivering to it does nothing.
  completion() = default;

  /// @param callback Is called once with a `caf::expected<T>`.
  template <class F>
  static completion make(F callback, time_point deadline = time_point::max()) {
    completion result;
    result.state_ = std::make_shared<state<F>>(std::move(callback));
    result.state_->deadline = deadline;
    return result;
  }

  /// Returns until when the answer is wanted.
  time_point deadline() const noexcept {
    return state_ ? state_->deadline : time_point::max();
  }

  /// Answers with `ec::timeout` and returns true if it is too late at `now`.
  bool drop_if_late(time_point now) const {
    if (now < deadline())
      return false;
    deliver(caf::make_error(ec::timeout, "it was too late to begin"));
    return true;
  }

  /// Answers with a value or an error; only the first answer counts.
  void deliver(caf::expected<T> answer) const {
    if (state_ && !state_->answered.exchange(true))
      state_->call(std::move(answer));
  }

  explicit operator bool() const noexcept {
    return static_cast<bool>(state_);
  }

private:
  struct state_base {
    virtual ~state_base() = default;
    virtual void call(caf::expected<T> answer) = 0;
    std::atomic<bool> answered = false;
    time_point deadline = time_point::max();
  };

  template <class F>
  // NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): it is virtual
  struct state final : state_base {
    explicit state(F callback) : callback(std::move(callback)) {
      // nop
    }

    ~state() override {
      if (!this->answered.load())
        callback(caf::expected<T>{caf::error{caf::sec::request_receiver_down}});
    }

    void call(caf::expected<T> answer) override {
      callback(std::move(answer));
    }

    F callback;
  };

  std::shared_ptr<state_base> state_;
};

} // namespace kv

namespace caf {

template <class T>
struct allowed_unsafe_message_type<kv::completion<T>> : std::true_type {};

} // namespace caf
