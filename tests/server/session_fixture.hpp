#pragma once

#include "actors/base/host_unit.hpp"
#include "actors/server/line_session.hpp"

#include "tests/support/live_fixture.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace kv::test {

/// Functions that other threads post to this one.
class inbox {
public:
  void post(std::function<void()> f) {
    std::lock_guard guard{mtx_};
    jobs_.push_back(std::move(f));
    arrived_.notify_one();
  }

  /// Runs the next function, waiting for it at most `timeout`; returns whether
  /// there was one.
  bool run_one(std::chrono::milliseconds timeout) {
    std::unique_lock guard{mtx_};
    if (!arrived_.wait_for(guard, timeout, [this] { return !jobs_.empty(); }))
      return false;
    auto f = std::move(jobs_.front());
    jobs_.pop_front();
    guard.unlock();
    f();
    return true;
  }

private:
  std::mutex mtx_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> jobs_;
};

/// Line sessions without sockets; the test's thread is their io thread.
class session_fixture : public live_fixture {
public:
  using session_ptr = std::shared_ptr<server::line_session>;

  explicit session_fixture(tree_options options = {})
    : live_fixture(std::move(options)), session(make_session()) {
    // nop
  }

  session_ptr make_session() {
    auto post = [box = box_](std::function<void()> f) {
      box->post(std::move(f));
    };
    return std::make_shared<server::line_session>(
      client, service_, server::session::home{post, [] {}});
  }

  /// Takes in bytes and handles what can be handled now.
  static void feed(const session_ptr& to, std::string_view bytes) {
    to->receive(bytes);
    while (to->process(lines_per_turn)) {
      // Goes on.
    }
  }

  /// Waits until a session has answered everything, and returns its output.
  std::string await_answers(const session_ptr& from) {
    std::string result;
    for (;;) {
      auto more = from->process(lines_per_turn);
      result += std::exchange(from->output(), {});
      if (from->waiting()) {
        if (!run_posted(deadline))
          FAIL("never answered, after: " << result);
      } else if (!more) {
        return result;
      }
    }
  }

  bool run_posted(std::chrono::milliseconds timeout = deadline) {
    return box_->run_one(timeout);
  }

  /// Returns the session's answers to `bytes`.
  std::string talk(std::string_view bytes) {
    session->receive(bytes);
    return await_answers(session);
  }

  static constexpr size_t lines_per_turn = 7;

private:
  std::shared_ptr<inbox> box_ = std::make_shared<inbox>();
  std::shared_ptr<server::line_service> service_
    = std::make_shared<server::line_service>();

public:
  session_ptr session;
};

/// Keeps a bucket running on a thread of its own.
class busy_bucket {
public:
  busy_bucket(caf::actor_system& sys, const bucket_actor& bucket) {
    auto entered = std::make_shared<mailslot<caf::unit_t>>();
    auto release = release_;
    thread_ = std::thread{[&sys, bucket, entered, release] {
      auto block = [entered, release](auto& fields) {
        fields.insert({"busy", "1"});
        entered->put(caf::unit);
        release->take(latest());
        return caf::unit;
      };
      auto& unit = host_unit::of_this_thread(sys);
      unit.send(bucket, make_bucket_task<caf::unit_t>(
                          block, [](const caf::expected<caf::unit_t>&) {}));
      unit.run();
    }};
    if (!entered->take(latest()))
      FAIL("the bucket does not run");
  }

  ~busy_bucket() {
    release();
    thread_.join();
  }

  void release() {
    release_->put(caf::unit);
  }

private:
  static std::chrono::steady_clock::time_point latest() {
    return std::chrono::steady_clock::now() + live_fixture::deadline;
  }

  std::shared_ptr<mailslot<caf::unit_t>> release_
    = std::make_shared<mailslot<caf::unit_t>>();
  std::thread thread_;
};

} // namespace kv::test
