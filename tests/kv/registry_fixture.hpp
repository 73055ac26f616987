#pragma once

#include "actors/kv/registry.hpp"

#include "tests/kv/gate.hpp"
#include "tests/support/app_fixture.hpp"

#include <string>
#include <vector>

namespace kv::test {

struct registry_fixture : app_fixture {
  registry_fixture() : hold(sys) {
    // nop
  }

  ~registry_fixture() {
    kill(hold.handler());
  }

  /// Adds a handler that acknowledges when the test says so.
  void add_gate() {
    add_handler(hold.handler());
  }

  /// Sends a create whose answer ends up in `answers`.
  void create_later(const std::string& name) {
    client
      = sys.spawn([this, name](caf::event_based_actor* c) -> caf::behavior {
          c->request(registry(), caf::infinite, atom::create_v, name)
            .then([this](const bucket_actor& x) { answers.push_back(x); },
                  [this](const caf::error& x) { failures.push_back(x); });
          return {[](atom::get) { return 0; }};
        });
    step(client);
    clients.push_back(client);
  }

  std::vector<event_kind> told() const {
    std::vector<event_kind> result;
    for (auto& x : events())
      result.push_back(x.event.kind);
    return result;
  }

  uint64_t child_count() {
    return call<otp::child_counts>(buckets(), atom::count_children_v).active;
  }

  gate hold;
  caf::actor client;
  std::vector<caf::actor> clients;
  std::vector<bucket_actor> answers;
  std::vector<caf::error> failures;
};

constexpr auto created = event_kind::create;
constexpr auto ended = event_kind::exit;

} // namespace kv::test
