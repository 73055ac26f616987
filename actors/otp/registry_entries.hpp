#pragma once

#include "actors/otp/registry_keys.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

// Invariants
// I1  `owners_` has every actor in the table, once, with the place of each of
//     its entries; it is monitored.
// I2  An actor is monitored before it is in the table.

namespace kv::otp {

/// The entries of a registry, and whose they are: what registries are made of,
/// whatever they are asked for. It is the table's only writer, and has whoever
/// is in the table monitored by the registry, whose down handler calls `take`.
/// A death costs the number of the actor's own entries.
/// Thread safety: none; anyone may read the table meanwhile.
template <class Keys>
class registry_entries {
public:
  using key_type = typename Keys::key_type;
  using entry = typename Keys::entry;
  using table = typename Keys::table;

  /// Where an entry is.
  struct location {
    key_type key;
    [[no_unique_address]] typename Keys::place place = {};
  };

  using locations
    = std::conditional_t<Keys::one_key_each, std::array<location, 1>,
                         std::vector<location>>;

  registry_entries(caf::local_actor* self, ets::writer<table> rows)
    : self_(self), rows_(std::move(rows)) {
    // nop
  }

  /// Monitors whoever is in the table already, for a registry that is
  /// restarted. Complexity: linear in the entries.
  void watch_all() {
    if constexpr (Keys::one_key_each)
      owners_.reserve(reader().size());
    Keys::for_each(reader(), [this](const key_type& key, const entry& x,
                                    typename Keys::place place) {
      note(watch(x), {key, place});
    });
  }

  /// Adds an entry. Complexity: O(1).
  void add(const key_type& key, entry x) {
    auto& mine = watch(x);
    note(mine, {key, rows_.add(key, std::move(x))});
  }

  /// Erases an entry of an actor there; a successor's is not touched.
  /// Complexity: O(1).
  template <class Handle>
  bool erase(const Handle& who, const location& x) {
    return rows_.remove(x.key, x.place,
                        [&](const entry& y) { return actor_of(y) == who; });
  }

  /// Erases the entries of an actor under a key for which `pred(const entry&)`
  /// holds; returns how many. Complexity: linear in all entries of the actor.
  template <class Pred>
  uint64_t
  remove(const caf::strong_actor_ptr& who, const key_type& key, Pred pred) {
    auto i = owners_.find(who);
    if (i == owners_.end())
      return 0;
    auto& mine = i->second;
    auto gone = std::remove_if(mine.begin(), mine.end(), [&](auto& x) {
      return is_same(x.key, key)
             && rows_.remove(x.key, x.place, [&](const entry& y) {
                  return actor_of(y) == who && pred(y);
                });
    });
    auto result = static_cast<uint64_t>(mine.end() - gone);
    mine.erase(gone, mine.end());
    if (mine.empty()) {
      self_->demonitor(caf::actor_cast<caf::actor_addr>(who));
      owners_.erase(i);
    }
    return result;
  }

  /// Replaces the entries of an actor under a key; returns how many.
  /// Complexity: as remove.
  uint64_t update(const key_type& key, const entry& x) {
    uint64_t result = 0;
    if (auto i = owners_.find(actor_of(x)); i != owners_.end())
      for (auto& y : i->second)
        if (is_same(y.key, key)) {
          rows_.update(y.key, y.place, x);
          ++result;
        }
    return result;
  }

  /// Forgets an actor that is down and returns where its entries still are;
  /// nothing if it had none. It is for the caller to erase them.
  /// Complexity: O(1).
  std::optional<locations> take(const caf::actor_addr& who) {
    std::optional<locations> result;
    if (auto i = owners_.find(who); i != owners_.end()) {
      result.emplace(std::move(i->second));
      owners_.erase(i);
    }
    return result;
  }

  /// Returns the keys of an actor, a key once for every entry, in no order.
  /// Complexity: linear in them.
  std::vector<key_type> keys_of(const caf::strong_actor_ptr& who) const {
    std::vector<key_type> result;
    if (auto i = owners_.find(who); i != owners_.end())
      for (auto& x : i->second)
        result.push_back(x.key);
    return result;
  }

  /// Returns whether an actor has an entry. Complexity: O(1).
  bool has(const caf::strong_actor_ptr& who) const {
    return owners_.contains(who);
  }

  /// Returns how many actors have entries. Complexity: O(1).
  size_t actors() const noexcept {
    return owners_.size();
  }

  /// Returns how many entries there are. Complexity: linear in the actors.
  size_t size() const {
    size_t result = 0;
    for (auto& [who, places] : owners_)
      result += places.size();
    return result;
  }

  const ets::read_operations<table>& reader() const noexcept {
    return rows_.reader();
  }

private:
  /// Goes by the address of an actor, which the index keeps from being used
  /// again.
  struct by_address {
    using is_transparent = void;

    template <class T>
    size_t operator()(const T& x) const noexcept {
      return boost::hash<const void*>{}(x.get());
    }

    template <class T, class U>
    bool operator()(const T& x, const U& y) const noexcept {
      return x.get() == y.get();
    }
  };

  static const caf::strong_actor_ptr&
  pointer_to(const caf::strong_actor_ptr& x) noexcept {
    return x;
  }

  template <class Handle>
  static caf::strong_actor_ptr pointer_to(const Handle& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  locations& watch(const entry& x) {
    auto [i, fresh] = owners_.try_emplace(pointer_to(actor_of(x)));
    if (fresh)
      self_->monitor(i->first);
    return i->second;
  }

  static void note(locations& mine, location x) {
    if constexpr (Keys::one_key_each)
      mine.front() = std::move(x);
    else
      mine.push_back(std::move(x));
  }

  static bool is_same(const key_type& x, const key_type& y) {
    return ets::key_traits<key_type>::equal(x, y);
  }

  caf::local_actor* self_;
  typename Keys::writer rows_;
  boost::unordered_flat_map<caf::strong_actor_ptr, locations, by_address,
                            by_address>
    owners_;
};

} // namespace kv::otp
