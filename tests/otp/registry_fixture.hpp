#pragma once

#include "actors/otp/registry_state.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace kv::test {

using unique_names = otp::unique_keys<std::string, int>;
using topics = otp::duplicate_keys<std::string, int>;

/// A supervisor that owns a table, a registry, and actors to be registered.
template <class Keys>
class registry_fixture : public otp_fixture {
public:
  using registry_actor = otp::registry_actor<Keys>;

  static constexpr const char* id = "test.registry";

  registry_fixture() {
    auto result
      = otp::start_root(sys, names.writer(), [this](caf::local_actor*) {
          otp::supervisor_init init;
          init.flags.intensity = 1000;
          auto& table = init.tables.keep(ets::owner<typename Keys::table>{});
          entries = table.reader();
          init.children.push_back(
            {id,
             otp::starts<otp::registry_state<Keys>>(otp::registry_options<Keys>{
               table.writer(), id, {"test.listener"}, names.reader()})});
          return init;
        });
    REQUIRE(result);
    root = *result;
    run();
  }

  ~registry_fixture() {
    for (auto& x : actors_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    run();
  }

  registry_actor registry() const {
    return otp::whereis<registry_actor>(names.reader(), id);
  }

  /// Starts an actor to be registered.
  caf::strong_actor_ptr actor() {
    actors_.push_back(sys.spawn([] { return caf::behavior{[](int) {}}; }));
    run();
    return caf::actor_cast<caf::strong_actor_ptr>(actors_.back());
  }

  /// Ends an actor; nobody has heard of it yet.
  void end(const caf::strong_actor_ptr& x) {
    otp::send_exit(as_self(caf::actor_cast<caf::actor>(x)), x,
                   caf::exit_reason::kill);
    REQUIRE(step(caf::actor_cast<caf::actor>(x)));
  }

  caf::error add(std::string key, const caf::strong_actor_ptr& who,
                 int value = 0) {
    auto result
      = try_call<caf::ok_atom>(registry(), atom::register_name_v,
                               otp::registration<Keys>{key, who, value});
    return result ? caf::error{} : result.error();
  }

  uint64_t remove(otp::unregistration<Keys> what) {
    return call<uint64_t>(registry(), atom::unregister_name_v, std::move(what));
  }

  strings keys_of(const caf::strong_actor_ptr& who) {
    auto result = call<otp::key_list<Keys>>(registry(), atom::keys_v, who).keys;
    std::sort(result.begin(), result.end());
    return result;
  }

  /// Returns what is registered under a key, alive or not.
  std::vector<int> values(std::string_view key) const {
    std::vector<int> result;
    Keys::visit(entries, key, [&](auto& x) { result.push_back(x.value); });
    return result;
  }

  ets::reader<typename Keys::table> entries;

private:
  std::vector<caf::actor> actors_;
};

} // namespace kv::test
