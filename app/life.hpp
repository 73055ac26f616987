#pragma once

#include "actors/otp/watchdog.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <caf/error.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <optional>
#include <thread>

namespace kv {

class application;

} // namespace kv

namespace kv::app {

/// How long the program goes on: until SIGTERM or SIGINT, which count from when
/// this is made, or until the tree's own end. From then on there is so much
/// time until this is destroyed; a second signal ends the process at once.
/// SIGHUP never ends it.
class life {
public:
  /// @param on_late Called on some thread if the end takes longer than `most`.
  life(std::chrono::milliseconds most, std::function<void()> on_late);

  life(const life&) = delete;

  life& operator=(const life&) = delete;

  ~life();

  /// Returns the signal that has asked for the end, or 0.
  /// Thread safety: any thread.
  int signal() const noexcept {
    return signal_;
  }

  /// Returns whether a signal has asked for the end before `wait` was called.
  /// Thread safety: the thread that calls it.
  bool cut_short() const noexcept {
    return !waited_ && signal_ != 0;
  }

  /// Blocks until the end; returns why the tree ended by itself. SIGHUP calls
  /// back meanwhile, on some thread; so does one that has come before. Once.
  std::optional<caf::error> wait(const application& app,
                                 const std::function<void()>& on_hangup);

private:
  void await_signal();
  void await_hangup(const std::function<void()>& f);
  void end(std::optional<caf::error> reason);

  const std::chrono::milliseconds most_;
  const std::function<void()> on_late_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
  boost::asio::signal_set hangups_{context_, SIGHUP};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
    work_{context_.get_executor()};
  std::atomic<int> signal_ = 0;
  bool waited_ = false;
  std::promise<std::optional<caf::error>> end_;
  std::optional<otp::watchdog> patience_;
  std::thread thread_;
};

} // namespace kv::app
