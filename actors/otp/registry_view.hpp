#pragma once

#include "actors/otp/registry_actor.hpp"
#include "actors/otp/via.hpp"

#include <caf/local_actor.hpp>

#include <any>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv::otp {

/// What anyone reads of a registry, without a message, while it is busy, or
/// dead. Reads never see an entry whose actor has begun to end: once anyone has
/// heard of the end, be it the registry, a monitor, or a sender who was told
/// `request_receiver_down`, no read returns it. (Elixir looks whether the
/// process is alive for unique keys only, and only in `whereis_name`.) An actor
/// may of course end right after.
///
/// Keys are spread over the partitions by hash; all of one key are in one.
///
/// Thread safety: any thread. Errors: all throw `ets::error` once the
/// registry's supervisor has ended.
template <class Keys>
class registry_view {
public:
  using key_type = typename Keys::key_type;
  using key_view = typename Keys::key_view;
  using value_type = typename Keys::value_type;
  using entry = typename Keys::entry;

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

  /// Returns the entries under a key whose value `pred(const value_type&)`
  /// wants (Elixir: `match`). Complexity: as lookup.
  template <class Pred>
  std::vector<entry> match(key_view key, Pred pred) const;

  /// Returns how many there are. Complexity: as lookup.
  template <class Pred>
  size_t count_match(key_view key, Pred pred) const;

  /// Returns the values of an actor under a key. Complexity: as lookup.
  std::vector<value_type> values(key_view key,
                                 const caf::strong_actor_ptr& who) const;

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

  // -- what users say of the registry -----------------------------------------

  /// Keeps a value under a name; it lives as long as the supervisor.
  template <class T>
  void put_meta(std::string name, T value) const;

  /// Returns a copy of what was put there; nothing if that was not a `T`.
  template <class T>
  std::optional<T> meta(std::string_view name) const;

  /// Returns whether there was something.
  bool delete_meta(std::string_view name) const;

protected:
  struct partition {
    ets::reader<typename Keys::table> entries;
    resolver who;
    registry_actor<Keys> actor;
  };

  struct meta_row {
    std::string name;
    std::any value;
  };

  using meta_table = ets::set<meta_row, &meta_row::name>;

  struct shared {
    caf::actor_system* sys;
    ets::writer<meta_table> meta;
    std::vector<partition> partitions;
  };

  const partition& of(key_view key) const;

  std::shared_ptr<const shared> shared_;
};

} // namespace kv::otp

#include "actors/otp/registry_view_impl.hpp"
