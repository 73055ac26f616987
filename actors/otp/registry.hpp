#pragma once

#include "actors/otp/registry_state.hpp"
#include "actors/otp/registry_view.hpp"

#include <caf/local_actor.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace kv::otp {

/// How a registry is made.
struct registry_setup {
  std::string id; ///< With more than one partition, "id/0", "id/1", ...
  size_t partitions = 1;
  /// See `registry_options::listeners`.
  std::vector<std::string> listeners = {};
  uint32_t mailbox_limit = 200'000;  ///< Of each partition, as there.
  uint32_t listener_limit = 100'000; ///< As there.
};

/// A registry, as its users see it; cheap to copy. `Keys` says what it is:
///
///     using rooms = otp::registry<otp::unique_keys<std::string, room_info>>;
///     using topics = otp::registry<otp::duplicate_keys<std::string, int>>;
///
/// What it reads without a message is in `registry_view`.
///
/// Thread safety: any thread.
template <class Keys>
class registry : public registry_view<Keys> {
public:
  using key_type = typename Keys::key_type;
  using key_view = typename Keys::key_view;
  using value_type = typename Keys::value_type;

  static constexpr std::chrono::milliseconds default_timeout{5000};

  /// Adds a registry, and the tables it needs, to what a supervisor is made of.
  /// Errors: throws `std::invalid_argument` if there are to be no partitions.
  /// @param actors The table that this supervisor writes its children's names
  /// to.
  static registry add_to(supervisor_init& init, caf::local_actor* supervisor,
                         ets::reader<names_table> actors,
                         const registry_setup& setup);

  // -- from a thread, not from within an actor --------------------------------
  // A registry that is idle runs on the calling thread; otherwise this waits.
  // One that dies before it answers is asked again under its name.
  // Errors: those of `registry_actor`; `ec::timeout`, after which nothing is
  // begun any more; `ec::shutting_down`.

  caf::error register_name(key_type key, caf::strong_actor_ptr who,
                           value_type value = {}) const;

  caf::expected<uint64_t>
  unregister_name(key_type key, caf::strong_actor_ptr who,
                  std::function<bool(const value_type&)> match = {}) const;

  caf::expected<uint64_t> update_value(key_type key, caf::strong_actor_ptr who,
                                       value_type value) const;

  /// Returns an actor that has the key, as soon as there is one.
  caf::expected<caf::strong_actor_ptr>
  await(key_type key,
        std::chrono::milliseconds timeout = default_timeout) const;

  /// Returns the keys of an actor, a key once for every entry, in no order.
  /// Complexity: linear in them.
  caf::expected<std::vector<key_type>>
  keys(const caf::strong_actor_ptr& who) const;

  // -- from an actor ----------------------------------------------------------

  /// Returns who serves requests about a key, see `registry_actor`; the handle
  /// survives a restart of the registry.
  const registry_actor<Keys>& actor(key_view key) const;

  /// Returns a handle of whoever has the key at the time; see `via`.
  template <class Handle>
  Handle via(key_type key) const;

private:
  using partition = typename registry_view<Keys>::partition;

  template <class T, class... Ts>
  caf::expected<T> call(const partition& to, std::chrono::milliseconds timeout,
                        const Ts&... xs) const;
};

} // namespace kv::otp

#include "actors/otp/registry_impl.hpp"
