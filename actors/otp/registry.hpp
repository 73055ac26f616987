#pragma once

#include "actors/otp/registry_state.hpp"
#include "actors/otp/via.hpp"

#include <caf/local_actor.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace kv::otp {

/// How a registry is made.
struct registry_setup {
  std::string id; ///< With more than one partition, "id/0", "id/1", ...
  size_t partitions = 1;
  /// See `registry_options::listeners`.
  std::vector<std::string> listeners = {};
};

/// A registry, as its users see it; cheap to copy. `Keys` says what it is:
///
///     using rooms = otp::registry<otp::unique_keys<std::string, room_info>>;
///     using topics = otp::registry<otp::duplicate_keys<std::string, int>>;
///
/// Reads go to the table, while the registry is busy, or dead, and never see an
/// entry whose actor has begun to end: once anyone has heard of the end, be it
/// the registry, a monitor, or a sender who was told `request_receiver_down`,
/// no read returns it. (Elixir looks whether the process is alive for unique
/// keys only, and only in `whereis_name`.) An actor may of course end right
/// after.
///
/// Keys are spread over the partitions by hash; all of one key are in one.
///
/// Thread safety: any thread.
/// Errors: reads throw `ets::error` once the supervisor has ended.
template <class Keys>
class registry {
public:
  using key_type = typename Keys::key_type;
  using key_view = typename Keys::key_view;
  using value_type = typename Keys::value_type;
  using entry = typename Keys::entry;

  static constexpr std::chrono::milliseconds default_timeout{5000};

  /// Adds a registry, and the tables it needs, to what a supervisor is made of.
  /// @param actors The table that this supervisor writes its children's names
  /// to.
  static registry add_to(supervisor_init& init, caf::local_actor* supervisor,
                         ets::reader<names_table> actors,
                         const registry_setup& setup);

  // -- reads, without a message -----------------------------------------------

  /// Returns an actor that has the key, null if there is none.
  /// Complexity: O(1) for unique keys.
  template <class Handle>
  Handle whereis(key_view key) const;

  /// Returns the entries under a key.
  /// Complexity: linear in the most entries the key has had at a time.
  std::vector<entry> lookup(key_view key) const;

  /// Calls `f(const entry&)` for the entries under a key, in place, and returns
  /// how many there were. One that is there all the while is met exactly once.
  /// `f` must not block. Complexity: as lookup.
  template <class F>
  size_t dispatch(key_view key, F f) const;

  /// Sends a message to every actor under a key, once for each entry; returns
  /// how many. Complexity: as lookup; the message is made once.
  template <class... Ts>
  size_t send(caf::local_actor* self, key_view key, Ts&&... xs) const;

  /// Returns the entries for which `pred(const key_type&, const entry&)` holds.
  /// Complexity: linear in all entries.
  template <class Pred>
  std::vector<registration<Keys>> select(Pred pred) const;

  /// Returns how many there are. Complexity: as select.
  template <class Pred>
  size_t count_if(Pred pred) const;

  /// Returns the number of entries. Complexity: as select.
  size_t count() const;

  // -- from a thread, not from within an actor --------------------------------
  // A registry that is idle runs on the calling thread; otherwise this waits.
  // One that dies before it answers is asked again under its name.
  // Errors: those of `registry_actor`; `ec::timeout`; `ec::shutting_down`.

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
  struct partition {
    ets::reader<typename Keys::table> entries;
    resolver who;
    registry_actor<Keys> actor;
  };

  struct shared {
    caf::actor_system* sys;
    std::vector<partition> partitions;
  };

  const partition& of(key_view key) const;

  template <class T, class... Ts>
  caf::expected<T> call(const partition& to, std::chrono::milliseconds timeout,
                        const Ts&... xs) const;

  std::shared_ptr<const shared> shared_;
};

} // namespace kv::otp

#include "actors/otp/registry_impl.hpp"
