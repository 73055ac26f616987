#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace kv::test {

/// How JSON stands for what Erlang has and JSON has not: an object with this
/// one member, `{"$atom": "set"}` or `{"$tuple": [1, 2]}`.
inline constexpr const char* atom_mark = "$atom";
inline constexpr const char* tuple_mark = "$tuple";

/// Returns a JSON value as Erlang's atom or tuple.
nlohmann::json atom(std::string_view name);
nlohmann::json tuple(nlohmann::json elements);

/// Writes a value in Erlang's external term format; null, true and false are
/// atoms, texts binaries, arrays lists, objects maps.
std::string to_external(const nlohmann::json& x);

/// Reads what `to_external` writes, and tuples as arrays, other atoms as texts.
/// Throws std::runtime_error for anything else.
nlohmann::json from_external(std::string_view bytes);

} // namespace kv::test
