#pragma once

#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/state_actor.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/support/actor_fixture.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kv::test {

using strings = std::vector<std::string>;

/// What the children of a test do, and what they did.
struct script {
  strings trace;                      ///< "+a" for a start, "-a" for an end.
  std::map<std::string, int> failing; ///< So many starts of it throw.
  std::set<std::string> stubborn;     ///< Those that ignore a shutdown.

  strings take_trace() {
    return std::exchange(trace, {});
  }
};

/// A child that leaves a trace. The messages "quit" and "shutdown" end it in
/// order, "throw" with an exception; it answers anything else with its id.
class child_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.child";

  child_state(caf::event_based_actor* self, std::string id,
              std::shared_ptr<script> world)
    : self_(self), id_(std::move(id)), world_(std::move(world)) {
    if (auto& left = world_->failing[id_]; left > 0) {
      --left;
      world_->trace.push_back("!" + id_);
      throw std::runtime_error(id_ + " does not start");
    }
    world_->trace.push_back("+" + id_);
    if (world_->stubborn.count(id_) > 0)
      self_->set_exit_handler([](caf::exit_msg&) {});
  }

  ~child_state() {
    world_->trace.push_back("-" + id_);
  }

  caf::behavior make_behavior() {
    return {
      [this](const std::string& what) {
        if (what == "throw")
          throw std::runtime_error("told to");
        if (what == "quit")
          self_->quit();
        if (what == "shutdown")
          self_->quit(caf::exit_reason::user_shutdown);
        return id_;
      },
    };
  }

private:
  caf::event_based_actor* self_;
  std::string id_;
  std::shared_ptr<script> world_;
};

/// Returns an actor to send or spawn on behalf of, from outside of it. The unit
/// that ran it last is gone on CAF's test coordinator.
template <class Handle>
caf::local_actor* as_self(const Handle& hdl) {
  auto* result = static_cast<caf::local_actor*>(
    caf::actor_cast<caf::abstract_actor*>(hdl));
  result->context(nullptr);
  return result;
}

/// An actor that keeps what it gets and answers nothing.
class listener {
public:
  explicit listener(caf::actor_system& sys)
    : got_(std::make_shared<std::vector<caf::message>>()) {
    hdl_ = sys.spawn([got = got_](caf::event_based_actor* self) {
      self->set_default_handler(
        [got](caf::scheduled_actor*,
              caf::message_view& x) -> caf::result<caf::message> {
          got->push_back(x.move_content_to_message());
          return caf::message{};
        });
      self->set_down_handler([got](caf::down_msg& x) {
        got->push_back(caf::make_message(std::move(x)));
      });
      self->set_error_handler([got](caf::error& x) {
        got->push_back(caf::make_message(std::move(x)));
      });
      return caf::behavior{[](atom::deadline) {}};
    });
  }

  const caf::actor& hdl() const {
    return hdl_;
  }

  caf::strong_actor_ptr ptr() const {
    return caf::actor_cast<caf::strong_actor_ptr>(hdl_);
  }

  const std::vector<caf::message>& got() const {
    return *got_;
  }

  std::vector<caf::message> take() {
    return std::exchange(*got_, {});
  }

private:
  std::shared_ptr<std::vector<caf::message>> got_;
  caf::actor hdl_;
};

/// Keeps with which reason an actor ended, and what a probe said then.
class end_watch {
public:
  template <class Handle>
  explicit end_watch(const Handle& hdl, std::function<void()> probe = {})
    : seen_(std::make_shared<std::optional<caf::error>>()) {
    caf::actor_cast<caf::abstract_actor*>(hdl)->attach_functor(
      [seen = seen_, probe = std::move(probe)](const caf::error& reason) {
        if (probe)
          probe();
        *seen = reason;
      });
  }

  bool ended() const {
    return seen_->has_value();
  }

  const caf::error& reason() const {
    REQUIRE(ended());
    return **seen_;
  }

private:
  std::shared_ptr<std::optional<caf::error>> seen_;
};

/// A names table, children that leave traces, and a supervisor over them. Fails
/// if an actor is left when the test ends.
class otp_fixture : public actor_fixture {
public:
  otp_fixture() : idle_(sys.registry().running()) {
    log::init(log::level::off, ""); // children crash by the dozen
  }

  ~otp_fixture() {
    if (root)
      caf::anon_send_exit(root, caf::exit_reason::kill);
    root = nullptr;
    shutdown();
    CHECK(running() == 0);
  }

  /// Returns how many actors run that the test has started.
  size_t running() {
    return sys.registry().running() - idle_;
  }

  otp::child_spec spec(const std::string& id,
                       otp::restart policy = otp::restart::permanent,
                       otp::shutdown how = {}) const {
    return {id, otp::starts<child_state>(id, world), policy, how};
  }

  /// Starts a supervisor.
  caf::expected<otp::supervisor_actor>
  try_start(std::vector<otp::child_spec> children,
            otp::supervisor_flags flags = {}) {
    return otp::start_root(sys, names.writer(),
                           [=](caf::local_actor*) -> otp::supervisor_init {
                             return {flags, {}, children};
                           });
  }

  /// Starts `root`.
  void start(std::vector<otp::child_spec> children,
             otp::supervisor_flags flags = {}) {
    auto result = try_start(std::move(children), flags);
    if (!result)
      FAIL(describe(result.error()));
    root = std::move(*result);
    run();
  }

  /// Returns the actor of that name, if there is one.
  caf::actor whereis(const std::string& id) const {
    return otp::whereis<caf::actor>(names.reader(), id);
  }

  /// Sends a message to the child of that name.
  void tell(const std::string& id, std::string what) {
    auto hdl = whereis(id);
    REQUIRE(hdl);
    caf::anon_send(hdl, std::move(what));
    run();
  }

  /// Returns what `root` says of its children.
  std::vector<otp::child_info> children() {
    return call<std::vector<otp::child_info>>(root, atom::which_children_v);
  }

  strings ids() {
    strings result;
    for (auto& x : children())
      result.push_back(x.id);
    return result;
  }

  otp::child_counts counts() {
    return call<otp::child_counts>(root, atom::count_children_v);
  }

  /// Sends `root` a request that names a child.
  template <class T, class Atom>
  caf::expected<T> ask(Atom what, const std::string& id) {
    return try_call<T>(root, what, id);
  }

  /// Asks `root` to end in order.
  void stop() {
    self->send_exit(root, caf::exit_reason::user_shutdown);
    run();
  }

  strings trace() const {
    return world->take_trace();
  }

  std::shared_ptr<script> world = std::make_shared<script>();
  ets::owner<otp::names_table> names;
  otp::supervisor_actor root;

private:
  size_t idle_;
};

} // namespace kv::test
