#pragma once

#include "actors/durable/journal_view.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kv::durable {

/// The JOURNAL: what a group of changes does to fields is one row of the
/// engine, so that it looks for one place a group, and not for one a field. Its
/// rows are newer than those of the fields; now and then they are folded into
/// these, of each field the last change only.
///
/// Thread safety: one thread at a time. Errors: what it returns, or throws, is
/// what the engine says; then it has to be opened again.
class level_journal {
public:
  /// Begins with what is there. Complexity: O(bytes).
  leveldb::Status open(leveldb::DB& db);

  // -- writing

  void add(const field_change& x);

  /// Has what was added written as one row, if there is anything.
  /// @param next_id No field in it goes by that number, or a higher one.
  void move_to(leveldb::WriteBatch& to, uint64_t next_id);

  // -- reading

  /// Returns what is in it; the next time as well, unless it was written to.
  /// Errors: throws `durable_failure`, which names `dir`.
  const journal_view& view(leveldb::DB& db, const std::string& dir);

  /// Returns a number that no field in it goes by, nor by a higher one.
  uint64_t next_id() const noexcept {
    return now_.next_id;
  }

  // -- folding

  /// Returns how much is in it that is not being folded yet.
  size_t bytes() const noexcept {
    return now_.bytes;
  }

  bool folds() const noexcept {
    return fold_.has_value();
  }

  /// Begins to fold what is there now.
  /// @param ids The numbers of fields that are somebody's.
  void begin_fold(leveldb::DB& db, const std::string& dir,
                  boost::unordered_flat_set<uint64_t> ids);

  /// Adds the next rows to a batch, and in the end the deletion of what has
  /// been folded. Whatever ends the process in between: the journal is newer
  /// than what has been folded of it, and says the same.
  /// Complexity: O(1), but for the last step. @pre `folds()`
  void fold_into(leveldb::WriteBatch& to);

private:
  struct fold {
    journal_view from;
    boost::unordered_flat_set<uint64_t> ids;
    size_t done = 0;
  };

  std::string group_; ///< The row that is being made.
  journal_extent now_;
  std::optional<journal_view> view_;
  std::optional<fold> fold_;
};

} // namespace kv::durable
