#pragma once

#include "actors/durable/journal_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace kv::durable {

/// Finds the last change of each field among groups of changes. Those of one
/// field are in one of many parts, each of which fits into a processor's cache:
/// to look for a field among all would be to wait for memory, twice a change.
///
/// Thread safety: one thread at a time.
class last_changes {
public:
  /// Adds a group that is later than those before; returns false, and adds
  /// nothing, if it has another form than a row of the journal. Keeps a copy.
  /// Complexity: O(bytes).
  bool add(std::string_view text);

  /// Returns the last change of each field, in no order. They point into this.
  /// Complexity: O(n) in the changes, O(n log n) if all hashes are the same.
  std::vector<field_change> find() const;

private:
  /// Where a change is.
  struct place {
    const char* text;
    uint32_t size;
    uint32_t hash; ///< Of its field.

    field_change read() const;
  };

  using part = std::vector<place>;

  static void find_in(const part& in, std::vector<field_change>& to);

  std::deque<std::string> texts_;
  part group_; ///< The one that is being added.
  std::array<part, 64> parts_;
};

} // namespace kv::durable
