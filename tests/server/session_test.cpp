#include "actors/server/session.hpp"

#include "tests/support/catch.hpp"

#include <caf/expected.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace kv::server;

namespace {

/// A session whose next command is the test's.
struct any_session final : session {
  using session::answer_later;
  using session::session;

  std::function<void()> command;

protected:
  bool handle_input(size_t) override {
    command();
    return true;
  }
};

/// A thread of sessions, which runs what is posted when the test says so.
struct session_thread {
  std::shared_ptr<any_session> make_session() {
    return std::make_shared<any_session>(session::home{
      [this](std::function<void()> f) { posted.push_back(std::move(f)); },
      [this] { ++progress; }});
  }

  void run_posted() {
    while (!posted.empty()) {
      auto f = std::move(posted.front());
      posted.pop_front();
      f();
    }
  }

  std::deque<std::function<void()>> posted;
  int progress = 0;
  std::shared_ptr<any_session> subject = make_session();
};

[[noreturn]] void fail() {
  throw std::runtime_error{"planned"};
}

} // namespace

TEST_CASE_METHOD(session_thread, "a command that throws ends its session",
                 "[session]") {
  subject->output() = "before";
  subject->command = [this] {
    subject->output() += "half an answer";
    fail();
  };
  CHECK_FALSE(subject->process(1));
  CHECK(subject->ended());
  CHECK(subject->output() == "before");
}

TEST_CASE_METHOD(session_thread,
                 "an answer behind a command that threw is told of",
                 "[session]") {
  std::function<void(caf::expected<bool>)> answer;
  subject->command = [&] {
    answer = subject->answer_later<bool>([](const caf::expected<bool>&) {});
    fail();
  };
  subject->process(1);
  REQUIRE(subject->waiting());
  answer(true);
  run_posted();
  CHECK_FALSE(subject->waiting());
  CHECK(progress == 1);
}

TEST_CASE_METHOD(session_thread,
                 "a late answer that cannot be taken in ends its session",
                 "[session]") {
  auto answer
    = subject->answer_later<bool>([](const caf::expected<bool>&) { fail(); });
  answer(true);
  run_posted();
  CHECK(subject->ended());
  CHECK_FALSE(subject->waiting());
  CHECK(progress == 1);
}

TEST_CASE_METHOD(session_thread,
                 "nothing is said behind an answer that is missing",
                 "[session]") {
  subject->output() = "before";
  subject->command = [this] {
    auto answer
      = subject->answer_later<bool>([](const caf::expected<bool>&) { fail(); });
    answer(true);
    subject->output() += "the answer to something else";
  };
  CHECK_FALSE(subject->process(1));
  CHECK(subject->ended());
  CHECK(subject->output() == "before");
}

TEST_CASE_METHOD(session_thread, "who gives up is told once", "[session]") {
  auto told = 0;
  CHECK_FALSE(subject->gives_up());
  subject->on_give_up([&] { ++told; });
  subject->give_up();
  subject->give_up();
  CHECK(subject->gives_up());
  CHECK(told == 1);
}
