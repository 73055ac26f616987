#pragma once

#include "actors/kv/events.hpp"
#include "actors/kv/registry.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace kv {

/// What a name means.
enum class name_kind : uint8_t { none, string, bucket };

/// For `step_marks::of_names`.
inline uint64_t hash_of_name(std::string_view name) noexcept {
  return std::hash<std::string_view>{}(name);
}

/// What is read to know what a name means. Cheap to copy.
struct name_readers {
  ets::reader<fields_table> strings;
  ets::reader<bucket_names> buckets;

  /// Calls `f(const field&)` with the string of that name, if there is one.
  /// Complexity: O(1), no message. Thread safety: any thread.
  template <class F>
  bool visit_string(std::string_view name, F&& f) const {
    return strings.size() > 0 && strings.visit(name, f);
  }

  bool has_string(std::string_view name) const {
    return visit_string(name, [](const field&) {});
  }

  /// Calls `f(const bucket_entry&)` with the bucket of that name, if there is
  /// one. One that nobody created is not there while it has no fields.
  template <class F>
  bool visit_bucket(std::string_view name, F&& f) const {
    auto found = false;
    buckets.visit(name, [&](const bucket_entry& x) {
      found = is_there(x);
      if (found)
        f(x);
    });
    return found;
  }

  bool has_bucket(std::string_view name) const {
    return visit_bucket(name, [](const bucket_entry&) {});
  }

  /// Returns whether a bucket of that name has ended, and is started again with
  /// what is kept of it. Complexity: O(1), no message. Thread safety: any
  /// thread.
  bool is_coming_back(std::string_view name) const;

  /// Returns whether a name means the bucket with this table, to those who
  /// write in it. Complexity: O(1), no message. Thread safety: any thread.
  bool means(std::string_view name, uint64_t table) const;

  /// Complexity: O(1), no message. Thread safety: any thread.
  name_kind kind_of(std::string_view name) const;

  /// Returns whether an entry is a bucket to those who do not know of actors.
  static bool is_there(const bucket_entry& x);
};

/// What others than their writers may know of the application's tables.
struct tree_readers {
  name_readers names;
  ets::reader<event_table> events;
};

} // namespace kv
