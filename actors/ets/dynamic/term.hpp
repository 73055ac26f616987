#pragma once

#include <nlohmann/json.hpp>

#include <compare>
#include <cstdint>

namespace kv::ets::dynamic {

/// What a dynamic row holds: null, a boolean, a 64-bit integer, a finite float,
/// a UTF-8 text, an array or an object of terms.
///
/// In the words of Erlang: `null`, `true` and `false` are atoms, texts are
/// binaries, arrays are lists, objects are maps with binaries as keys.
using term = nlohmann::json;

/// The deepest nesting of arrays and objects in a term.
inline constexpr int max_depth = 64;

/// Orders terms as Erlang does: numbers by value, whether integer or float,
/// then false, null, true, objects (by size, keys, values), arrays (one element
/// after the other; the empty one first), texts (by their bytes).
/// Complexity: linear in the terms. Thread safety: any thread. Errors: none.
std::weak_ordering compare(const term& x, const term& y) noexcept;

/// Whether two terms are the same, 1 and 1.0 not being so: Erlang's =:=.
/// Otherwise as `compare`.
bool identical(const term& x, const term& y) noexcept;

/// Returns a hash that identical terms share. Otherwise as `compare`.
std::uint64_t hash(const term& x) noexcept;

/// Returns a number that is less than another term's only if the term orders
/// before that. Otherwise as `hash`.
std::uint64_t head(const term& x) noexcept;

/// Throws badarg for a value that is no term, e.g. an integer beyond 64 bits.
/// Complexity: linear in the term. Thread safety: any thread.
void check_term(const term& x);

} // namespace kv::ets::dynamic
