#pragma once

#include "actors/ets/dynamic/select.hpp"
#include "actors/ets/file.hpp"

#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>

namespace kv::ets::dynamic {

/// Writes dynamic rows as CBOR (RFC 8949).
struct cbor_codec {
  void encode(const row& x, std::string& out) const {
    term::to_cbor(x.fields(), nlohmann::detail::output_adapter<char>(out));
  }

  /// Errors: corrupt.
  row decode(std::string_view bytes) const {
    auto fields = term::from_cbor(bytes, true, false);
    if (fields.is_discarded())
      throw error(errc::corrupt, "a row is no CBOR");
    return row{std::move(fields)};
  }
};

/// Writes a dynamic table into a file; returns the number of rows.
/// Complexity, thread safety and errors: as `ets::save`.
template <dynamic_table T>
std::uint64_t save(const read_operations<T>& table,
                   const std::filesystem::path& path, bool sync = false) {
  return ets::save(table, path, cbor_codec{},
                   {.sync = sync,
                    .note = std::to_string(key_of(table).position)});
}

/// Makes a dynamic table of a file, with the key position it had.
/// Complexity, thread safety and errors: as `ets::load`.
template <dynamic_table T>
owner<T> load(const std::filesystem::path& path) {
  const auto note = ets::detail::file_reader{path}.info().note;
  key_at key{0};
  std::from_chars(note.data(), note.data() + note.size(), key.position);
  if (key.position == 0)
    throw error(errc::wrong_type, path.string() + " has no dynamic rows");
  return ets::load<T>(path, cbor_codec{}, key);
}

} // namespace kv::ets::dynamic
