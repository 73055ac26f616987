#pragma once

#include "actors/base/in_place.hpp"
#include "actors/kv/application.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/event_recorder.hpp"
#include "tests/support/patience.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace kv::test {

/// The whole application on real threads, with the same interface as
/// `app_fixture`. Nothing sleeps: what a test waits for has a deadline, and a
/// missed one fails the test.
class live_fixture {
public:
  static constexpr std::chrono::seconds deadline = patience;

  explicit live_fixture(tree_options options = {})
    : sys(configure(cfg_)),
      app(std::make_unique<application>(sys, std::move(options))),
      client(app->client()),
      names(client.names()),
      recorder(names) {
    add_handler(sys.spawn([this] { return recorder.make_behavior(); }));
  }

  ~live_fixture() {
    app.reset();
    for (auto& x : handlers_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  void add_handler(const caf::actor& handler) {
    handlers_.push_back(handler);
    caf::scoped_actor self{sys};
    auto manager
      = await_actor<otp::event_manager_actor>(registry_state::event_manager_id);
    self->request(manager, deadline, atom::add_handler_v, handler)
      .receive([](caf::ok_atom) {},
               [&](const caf::error& err) { FAIL(describe(err)); });
  }

  bucket_actor create(const std::string& name) {
    return client.create(name).actor();
  }

  std::optional<bucket_actor> lookup(std::string_view name) const {
    if (auto ref = client.lookup(name))
      return ref->actor();
    return std::nullopt;
  }

  void put(const bucket_actor& bucket, std::string key, std::string value) {
    caf::scoped_actor self{sys};
    self
      ->request(bucket, deadline, atom::put_v, std::move(key), std::move(value))
      .receive([](caf::ok_atom) {},
               [&](const caf::error& err) { FAIL(describe(err)); });
  }

  optional_bytes get(const bucket_actor& bucket, std::string key) {
    optional_bytes result;
    caf::scoped_actor self{sys};
    self->request(bucket, deadline, atom::get_v, std::move(key))
      .receive([&](optional_bytes& x) { result = std::move(x); },
               [&](const caf::error& err) { FAIL(describe(err)); });
    return result;
  }

  void stop(const bucket_actor& bucket) {
    caf::anon_send_exit(bucket, caf::exit_reason::user_shutdown);
  }

  template <class Handle>
  void
  kill(const Handle& hdl, caf::exit_reason reason = caf::exit_reason::kill) {
    caf::anon_send_exit(hdl, reason);
  }

  /// Kills the registry and waits for the new one.
  void restart_registry() {
    auto old = await_actor<registry_actor>(registry_state::name);
    auto gone = std::make_shared<mailslot<caf::unit_t>>();
    caf::actor_cast<caf::abstract_actor*>(old)->attach_functor(
      [gone] { gone->put(caf::unit); });
    kill(old);
    REQUIRE(gone->take(std::chrono::steady_clock::now() + deadline));
    while (otp::whereis<registry_actor>(app->actors(), registry_state::name)
           == old)
      std::this_thread::yield(); // the supervisor is about to hear of it
    await_actor<registry_actor>(registry_state::name);
  }

  std::optional<heard_event> await_event(event_kind kind,
                                         const bucket_actor& bucket) {
    return recorder.await(kind, bucket, deadline);
  }

  std::vector<heard_event> events() const {
    return recorder.events();
  }

  /// Returns the actor of that name as soon as there is one.
  template <class Handle>
  Handle await_actor(const char* id) {
    caf::scoped_actor self{sys};
    Handle result;
    self->request(app->root(), deadline, atom::await_v, std::string{id})
      .receive(
        [&](const caf::strong_actor_ptr& ptr) {
          result = caf::actor_cast<Handle>(ptr);
        },
        [&](const caf::error& err) { FAIL(describe(err)); });
    return result;
  }

private:
  static caf::actor_system_config& configure(caf::actor_system_config& cfg) {
    cfg.set("scheduler.policy", caf::atom("sharing"));
    cfg.set("scheduler.max-threads", size_t{4});
    return cfg;
  }

  caf::actor_system_config cfg_;

public:
  caf::actor_system sys;
  std::unique_ptr<application> app;
  kv::client client;
  ets::reader<bucket_names> names;
  event_recorder recorder;

private:
  std::vector<caf::actor> handlers_;
};

} // namespace kv::test
