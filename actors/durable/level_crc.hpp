#pragma once

#include <boost/crc.hpp>

#include <cstdint>
#include <string_view>

namespace kv::durable {

/// Returns the checksum that LevelDB's files have of some bytes: CRC-32C,
/// turned and shifted so that the sum of bytes with a sum in them is no special
/// case. Complexity: O(size).
inline uint32_t masked_crc(std::string_view bytes) {
  constexpr uint32_t offset = 0xa282ead8;
  constexpr unsigned right = 15;
  constexpr unsigned left = 17;
  boost::crc_optimal<32, 0x1edc6f41, 0xffffffff, 0xffffffff, true, true> sum;
  sum.process_bytes(bytes.data(), bytes.size());
  auto crc = static_cast<uint32_t>(sum.checksum());
  return (crc >> right | crc << left) + offset;
}

/// Returns a number of which the first four bytes are the lowest first.
inline uint32_t fixed_number(std::string_view bytes) {
  uint32_t result = 0;
  for (unsigned i = 0; i < sizeof(result); ++i)
    result |= uint32_t{static_cast<unsigned char>(bytes[i])} << 8 * i;
  return result;
}

} // namespace kv::durable
