#include "actors/durable/level_index.hpp"

#include "actors/durable/level_crc.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>

// The last 48 bytes of a file: where the index of its other blocks is, where
// the index of its rows is, zeros, 8 bytes that are always the same. A place is
// two numbers, offset and size without the 5 bytes at the end of a block: its
// kind, and the masked CRC-32C of all before, lowest byte first. A number is 7
// bits a byte, the lowest first, and the last byte has no high bit.

namespace kv::durable {

namespace {

using leveldb::Status;

constexpr size_t footer_size = 48;
constexpr size_t trailer_size = 5;

std::optional<uint64_t> take_varint(std::string_view& from) {
  constexpr unsigned bits = 7;
  constexpr unsigned high = 0x80;
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += bits) {
    auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    result |= uint64_t{byte & (high - 1)} << shift;
    if ((byte & high) == 0)
      return result;
  }
  return std::nullopt;
}

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
  take_varint(rest);
  take_varint(rest);
  auto offset = take_varint(rest);
  auto length = take_varint(rest);
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
