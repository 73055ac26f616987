#pragma once

#include "actors/kv/durable.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How data lie in the engine. Numbers are 8 bytes, the first one the highest,
// so that rows of one bucket lie together.
//
//     "v"               the version of this format, a number
//     "e"               a number that no event has reached
//     "s"               the number that the strings go by
//     "b" name          a bucket: number, expiry, 1 if it is ephemeral else 0,
//                       and from version 2 on n, e or a if it has a mode of its
//                       own: none, everysec, always
//     "f" number key    a field: expiry, value
//     "j" number        from version 3 on, the journal: what changed fields
//                       later than those rows say, the highest number last. A
//                       number that no field in it goes by, nor by a higher
//                       one; then the changes, see journal_text.cpp, which are
//                       shorter from version 4 on.
//
// Expiry is Unix time in milliseconds. A number is never used again: rows whose
// number nobody has any more are what is left of something that was dropped.
// SHORT numbers, as LevelDB has them, are 7 bits a byte, the lowest first; the
// last byte has no high bit.

namespace kv::durable {

constexpr uint64_t format_version = 4;

constexpr std::string_view version_key = "v";
constexpr std::string_view event_key = "e";
constexpr std::string_view strings_key = "s";
constexpr std::string_view bucket_prefix = "b";
constexpr std::string_view field_prefix = "f";
constexpr std::string_view journal_prefix = "j";

/// What is kept of a bucket beside its fields.
struct bucket_row {
  uint64_t id = 0; ///< By what number its fields go.
  bool ephemeral = false;
  int64_t expires = INT64_MAX;
  std::optional<durability> mode{};
};

std::string text_of(const bucket_row& x);

/// @pre `is_well_formed`
bucket_row bucket_row_of(std::string_view text);

void append_number(std::string& to, uint64_t x);

/// Takes a number from the beginning of a text that has one.
uint64_t take_number(std::string_view& from);

/// Appends a short number: 1 to 10 bytes.
void append_short(std::string& to, uint64_t x);

/// Takes a short number from the beginning; nothing if there is none.
std::optional<uint64_t> take_short(std::string_view& from);

/// Returns nothing for what is no number.
std::optional<uint64_t> number_of(std::string_view text);

std::string number_text(uint64_t x);

/// Returns why a format cannot be read that is not known yet.
std::string newer_version_text(uint64_t format);

/// Returns what the keys of all fields with that number begin with.
std::string fields_key(uint64_t id);

/// Returns the key of a row of the journal.
std::string journal_key(uint64_t number);

} // namespace kv::durable
