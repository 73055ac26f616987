#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/completion.hpp"
#include "actors/base/error.hpp"
#include "actors/otp/names.hpp"
#include "actors/otp/registry_keys.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace kv::otp {

/// An actor, a key and a value.
template <class Keys>
struct registration {
  typename Keys::key_type key;
  caf::strong_actor_ptr actor;
  typename Keys::value_type value;
};

/// The entries of an actor under a key: all, or those whose value `match`
/// wants.
template <class Keys>
struct unregistration {
  typename Keys::key_type key;
  caf::strong_actor_ptr actor;
  std::function<bool(const typename Keys::value_type&)> match = {};
};

/// A key that somebody waits for.
template <class Keys>
struct awaited_key {
  typename Keys::key_type key;
  std::chrono::milliseconds timeout = std::chrono::milliseconds::max();
};

/// The keys of an actor, a key once for every entry, in no order.
template <class Keys>
struct key_list {
  std::vector<typename Keys::key_type> keys;
};

/// A REGISTRY (Elixir: `Registry`) keeps which actors go by which keys, until
/// they end. `Keys` is `unique_keys` or `duplicate_keys`. It is the only writer
/// of its table; everyone else reads the table, through `registry`. Each
/// request comes twice, the second time for callers that are no actors: their
/// completion may say until when the request is worth its while. All are
/// answered with `overloaded` when too many wait.
template <class Keys>
using registry_actor = caf::typed_actor<
  // Registers an actor, any actor, under a key.
  // Errors: name_taken, if keys are unique and another actor that is alive, or
  // this one, has it; no_such_actor if it has ended.
  typename caf::replies_to<atom::register_name,
                           registration<Keys>>::template with<caf::ok_atom>,
  caf::reacts_to<atom::register_name, registration<Keys>,
                 completion<caf::unit_t>>,
  // Removes entries of an actor under a key; returns how many.
  typename caf::replies_to<atom::unregister_name,
                           unregistration<Keys>>::template with<uint64_t>,
  caf::reacts_to<atom::unregister_name, unregistration<Keys>,
                 completion<uint64_t>>,
  // Gives the entries of an actor under a key a new value; returns how many.
  typename caf::replies_to<atom::update_value,
                           registration<Keys>>::template with<uint64_t>,
  caf::reacts_to<atom::update_value, registration<Keys>, completion<uint64_t>>,
  // Returns an actor that has the key, as soon as there is one. Errors:
  // timeout.
  typename caf::replies_to<atom::await, awaited_key<Keys>>::template with<
    caf::strong_actor_ptr>,
  caf::reacts_to<atom::await, awaited_key<Keys>,
                 completion<caf::strong_actor_ptr>>,
  // Returns the keys of an actor.
  typename caf::replies_to<atom::keys, caf::strong_actor_ptr>::template with<
    key_list<Keys>>,
  caf::reacts_to<atom::keys, caf::strong_actor_ptr, completion<key_list<Keys>>>,
  // Gives up waiting for keys. For its own use.
  caf::reacts_to<atom::deadline>>;

/// What a registry works with.
template <class Keys>
struct registry_options {
  /// Owned by the supervisor: entries survive the registry.
  ets::writer<typename Keys::table> entries;
  /// Tell listeners who it is.
  std::string id = {};
  /// Names, in `actors`, of the actors that hear of every entry, as plain
  /// messages: `(atom::registered, std::string id, registration<Keys>)` when
  /// it was added or got a new value, `(atom::unregistered, std::string id,
  /// unregistration<Keys>)` when it is gone. In order, and at most once: what
  /// happens while a listener is restarted, or just as the registry dies, it
  /// reads in the table. So it does when it gets `(atom::lost, std::string
  /// id)`: it had not handled `listener_limit` of these messages, and is told
  /// nothing more until it has handled half of them.
  std::vector<std::string> listeners = {};
  ets::reader<names_table> actors = {};
  uint32_t mailbox_limit = 200'000;  ///< Requests are refused beyond that.
  uint32_t listener_limit = 100'000; ///< Of each listener, at least 1.
};

} // namespace kv::otp

namespace caf {

template <class Keys>
struct allowed_unsafe_message_type<kv::otp::registration<Keys>>
  : std::true_type {};

template <class Keys>
struct allowed_unsafe_message_type<kv::otp::unregistration<Keys>>
  : std::true_type {};

template <class Keys>
struct allowed_unsafe_message_type<kv::otp::awaited_key<Keys>>
  : std::true_type {};

template <class Keys>
struct allowed_unsafe_message_type<kv::otp::key_list<Keys>> : std::true_type {};

} // namespace caf
