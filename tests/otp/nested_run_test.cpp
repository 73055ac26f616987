// Receivers that run on the stack of who asks them.

#include "actors/base/nested_run.hpp"

#include "actors/base/atoms.hpp"
#include "actors/base/awake_workers.hpp"
#include "actors/base/host_unit.hpp"
#include "actors/otp/state_actor.hpp"

#include "tests/support/catch.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <functional>
#include <future>
#include <thread>
#include <vector>

using namespace kv;

namespace {

/// Counts what it is sent, on one worker with everyone else.
class counter_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.counter";

  static constexpr bool answers_at_once = true;

  counter_state(caf::event_based_actor*, int& count,
                std::thread::id* where = nullptr)
    : count_(count), where_(where) {
    // nop
  }

  caf::behavior make_behavior() {
    return {[this](int x) {
      if (where_ != nullptr)
        *where_ = std::this_thread::get_id();
      return count_ += x;
    }};
  }

private:
  int& count_;
  std::thread::id* where_;
};

/// Passes a request on to the next one, and counts how many did.
class passing_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.passing";

  static constexpr bool answers_at_once = true;

  passing_state(caf::event_based_actor* self, caf::actor next, int& depth)
    : self_(self), next_(std::move(next)), depth_(depth) {
    // nop
  }

  caf::behavior make_behavior() {
    return {[this](int x) -> caf::result<int> {
      ++depth_;
      if (!next_)
        return x;
      auto promise = self_->make_response_promise<int>();
      self_->request(next_, caf::infinite, x + 1)
        .then([promise](int y) mutable { promise.deliver(y); });
      return promise;
    }};
  }

private:
  caf::event_based_actor* self_;
  caf::actor next_;
  int& depth_;
};

/// Sends itself a smaller number until it is 0.
class counting_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.counting";

  static constexpr bool answers_at_once = true;

  counting_state(caf::event_based_actor* self, int& left,
                 std::promise<void>& ended)
    : self_(self), left_(left), ended_(ended) {
    // nop
  }

  caf::behavior make_behavior() {
    return {[this](int x) {
      left_ = x;
      if (x > 0)
        caf::anon_send(self_, x - 1); // nobody is answered
      else
        ended_.set_value();
      return x;
    }};
  }

private:
  caf::event_based_actor* self_;
  int& left_;
  std::promise<void>& ended_;
};

/// Asks a counter, and notes how far that is right after.
class asking_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.asking";

  asking_state(caf::event_based_actor* self, caf::actor counter, int& count,
               int& seen)
    : self_(self), counter_(std::move(counter)), count_(count), seen_(seen) {
    // nop
  }

  caf::behavior make_behavior() {
    return {[this](int x) {
      self_->request(counter_, caf::infinite, x).then([](int) {});
      seen_ = count_;
    }};
  }

private:
  caf::event_based_actor* self_;
  caf::actor counter_;
  int& count_;
  int& seen_;
};

class fixture {
public:
  ~fixture() {
    for (auto& x : actors)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  /// Starts an actor that is idle until it gets a message.
  template <class State, class... Ts>
  caf::actor spawn(Ts&&... xs) {
    actors.push_back(sys.spawn<otp::state_actor<State>, caf::lazy_init>(
      std::forward<Ts>(xs)...));
    return actors.back();
  }

  /// Runs `body(self, done)` in an actor on the worker, until `done()`.
  template <class Body>
  void run(Body body) {
    std::promise<void> ended;
    sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
      body(self, [&ended, self] {
        ended.set_value();
        self->quit();
      });
      return {[](int) {}};
    });
    ended.get_future().wait();
  }

  caf::actor_system_config& configured() {
    use_awake_workers(cfg);
    cfg.set("scheduler.max-threads", size_t{1});
    return cfg;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys{configured()};
  std::vector<caf::actor> actors;
};

} // namespace

TEST_CASE_METHOD(fixture, "a request is handled by the time it has been sent") {
  auto count = 0;
  auto counter = spawn<counter_state>(std::ref(count));
  auto seen = 0;
  auto answer = 0;
  run([&](caf::event_based_actor* self, auto done) {
    self->request(counter, caf::infinite, 1).then([&, done](int x) {
      answer = x;
      done();
    });
    seen = count;
  });
  CHECK(seen == 1);
  CHECK(answer == 1);
}

TEST_CASE_METHOD(fixture, "what nobody waits for has to wait its turn") {
  auto count = 0;
  auto counter = spawn<counter_state>(std::ref(count));
  auto seen = -1;
  run([&](caf::event_based_actor* self, auto done) {
    self->send(counter, 1);
    seen = count;
    self->request(counter, caf::infinite, 1).then([done](int) { done(); });
  });
  CHECK(seen == 0);
  CHECK(count == 2);
}

TEST_CASE_METHOD(fixture, "requests nest only so deep") {
  constexpr auto length = 3 * nested_run::most_nested;
  auto depth = 0;
  caf::actor first;
  for (auto i = 0; i < length; ++i)
    first = spawn<passing_state>(first, std::ref(depth));
  auto seen = 0;
  auto answer = 0;
  run([&](caf::event_based_actor* self, auto done) {
    self->request(first, caf::infinite, 0).then([&, done](int x) {
      answer = x;
      done();
    });
    seen = depth;
  });
  CHECK(seen == nested_run::most_nested);
  CHECK(depth == length);
  CHECK(answer == length - 1);
}

TEST_CASE_METHOD(fixture, "a receiver that is given much waits its turn") {
  auto count = 0;
  auto counter = spawn<counter_state>(std::ref(count));
  auto seen = 0;
  constexpr auto many = 2 * static_cast<int>(nested_run::most_messages);
  run([&](caf::event_based_actor* self, auto done) {
    for (auto i = 0; i < many; ++i)
      self->send(counter, 1); // it is to be run later
    self->request(counter, caf::infinite, 1).then([done](int) { done(); });
    seen = count;
  });
  CHECK(seen == 0);
  CHECK(count == many + 1);
}

TEST_CASE_METHOD(fixture, "who has more to do waits its turn, too") {
  constexpr auto many = 2 * static_cast<int>(nested_run::most_messages);
  auto left = many;
  std::promise<void> ended;
  auto counting = spawn<counting_state>(std::ref(left), std::ref(ended));
  auto seen = 0;
  run([&](caf::event_based_actor* self, auto done) {
    self->request(counting, caf::infinite, many - 1).then([done](int) {
      done();
    });
    seen = left;
  });
  ended.get_future().wait();
  CHECK(seen == many / 2);
  CHECK(left == 0);
}

TEST_CASE_METHOD(fixture, "a thread that runs actors in place does not nest") {
  auto count = 0;
  auto seen = -1;
  auto counter = spawn<counter_state>(std::ref(count));
  auto asking = spawn<asking_state>(counter, std::ref(count), std::ref(seen));
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(asking, 1);
  unit.run();
  CHECK(seen == 0);
  CHECK(count == 1);
}

TEST_CASE_METHOD(fixture, "other threads do not nest") {
  auto count = 0;
  std::thread::id where;
  auto counter = spawn<counter_state>(std::ref(count), &where);
  caf::scoped_actor self{sys};
  auto answer = 0;
  self->request(counter, caf::infinite, 1)
    .receive([&](int x) { answer = x; },
             [](const caf::error& reason) { FAIL(to_string(reason)); });
  CHECK(answer == 1);
  CHECK(where != std::this_thread::get_id());
}
