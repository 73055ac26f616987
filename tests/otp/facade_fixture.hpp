#pragma once

#include "actors/otp/registry.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kv::test {

using rooms = otp::unique_keys<std::string, int>;
using topics = otp::duplicate_keys<std::string, int>;

/// A registry in three partitions, and actors to be registered.
template <class Keys>
class facade_fixture : public otp_fixture {
public:
  facade_fixture() {
    auto made = otp::start_root(
      sys, names.writer(), [this](caf::local_actor* x) {
        otp::supervisor_init init;
        init.flags.intensity = 1000;
        all = otp::registry<Keys>::add_to(init, x, names.reader(), {"test", 3});
        return init;
      });
    REQUIRE(made);
    root = *made;
    run();
  }

  ~facade_fixture() {
    for (auto& x : actors)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    caf::anon_send_exit(root, caf::exit_reason::kill);
    all = {};
    run();
  }

  /// Starts an actor that answers everything with its number.
  caf::strong_actor_ptr actor() {
    auto n = static_cast<int>(actors.size());
    actors.push_back(sys.spawn([n, got = received](caf::event_based_actor*) {
      return caf::behavior{[n, got](const std::string& x) {
        got->push_back(x);
        return n;
      }};
    }));
    run();
    return caf::actor_cast<caf::strong_actor_ptr>(actors.back());
  }

  /// The same, but nobody has run yet.
  caf::strong_actor_ptr fresh_actor() {
    actors.push_back(sys.spawn([] { return caf::behavior{[](int) {}}; }));
    return caf::actor_cast<caf::strong_actor_ptr>(actors.back());
  }

  /// Returns the registry that serves a key; null while there is none.
  otp::registry_actor<Keys> partition_of(const std::string& key) const {
    auto hash = ets::mix(ets::key_traits<std::string>::hash(key));
    return otp::whereis<otp::registry_actor<Keys>>(
      names.reader(), "test/" + std::to_string((hash >> 32) % 3));
  }

  /// Ends an actor; nobody has heard of it yet.
  void end(const caf::strong_actor_ptr& x) {
    auto hdl = caf::actor_cast<caf::actor>(x);
    otp::send_exit(as_self(hdl), x, caf::exit_reason::kill);
    REQUIRE(step(hdl));
  }

  otp::registry<Keys> all;
  std::vector<caf::actor> actors;
  std::shared_ptr<strings> received = std::make_shared<strings>();
};

using rooms_fixture = facade_fixture<rooms>;
using topics_fixture = facade_fixture<topics>;

} // namespace kv::test
