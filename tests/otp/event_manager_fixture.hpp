#pragma once

#include "actors/otp/event_manager_state.hpp"
#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

#include <deque>

namespace kv::test {

/// An acknowledgement that a handler keeps back.
struct deferred_ack {
  uint64_t n;
  caf::typed_response_promise<atom::ack, uint64_t> promise;
  caf::event_based_actor* handler; ///< The promise keeps it in memory.
};

/// What a handler of the test does with the events it gets.
struct handler_script {
  bool defers = false; ///< Keeps its acknowledgements back.
  std::deque<deferred_ack> deferred;
};

class event_fixture : public otp_fixture {
public:
  static constexpr auto deadline = std::chrono::seconds{5};

  event_fixture() {
    start_manager();
  }

  ~event_fixture() {
    for (auto& x : scripts)
      x->deferred.clear();
    for (auto& x : spawned)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    caf::anon_send_exit(manager, caf::exit_reason::kill);
    manager = nullptr;
    run();
    table.clear();
    spawned.clear();
  }

  void start_manager() {
    manager = sys.spawn<otp::state_actor<otp::event_manager_state>>(
      otp::event_manager_options{table.writer(), deadline});
    run();
  }

  /// Starts a handler that writes "id:event" into the trace: of strings, that
  /// is; it ends with an exception at "throw" and answers an error at "error".
  caf::actor spawn_handler(const std::string& id,
                           std::shared_ptr<handler_script> how
                           = std::make_shared<handler_script>()) {
    scripts.push_back(how);
    spawned.push_back(
      sys.spawn([id, how, log = world](caf::event_based_actor* me) {
        // As a state_actor: it survives what it does not understand.
        me->set_default_handler(
          [](caf::scheduled_actor*,
             caf::message_view&) -> caf::result<caf::message> {
            return caf::sec::unexpected_message;
          });
        me->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
        me->set_exception_handler(
          [](caf::scheduled_actor*, std::exception_ptr& x) {
            return otp::to_error(x);
          });
        return caf::behavior{
          [=](atom::event, uint64_t n,
              const std::string& what) -> otp::event_ack {
            log->trace.push_back(id + ":" + what);
            if (what == "throw")
              throw std::runtime_error("told to");
            if (what == "error")
              return caf::make_error(ec::badarg);
            if (!how->defers)
              return otp::ack(n);
            auto promise = me->make_response_promise<atom::ack, uint64_t>();
            how->deferred.push_back({n, promise, me});
            return promise;
          },
        };
      }));
    return spawned.back();
  }

  caf::actor add(const std::string& id, std::shared_ptr<handler_script> how
                                        = std::make_shared<handler_script>()) {
    auto result = spawn_handler(id, how);
    call<caf::ok_atom>(manager, atom::add_handler_v, result);
    return result;
  }

  /// Adds a handler with an owner.
  caf::actor add_for(const std::string& id, const caf::actor& owner) {
    auto result = spawn_handler(id);
    call<caf::ok_atom>(manager, atom::add_handler_v, result, owner);
    return result;
  }

  /// Starts a manager that keeps so many events, and no more.
  void start_with_log(size_t log) {
    caf::anon_send_exit(manager, caf::exit_reason::kill);
    run();
    manager = sys.spawn<otp::state_actor<otp::event_manager_state>>(
      otp::event_manager_options{table.writer(), deadline, log, log});
    run();
  }

  caf::actor add_with(const std::string& id, otp::handler_options options,
                      std::shared_ptr<handler_script> how
                      = std::make_shared<handler_script>()) {
    auto result = spawn_handler(id, how);
    call<caf::ok_atom>(manager, atom::add_handler_v, result, options);
    return result;
  }

  /// Adds a handler that keeps what it gets; it acknowledges nothing.
  listener add_listener(otp::handler_options options) {
    listener result{sys};
    spawned.push_back(result.hdl());
    call<caf::ok_atom>(manager, atom::add_handler_v, result.hdl(), options);
    return result;
  }

  void ack(const caf::actor& from, uint64_t n) {
    otp::send(as_self(from), caf::actor_cast<caf::strong_actor_ptr>(manager),
              caf::make_message(atom::ack_v, n));
    run();
  }

  /// Says what a listener got: "3" for event 3, "lost 1-2", "replayed 3-4", or
  /// what it is.
  static strings words(listener& x) {
    strings result;
    auto range = [](const caf::message& msg) {
      return std::to_string(msg.get_as<uint64_t>(1)) + '-'
             + std::to_string(msg.get_as<uint64_t>(2));
    };
    for (auto& msg : x.take())
      if (msg.match_elements<atom::lost, uint64_t, uint64_t>())
        result.push_back("lost " + range(msg));
      else if (msg.match_elements<atom::replayed, uint64_t, uint64_t>())
        result.push_back("replayed " + range(msg));
      else if (msg.match_elements<atom::event, uint64_t, std::string>())
        result.push_back(std::to_string(msg.get_as<uint64_t>(1)));
      else
        result.push_back(caf::to_string(msg));
    return result;
  }

  static void release(handler_script& how, size_t i = 0) {
    auto x = how.deferred.at(i);
    how.deferred.erase(how.deferred.begin() + static_cast<ptrdiff_t>(i));
    x.handler->context(nullptr); // see as_self
    x.promise.deliver(atom::ack_v, x.n);
  }

  template <class T>
  void notify(T event) {
    caf::anon_send(manager, atom::notify_v,
                   caf::make_message(std::move(event)));
    run();
  }

  void notify(const char* event) {
    notify(std::string{event});
  }

  /// Sends a sync_notify as a plain message; its number is in `told` then.
  template <class T>
  void sync_notify(uint64_t number, T event) {
    otp::send(as_self(caller.hdl()),
              caf::actor_cast<caf::strong_actor_ptr>(manager),
              caf::make_message(atom::sync_notify_v, number,
                                caf::make_message(std::move(event))));
    run();
  }

  void sync_notify(uint64_t number, const char* event) {
    sync_notify(number, std::string{event});
  }

  /// Returns the numbers told since the last call.
  std::vector<uint64_t> told() {
    std::vector<uint64_t> result;
    for (auto& x : caller.take()) {
      REQUIRE(x.match_elements<atom::told, uint64_t>());
      result.push_back(x.get_as<uint64_t>(1));
    }
    return result;
  }

  std::vector<caf::actor> handlers() {
    return call<std::vector<caf::actor>>(manager, atom::which_handlers_v);
  }

  using numbers = std::vector<uint64_t>;

  ets::owner<otp::handlers_table> table;
  otp::event_manager_actor manager;
  listener caller{sys};
  std::vector<caf::actor> spawned{caller.hdl()};
  std::vector<std::shared_ptr<handler_script>> scripts;
};

/// Checks that an owner was told of the end of `handler`, and returns why.
inline caf::error handler_exit(listener& owner, const caf::actor& handler) {
  auto got = owner.take();
  REQUIRE(got.size() == 1);
  REQUIRE(
    got[0].match_elements<atom::handler_exit, caf::actor_addr, caf::error>());
  CHECK(got[0].get_as<caf::actor_addr>(1) == handler.address());
  return got[0].get_as<caf::error>(2);
}

} // namespace kv::test
