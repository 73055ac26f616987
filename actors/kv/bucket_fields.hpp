#pragma once

#include "actors/kv/change_feed.hpp"
#include "actors/kv/field.hpp"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace kv {

struct name_readers;

/// The fields of a bucket, as work inside the bucket sees them: nobody else
/// writes meanwhile. Every change goes to the `change_feed`, every deadline to
/// the `expiry_agenda`.
///
/// Complexity: as the table's operations. Thread safety: the thread that runs
/// the bucket. Errors: as the table's.
class bucket_fields {
public:
  using rows_type = ets::write_operations<fields_table>;

  /// @param ends_when_empty The bucket's own flag; null if it never ends.
  bucket_fields(const rows_type& rows, std::string_view name,
                bool* ends_when_empty)
    : rows_(&rows), name_(name), ends_when_empty_(ends_when_empty) {
    // nop
  }

  /// Returns the name of the bucket; empty for the strings.
  std::string_view name() const noexcept {
    return name_;
  }

  const ets::read_operations<fields_table>& rows() const noexcept {
    return *rows_;
  }

  /// Calls `f(const field&)` with the field of that key, if there is one.
  template <class F>
  bool visit(std::string_view key, F&& f) const {
    return rows_->visit(key, f);
  }

  bool member(std::string_view key) const {
    return rows_->member(key);
  }

  /// Calls `f(const field&)` with every field.
  template <class F>
  void for_each(F&& f) const {
    rows_->for_each(f);
  }

  /// Returns the number of fields, with those that have expired and have not
  /// been swept yet.
  size_t size() const {
    return rows_->size();
  }

  /// Stores a field in place of the one with its key; returns whether there was
  /// none.
  bool insert(const field& x) const;

  /// Stores many fields in one step.
  void insert_many(std::vector<field> xs) const;

  /// Stores a field unless there is one with its key; returns whether it did.
  bool insert_new(const field& x) const;

  /// Erases a field; returns how many were erased.
  size_t erase(std::string_view key) const;

  /// Erases a field and returns its value.
  optional_bytes take(std::string_view key) const;

  /// Has a field expire at another moment; returns whether there is one.
  bool expire(std::string_view key, deadline at) const;

  /// Has the bucket looked at when it expires as a whole.
  void note_bucket(deadline at) const;

  /// Erases all fields in one step.
  void clear() const;

  /// Tells of a change as a whole, in the words of `change`.
  void tell(char group, std::string_view event) const;

  /// Chooses whether the bucket ends, with reason `normal`, once some work has
  /// left it without fields.
  void ends_when_empty(bool value) const noexcept {
    if (ends_when_empty_ != nullptr)
      *ends_when_empty_ = value;
  }

  /// Returns the same for work that needs to know of other names.
  bucket_fields seeing(const name_readers& names) const noexcept {
    auto result = *this;
    result.names_ = &names;
    return result;
  }

  /// Returns what `seeing` was given.
  const name_readers& names() const noexcept {
    return *names_;
  }

private:
  void keep(const field& x) const;

  void keep_again(std::string_view key) const;

  void keep_erased(std::string_view key) const;

  /// Returns whether these are the strings.
  bool are_strings() const noexcept {
    return ends_when_empty_ == nullptr;
  }

  friend class string_keys;
  friend class expiry_sweep;

  const rows_type* rows_;
  std::string_view name_;
  bool* ends_when_empty_;
  const name_readers* names_ = nullptr;
};

} // namespace kv
