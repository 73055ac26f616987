#pragma once

#include "actors/kv/application.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/event_recorder.hpp"

#include <memory>
#include <string>

namespace kv::test {

/// The whole application on the deterministic scheduler, with a handler that
/// records events. `live_fixture` has the same interface.
class app_fixture : public actor_fixture {
public:
  explicit app_fixture(tree_options options = {})
    : app(std::make_unique<application>(sys, std::move(options))),
      names(app->client().names()),
      recorder(names) {
    run();
    add_handler(sys.spawn([this] { return recorder.make_behavior(); }));
  }

  ~app_fixture() {
    app->stop();
    run();
    shutdown();
  }

  void add_handler(const caf::actor& handler) {
    handlers_.push_back(handler);
    call<caf::ok_atom>(manager(), atom::add_handler_v, handler);
  }

  registry_actor registry() const {
    return find<registry_actor>(registry_state::name);
  }

  otp::event_manager_actor manager() const {
    return find<otp::event_manager_actor>(registry_state::event_manager_id);
  }

  otp::dynamic_supervisor_actor buckets() const {
    return find<otp::dynamic_supervisor_actor>(
      registry_state::bucket_supervisor_id);
  }

  bucket_actor create(const std::string& name) {
    return call<bucket_actor>(registry(), atom::create_v, name);
  }

  std::optional<bucket_actor> lookup(std::string_view name) const {
    if (auto ref = kv::lookup(names, name))
      return ref->actor;
    return std::nullopt;
  }

  void put(const bucket_actor& bucket, std::string key, std::string value) {
    call<caf::ok_atom>(bucket, atom::put_v, std::move(key), std::move(value));
  }

  optional_bytes get(const bucket_actor& bucket, std::string key) {
    return call<optional_bytes>(bucket, atom::get_v, std::move(key));
  }

  void stop(const bucket_actor& bucket) {
    kill(bucket, caf::exit_reason::user_shutdown);
  }

  /// Kills the registry and waits for the new one.
  void restart_registry() {
    kill(registry());
  }

  /// Returns the first event of that kind and bucket, if it has been told.
  std::optional<heard_event> await_event(event_kind kind,
                                         const bucket_actor& bucket) {
    run();
    return recorder.await(kind, bucket, std::chrono::milliseconds{0});
  }

  std::vector<heard_event> events() const {
    return recorder.events();
  }

  std::unique_ptr<application> app;
  ets::reader<bucket_names> names;
  event_recorder recorder;

private:
  template <class Handle>
  Handle find(const char* id) const {
    auto result = otp::whereis<Handle>(app->actors(), id);
    REQUIRE(result);
    return result;
  }

  std::vector<caf::actor> handlers_;
};

} // namespace kv::test
