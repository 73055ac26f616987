#pragma once

#include "actors/base/error.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/support/catch.hpp"

#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/system_messages.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace kv::test {

/// What tests of actors ask for, the same on the deterministic scheduler
/// (`deterministic_fixture`) and on threads (`threaded_fixture`). What a test
/// waits for has the fixture's patience: none on the deterministic scheduler,
/// where all that can happen has happened once nobody has anything left to do.
/// Thread safety: one thread.
/// Errors: what does not happen fails the test.
template <class Fixture>
class expectations : public Fixture {
public:
  ~expectations() {
    if (root_)
      this->self->send_exit(root_, caf::exit_reason::user_shutdown);
    this->end();
    if (root_)
      CHECK(find_down(root_));
    root_ = nullptr;
  }

  /// Returns the next message of this type that the test's own actor gets;
  /// others stay in its mailbox.
  template <class T>
  T await_message() {
    this->run();
    std::optional<T> result;
    this->self->receive([&](T& x) { result = std::move(x); },
                        caf::after(Fixture::patience) >>
                          [] { FAIL("no such message came"); });
    return std::move(*result);
  }

  /// Waits for an actor's end and returns its reason.
  template <class Handle>
  caf::error await_down(const Handle& hdl) {
    auto result = find_down(hdl);
    if (!result)
      FAIL("the actor lives");
    return *result;
  }

  /// Waits for an actor's end, which must have this reason: an `ec` or a
  /// `caf::exit_reason`.
  template <class Handle, class Code>
  void expect_down(const Handle& hdl, Code wanted) {
    auto reason = await_down(hdl);
    INFO("it ended with: " << describe(reason));
    CHECK(reason.compare(caf::make_error(wanted)) == 0);
  }

  /// Ends an actor as an exception in its handler does; one that traps exits
  /// only hears of it.
  template <class Handle>
  void crash(const Handle& hdl, std::string why = "told to by a test") {
    this->self->send_exit(hdl, make_crash(std::move(why), {}));
    this->run();
  }

  /// Starts a `State` under a supervisor, which restarts it, and ends with the
  /// test.
  template <class State, class... Ts>
  typename State::handle_type
  start_supervised(const std::string& id, Ts... xs) {
    start_root();
    this->template call<otp::child>(
      root_, atom::start_child_v,
      otp::child_spec{id, otp::starts<State>(std::move(xs)...)});
    return supervised<typename State::handle_type>(id);
  }

  /// Returns the child of that id as soon as it runs.
  template <class Handle>
  Handle supervised(const std::string& id) {
    auto ptr = this->template call<caf::strong_actor_ptr>(root_, atom::await_v,
                                                          id);
    return caf::actor_cast<Handle>(ptr);
  }

  /// Returns the child that came in the place of `old`, as soon as it runs.
  template <class Handle>
  Handle restarted(const std::string& id, const Handle& old) {
    const auto until = std::chrono::steady_clock::now() + Fixture::patience;
    for (;;) {
      // The supervisor may be about to hear of the end.
      if (auto result = supervised<Handle>(id); result != old)
        return result;
      if (std::chrono::steady_clock::now() >= until)
        FAIL("not restarted: " << id);
    }
  }

  /// The names of what `start_supervised` has started.
  ets::reader<otp::names_table> actors() const {
    return actors_.reader();
  }

private:
  /// Waits for an actor's end; returns nothing if it does not come.
  template <class Handle>
  std::optional<caf::error> find_down(const Handle& hdl) {
    this->self->monitor(hdl);
    this->run();
    std::optional<caf::error> result;
    auto late = false;
    while (!result && !late)
      this->self->receive(
        [&](caf::down_msg& x) {
          if (x.source == hdl.address())
            result = std::move(x.reason);
        },
        caf::after(Fixture::patience) >> [&] { late = true; });
    return result;
  }

  void start_root() {
    if (root_)
      return;
    auto made = otp::start_root(this->sys, actors_.writer(),
                                [](caf::local_actor*) {
                                  return otp::supervisor_init{};
                                });
    if (!made)
      FAIL(describe(made.error()));
    root_ = std::move(*made);
    this->run();
  }

  ets::owner<otp::names_table> actors_;
  otp::supervisor_actor root_;
};

} // namespace kv::test
