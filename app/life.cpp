#include "app/life.hpp"

#include "actors/base/log.hpp"
#include "actors/kv/application.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <string>
#include <utility>

// Signals have a thread of their own, because the program's first thread may be
// busy for long while it starts.

namespace kv::app {

life::life(std::chrono::milliseconds most, std::function<void()> on_late)
  : most_(most), on_late_(std::move(on_late)) {
  await_signal();
  thread_ = std::thread{[this] {
    try {
      context_.run();
    } catch (...) {
      end_.set_exception(std::current_exception());
    }
  }};
}

life::~life() {
  context_.stop();
  thread_.join();
}

std::optional<caf::error> life::wait(const application& app,
                                     const std::function<void()>& on_hangup) {
  waited_ = true;
  boost::asio::post(context_, [this, &on_hangup] { await_hangup(on_hangup); });
  app.on_end([this](const caf::error& reason) {
    boost::asio::post(context_, [this, reason] { end(reason); });
  });
  return end_.get_future().get();
}

void life::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& err, int number) {
    if (err)
      return;
    log::info("signal " + std::to_string(number) + ", stopping");
    signal_ = number;
    end(std::nullopt);
  });
}

void life::await_hangup(const std::function<void()>& f) {
  hangups_.async_wait([this, &f](const boost::system::error_code& err, int) {
    if (err)
      return;
    f();
    await_hangup(f);
  });
}

// Runs on our thread, and is the last thing that does.
void life::end(std::optional<caf::error> reason) {
  signals_.clear(); // the default action is back
  patience_.emplace(most_, on_late_);
  context_.stop();
  end_.set_value(std::move(reason));
}

} // namespace kv::app
