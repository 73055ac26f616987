#pragma once

#include "actors/otp/dynamic_supervisor.hpp"
#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

namespace kv::test {

/// A dynamic supervisor over children that leave traces.
class dynamic_fixture : public otp_fixture {
public:
  ~dynamic_fixture() {
    caf::anon_send_exit(caller.hdl(), caf::exit_reason::kill);
    caf::anon_send_exit(dynamic, caf::exit_reason::kill);
    dynamic = nullptr;
    run();
  }

  void start_dynamic(otp::dynamic_options options = {}) {
    start_dynamic(
      [log = world](caf::local_actor* parent, const std::string& tag) {
        return otp::start<child_state>(parent, tag, log);
      },
      options);
  }

  void start_dynamic(otp::tagged_start_function f,
                     otp::dynamic_options options = {}) {
    dynamic = sys.spawn<otp::state_actor<otp::dynamic_supervisor_state>>(
      std::move(f), options);
    run();
  }

  /// Starts a child by request and returns what came of it.
  otp::start_result try_start_child(std::string tag, uint64_t ref = 1) {
    auto response = self->request(dynamic, caf::infinite, atom::start_child_v,
                                  ref, std::move(tag));
    run();
    otp::start_result result;
    response.receive([&](atom::started,
                         otp::start_result& x) { result = std::move(x); },
                     [](const caf::error& err) { FAIL(describe(err)); });
    CHECK(result.ref == ref);
    return result;
  }

  /// Asks for a child by a plain message on behalf of `caller`.
  void send_start_child(uint64_t ref, std::string tag) {
    otp::send(as_self(caller.hdl()),
              caf::actor_cast<caf::strong_actor_ptr>(dynamic),
              caf::make_message(atom::start_child_v, ref, std::move(tag)));
  }

  caf::actor start_child(std::string tag) {
    auto result = try_start_child(std::move(tag));
    if (result.failure)
      FAIL(describe(result.failure));
    return caf::actor_cast<caf::actor>(result.ptr);
  }

  std::vector<caf::strong_actor_ptr> children() {
    return call<std::vector<caf::strong_actor_ptr>>(dynamic,
                                                    atom::which_children_v);
  }

  /// Returns what the children call themselves, sorted.
  strings tags() {
    strings result;
    for (auto& x : children())
      result.push_back(
        call<std::string>(caf::actor_cast<caf::actor>(x), std::string{"who?"}));
    std::sort(result.begin(), result.end());
    return result;
  }

  void stop_dynamic() {
    self->send_exit(dynamic, caf::exit_reason::user_shutdown);
    run();
  }

  otp::dynamic_supervisor_actor dynamic;
  listener caller{sys};
};

} // namespace kv::test
