#pragma once

#include "actors/durable/journal_text.hpp"
#include "actors/durable/level_store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// How the journal is read, see `level_journal.hpp`.

namespace kv::durable {

/// What the journal says of a field.
struct journal_change {
  std::string_view key; ///< As the field's row has it.
  std::string_view value;
  bool erased = false;
};

/// What can be told of the journal without keeping it in memory.
struct journal_extent {
  uint64_t end = 1;     ///< The number of the next row.
  uint64_t next_id = 0; ///< No field in it goes by that, or a higher number.
  size_t bytes = 0;

  /// Complexity: O(bytes).
  leveldb::Status read(leveldb::DB& db);
};

/// What is in the journal, in memory: of each field the last change.
class journal_view {
public:
  using changes = std::vector<journal_change>;

  /// Reads the journal. Complexity: O(bytes), and O(n log n) in fields.
  leveldb::Status read(leveldb::DB& db);

  /// Returns the changes, in the order of their keys.
  const changes& all() const noexcept {
    return changes_;
  }

  /// Returns the first change whose key is not before this one.
  changes::const_iterator from(std::string_view key) const;

  /// Has all rows deleted that were read.
  void erase(leveldb::WriteBatch& in) const;

private:
  void take(const std::vector<field_change>& xs);

  std::string rows_;              ///< What `changes_` points into.
  std::vector<uint64_t> numbers_; ///< Of the journal's rows.
  changes changes_;
};

/// As `walk`, but fields are as the journal has them.
template <class F>
leveldb::Status walk_fields(leveldb::DB& db, std::string_view prefix,
                            const journal_view& later, F f) {
  auto i = later.from(prefix);
  auto go_on = true;
  auto tell_before = [&](auto is_before) {
    for (; go_on && i != later.all().end() && i->key.starts_with(prefix)
           && is_before(i->key);
         ++i)
      if (!i->erased)
        go_on = f(i->key, i->value);
  };
  auto status = walk(db, reading(), prefix, [&](auto key, auto value) {
    tell_before([key](std::string_view x) { return x < key; });
    if (go_on && (i == later.all().end() || i->key != key))
      go_on = f(key, value);
    return go_on;
  });
  if (status.ok())
    tell_before([](std::string_view) { return true; });
  return status;
}

} // namespace kv::durable
