#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/error.hpp"
#include "actors/otp/registry.hpp"
#include "actors/otp/supervisor.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kv::examples {

/// Who is in which room, and under what nickname: any number of actors a room,
/// any number of rooms an actor.
using room_keys = otp::duplicate_keys<std::string, std::string>;

/// PRESENCE says who is online. Who ends has left, by whatever reason: the
/// registry sees to that.
using presence_actor = caf::typed_actor<
  // Lets an actor into a room under a nickname.
  // Errors: no_such_actor if it has ended.
  caf::replies_to<atom::put, std::string, std::string,
                  caf::strong_actor_ptr>::with<caf::ok_atom>,
  // Lets an actor out of a room; returns how many nicknames it had there.
  caf::replies_to<atom::erase, std::string,
                  caf::strong_actor_ptr>::with<uint64_t>,
  // Returns the nicknames in a room, sorted.
  caf::replies_to<atom::get, std::string>::with<std::vector<std::string>>>;

class presence_state {
public:
  using handle_type = presence_actor;

  static constexpr const char* name = "examples.presence";

  presence_state(handle_type::pointer self, otp::registry<room_keys> rooms)
    : self_(self), rooms_(std::move(rooms)) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::put, const std::string& room, const std::string& nickname,
             const caf::strong_actor_ptr& who) {
        return self_->delegate(rooms_.actor(room), atom::register_name_v,
                               otp::registration<room_keys>{room, who,
                                                            nickname});
      },
      [this](atom::erase, const std::string& room,
             const caf::strong_actor_ptr& who) {
        return self_->delegate(rooms_.actor(room), atom::unregister_name_v,
                               otp::unregistration<room_keys>{room, who});
      },
      [this](atom::get, const std::string& room) {
        std::vector<std::string> result;
        rooms_.dispatch(room,
                        [&](const auto& x) { result.push_back(x.value); });
        std::sort(result.begin(), result.end());
        return result;
      },
    };
  }

private:
  handle_type::pointer self_;
  otp::registry<room_keys> rooms_;
};

/// Starts a supervisor of the registry and of who speaks for it. Their names
/// are in a table of its own, `examples.presence`.
inline caf::expected<otp::child> start_presence(caf::local_actor* parent) {
  const ets::options how{.name = presence_state::name};
  auto names = std::make_shared<ets::owner<otp::names_table>>(how);
  auto init = [names](caf::local_actor* supervisor) {
    otp::supervisor_init result;
    auto& actors = result.tables.keep(std::move(*names));
    result.flags.strategy = otp::strategy::rest_for_one;
    auto rooms = otp::registry<room_keys>::add_to(
      result, supervisor, actors.reader(), {.id = "rooms", .partitions = 2});
    result.children.push_back(
      {presence_state::name, otp::starts<presence_state>(rooms)});
    return result;
  };
  return otp::supervisor_spec({}, names->writer(), init).start(parent);
}

} // namespace kv::examples
