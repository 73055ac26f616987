#include "actors/durable/level_index.hpp"

#include "actors/durable/level_crc.hpp"
#include "actors/durable/level_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string_view>

// The last 48 bytes of a file: where the index of its other blocks is, where
// the index of its rows is, zeros, 8 bytes that are always the same. A place is
// two numbers, offset and size without the 5 bytes at the end of a block: its
// kind, and the masked CRC-32C of all before, lowest byte first. A number is a
// short one, see level_rows.hpp.

namespace kv::durable {

namespace {

using leveldb::Status;

constexpr size_t footer_size = 48;
constexpr size_t trailer_size = 5;

std::string read(std::ifstream& from, uint64_t offset, size_t size) {
  std::string result(size, '\0');
  from.seekg(static_cast<std::streamoff>(offset));
  from.read(result.data(), static_cast<std::streamsize>(size));
  return result;
}

} // namespace

Status check_index(const std::string& file) {
  std::ifstream in{file, std::ios::binary | std::ios::ate};
  auto size = in ? static_cast<uint64_t>(in.tellg()) : footer_size;
  if (in && size < footer_size)
    return Status::Corruption("it is too short", file);
  auto room = size - footer_size;
  auto footer = read(in, room, footer_size);
  std::string_view rest{footer};
  take_short(rest);
  take_short(rest);
  auto offset = take_short(rest);
  auto length = take_short(rest);
  if (!in)
    return Status::OK();
  if (!offset || !length || *offset > room || *length > room - *offset
      || room - *offset - *length < trailer_size)
    return Status::Corruption("its last bytes name no place in it", file);
  auto block = read(in, *offset, *length + trailer_size);
  auto sum = std::string_view{block}.substr(*length + 1);
  if (in && masked_crc({block.data(), *length + 1}) != fixed_number(sum))
    return Status::Corruption("its index does not match its checksum", file);
  return Status::OK();
}

} // namespace kv::durable
