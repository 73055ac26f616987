#pragma once

#include "actors/kv/bucket.hpp"
#include "actors/kv/readers.hpp"
#include "actors/kv/step_marks.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv {

/// The STRINGS are the values at the names themselves: a bucket of their own
/// that is never created and never ends. Only work is sent to it.
/// Its table belongs to the root supervisor, so strings survive its restarts.
using strings_actor = caf::typed_actor<caf::reacts_to<bucket_task>>;

class strings_state {
public:
  using handle_type = strings_actor;

  static constexpr const char* name = "kv.strings";

  strings_state(handle_type::pointer self, ets::writer<fields_table> rows);

  handle_type::behavior_type make_behavior();

  static constexpr uint32_t mailbox_limit() noexcept {
    return bucket_mailbox_limit;
  }

  static bool refuse(caf::type_erased_tuple& content,
                     const caf::error& reason) {
    return refuse_bucket_task(content, reason);
  }

private:
  ets::writer<fields_table> rows_;
};

/// The strings, as work inside their actor sees them: nobody else writes them
/// meanwhile, and nobody else gives a name to a string. Complexity: as the
/// table's operations.
class string_keys {
public:
  /// @param fields What the work was given.
  string_keys(const bucket_fields& fields, const name_readers& names)
    : rows_(fields.rows_), names_(&names) {
    // nop
  }

  const name_readers& names() const noexcept {
    return *names_;
  }

  /// What a name means, for as long as this exists: a bucket of that name is
  /// not written meanwhile, and none gets it. One without fields that nobody
  /// has created is none. Complexity: O(1); waits while such a bucket is at
  /// work.
  class held_name {
  public:
    held_name(const string_keys& keys, std::string_view key);

    held_name(const held_name&) = delete;

    held_name& operator=(const held_name&) = delete;

    ~held_name();

    name_kind kind() const noexcept {
      return kind_;
    }

    bool is_absent() const noexcept {
      return kind_ == name_kind::none;
    }

  private:
    const string_keys& keys_;
    std::string_view key_;
    std::optional<step_marks::writing> mark_;
    uint64_t bucket_ = 0; ///< Its table, if its claim is held.
    name_kind kind_ = name_kind::string;
  };

  /// Calls `f(const field&)` with the string of that name, if there is one.
  template <class F>
  bool visit(std::string_view key, F&& f) const {
    return rows_->visit(key, f);
  }

  /// Stores a string; a bucket of that name loses it, and ends.
  void put(std::string_view key, std::string_view value,
           deadline expires = {}) const;

  /// Stores many strings in one step for every reader.
  void put_many(std::vector<field> xs) const;

  /// Has a string or a bucket expire at another moment; returns what there is.
  name_kind expire(std::string_view key, deadline at) const;

  /// Erases a string, or ends a bucket; returns what there was.
  name_kind erase(std::string_view key) const;

  /// Ends a bucket of that name if it has expired.
  void erase_expired(std::string_view key) const;

  /// Erases all strings and ends all buckets.
  void clear() const;

  /// Tells of a change, in the words of `change`.
  static void tell(std::string_view key, char group, std::string_view event) {
    change_feed::of_process().tell_key(key, group, event);
  }

private:
  bool end_bucket(std::string_view key) const;

  const bucket_fields::rows_type* rows_;
  const name_readers* names_;
};

} // namespace kv
