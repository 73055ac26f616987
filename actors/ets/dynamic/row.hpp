#pragma once

#include "actors/ets/dynamic/term.hpp"
#include "actors/ets/error.hpp"
#include "actors/ets/key.hpp"
#include "actors/ets/key_order.hpp"
#include "actors/ets/kinds.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kv::ets::dynamic {

/// A row whose fields are known at run time only: ETS's tuple of terms, an
/// array in JSON.
class row {
public:
  /// Errors: badarg if `fields` is not an array of at least one term.
  explicit row(term fields) : fields_(std::move(fields)) {
    if (!fields_.is_array() || fields_.empty())
      throw error(errc::badarg, "a row is an array of at least one term");
    check_term(fields_);
  }

  /// Number of fields.
  std::size_t size() const noexcept {
    return fields_.size();
  }

  /// The field at a position, from 0; it must be there.
  const term& operator[](std::size_t i) const noexcept {
    return fields_[i];
  }

  /// The row as an array.
  const term& fields() const noexcept {
    return fields_;
  }

  /// Whether all fields are identical.
  friend bool operator==(const row& x, const row& y) noexcept {
    return identical(x.fields_, y.fields_);
  }

private:
  term fields_;
};

/// The key function of a dynamic table: the field at a position, which counts
/// from 1, as everywhere in ETS.
struct key_at {
  std::size_t position = 1;

  /// Errors: badarg if the row is shorter, or the position 0.
  const term& operator()(const row& x) const {
    if (position - 1 >= x.size())
      throw error(errc::badarg, "row has no key");
    return x[position - 1];
  }
};

} // namespace kv::ets::dynamic

namespace kv::ets {

/// In tables found by hash, 1 and 1.0 are two keys ...
template <>
struct key_traits<dynamic::term> {
  using view = const dynamic::term&;

  static std::uint64_t hash(view key) noexcept {
    return dynamic::hash(key);
  }

  static bool equal(view x, view y) noexcept {
    return dynamic::identical(x, y);
  }
};

/// ... in ordered ones they are the same.
template <>
struct key_order<dynamic::term> {
  using view = const dynamic::term&;
  static constexpr bool exact = false;

  static std::weak_ordering compare(view x, view y) noexcept {
    return dynamic::compare(x, y);
  }

  static std::uint64_t head(view key) noexcept {
    return dynamic::head(key);
  }
};

namespace dynamic {

/// Tables of dynamic rows: instantiations of the templates as any other.
using set = basic_set<row, key_at>;
using ordered_set = basic_ordered_set<row, key_at>;
using bag = basic_bag<row, key_at>;
using duplicate_bag = basic_duplicate_bag<row, key_at>;

} // namespace dynamic

} // namespace kv::ets
