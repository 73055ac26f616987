#pragma once

#include "actors/ets/dynamic/match_spec.hpp"
#include "actors/ets/dynamic/row.hpp"
#include "actors/ets/options.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace kv::ets::dynamic {

/// How a dynamic table is made.
struct table_options {
  ets::options common{};
  ets::kind kind = ets::kind::set;
  /// The field that is the key; counts from 1.
  std::size_t key_position = 1;
};

/// A select or match that is under way: ETS's continuation. It survives the
/// renaming of its table, and nothing is held between two calls.
/// Thread safety: one thread at a time.
class selection {
public:
  virtual ~selection() = default;

  /// Returns the next results: `limit` of them, fewer at the end, and in a bag
  /// more, if one key has them.
  /// Errors: no_such_table; badarg if `limit` is 0.
  virtual std::vector<term> next(std::size_t limit) = 0;

  /// Whether the end was reached.
  virtual bool done() const noexcept = 0;
};

/// The owner of a dynamic table whose kind is known at run time only, for
/// shells and protocols: every operation has a name and terms for arguments.
///
/// Thread safety: `call` and `select` from any thread, the rest as `owner`.
class any_table {
public:
  /// Errors: as `owner`; badarg for key position 0.
  explicit any_table(table_options how);

  any_table(any_table&&) noexcept;
  any_table& operator=(any_table&&) noexcept;
  ~any_table();

  /// Carries out an operation by ETS's name, e.g. `call("lookup", {key})`,
  /// without the table among the arguments, and returns what ETS returns. Rows
  /// are arrays; specifications and patterns are written as `match_spec` says.
  /// What has no row says "$end_of_table".
  ///
  ///     insert insert_new(row)                  lookup member take delete(key)
  ///     insert_many insert_new_many([row])
  ///     delete_object(row)                      delete_all_objects()
  ///     lookup_element(key, position)           first last() next prev(key)
  ///     update_counter(key, how[, row])         update_element(key, how)
  ///     match match_object match_delete(pattern)
  ///     select select_reverse select_count select_delete select_replace(spec)
  ///     tab2list foldl foldr()                  info([item]) rename(name)
  ///     init_table([row])
  ///
  /// Complexity: as the operation. Errors: as the operation; badarg for an
  /// unknown one, a wrong number of arguments, or one that this kind has not.
  term call(std::string_view function, const term& args);

  /// Starts a select, from the end of an ordered table if `reverse`.
  /// Errors: no_such_table.
  std::unique_ptr<selection> select(match_spec spec,
                                    bool reverse = false) const;

  /// What keeps the table of one kind.
  class base;

private:
  std::unique_ptr<base> base_;
};

} // namespace kv::ets::dynamic
