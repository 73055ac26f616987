#pragma once

#include "actors/base/shared_text.hpp"
#include "actors/ets/cell.hpp"
#include "actors/ets/deadline.hpp"
#include "actors/ets/table.hpp"
#include "actors/kv/bucket.hpp"
#include "actors/kv/liveness.hpp"
#include "actors/kv/name_claim.hpp"
#include "actors/otp/registry_keys.hpp"

#include <optional>
#include <string_view>

namespace kv {

/// A name and the bucket that has it. What a lookup reads comes first.
struct bucket_entry {
  shared_text name; ///< Shared with the registry's own index.
  liveness life = {};
  ets::cell<bool> ephemeral = {}; ///< Nobody created it; it ends when empty.
  name_claim claim = {};
  ets::cell<deadline> expires = {}; ///< Of the whole bucket.
  bucket_ref bucket;

  /// Returns whether the name means this bucket.
  bool is_current() const noexcept {
    return claim.holds() && lives() && !has_expired();
  }

  bool lives() const noexcept {
    return life ? !life.has_ended() : bucket.fields.is_open();
  }

  bool has_expired() const noexcept {
    auto end = expires.load();
    return !end.is_never() && end.passed(deadline::now());
  }
};

static_assert(sizeof(bucket_entry) == 56, "with the table's word a cache line");

/// Called by the table when it has found an entry, before it compares names.
inline void prefetch(const bucket_entry& x) noexcept {
  x.name.prefetch();
}

/// Written by the registry alone, read by everyone.
using bucket_names = ets::set<bucket_entry, &bucket_entry::name>;

/// The same as keys of a registry, see `otp::registry_entries`.
struct bucket_keys : otp::unique_rows<bucket_entry, &bucket_entry::name> {
  static constexpr bool one_key_each = true;
};

inline const bucket_actor& actor_of(const bucket_entry& x) noexcept {
  return x.bucket.actor;
}

/// Calls `f(const bucket_ref&)` with the bucket of that name, in place: nothing
/// is copied, and no count is touched that other threads touch. Returns false
/// if there is none, also if its end is complete. `f` must not block.
/// Complexity: O(1), no message, no allocation. Thread safety: any thread.
/// Errors: throws `ets::error` if the table is closed; what `f` throws.
template <class F>
bool visit(const ets::reader<bucket_names>& names, std::string_view name,
           F&& f) {
  auto found = false;
  names.visit(name, [&](const bucket_entry& x) {
    found = x.is_current();
    if (found)
      f(x.bucket);
  });
  return found;
}

/// Finds a bucket by name; never one whose end is complete.
/// Complexity: O(1), no message, no allocation. Thread safety: any thread.
/// Errors: throws `ets::error` if the table is closed.
std::optional<bucket_ref> lookup(const ets::reader<bucket_names>& names,
                                 std::string_view name);

} // namespace kv
