#include "actors/durable/level_tail.hpp"

#include "actors/durable/level_crc.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string_view>

// A file of the log is blocks of 32 KiB. A record does not cross them: masked
// CRC-32C of type and text, 4 bytes; length, 2 bytes; type, 1 byte; text.
// Lowest bytes come first.

namespace kv::durable {

namespace {

constexpr size_t block_size = 32'768;
constexpr size_t header_size = 7;
constexpr unsigned last_type = 4;

class record {
public:
  explicit record(std::string_view block) : block_(block) {
    // nop
  }

  size_t size() const noexcept {
    return header_size + (byte(4) | byte(5) << 8U);
  }

  /// Whole, or the first, a middle or the last part of a divided record.
  unsigned type() const noexcept {
    return byte(6);
  }

  bool fits() const noexcept {
    return size() <= block_.size();
  }

  bool is_sound() const {
    return type() != 0 && type() <= last_type && fits()
           && masked_crc(
                block_.substr(header_size - 1, size() - header_size + 1))
                == fixed_number(block_);
  }

private:
  uint32_t byte(size_t i) const noexcept {
    return static_cast<unsigned char>(block_[i]);
  }

  std::string_view block_;
};

std::string read_last_block(const std::string& file) {
  std::ifstream in{file, std::ios::binary | std::ios::ate};
  auto size = in ? static_cast<size_t>(in.tellg()) : 0;
  if (size == 0)
    return {};
  auto begin = (size - 1) / block_size * block_size;
  std::string result(size - begin, '\0');
  in.seekg(static_cast<std::streamoff>(begin));
  in.read(result.data(), static_cast<std::streamsize>(result.size()));
  return in ? result : std::string{};
}

/// The end of a file.
struct tail {
  std::string rest;       ///< What follows the whole records.
  unsigned last_type = 0; ///< Of these; records may be divided.
};

tail read_tail(const std::string& file) {
  auto block = read_last_block(file);
  std::string_view rest{block};
  tail result;
  while (rest.size() >= header_size && record{rest}.fits()) {
    result.last_type = record{rest}.type();
    rest.remove_prefix(record{rest}.size());
  }
  if (rest.size() >= header_size || block.size() < block_size)
    result.rest = rest; // else there was no room for another one
  return result;
}

/// Returns the block at an offset.
std::string read_block(std::ifstream& from, uint64_t begin) {
  std::string result(block_size, '\0');
  from.clear();
  from.seekg(static_cast<std::streamoff>(begin));
  from.read(result.data(), block_size);
  result.resize(static_cast<size_t>(from.gcount()));
  return result;
}

/// Returns where the last record of a block ends.
/// @param zeros Where the zeros begin with which the block ends.
/// @param has_more The block is not the last thing in the file.
size_t end_of_last(std::string_view block, size_t zeros, bool has_more) {
  size_t begin = 0;
  while (begin + header_size <= block.size()) {
    const record x{block.substr(begin)};
    auto end = begin + x.size();
    if (!x.fits())
      return zeros;
    if (end >= zeros)
      return x.is_sound() || (end == block.size() && !has_more) ? end : zeros;
    begin = end;
  }
  return zeros;
}

} // namespace

uint64_t end_of_records(const std::string& file) {
  std::ifstream in{file, std::ios::binary | std::ios::ate};
  auto size = in ? static_cast<uint64_t>(in.tellg()) : 0;
  for (auto begin = (size + block_size - 1) / block_size * block_size;
       begin > 0;) {
    begin -= block_size;
    auto block = read_block(in, begin);
    if (block.empty())
      return size;
    auto last = block.find_last_not_of('\0');
    if (last != std::string::npos)
      return begin + end_of_last(block, last + 1, begin + block.size() < size);
  }
  return 0;
}

bool has_records_behind_tear(const std::string& file) {
  const auto found = read_tail(file);
  std::string_view rest{found.rest};
  while (rest.size() > header_size) {
    rest.remove_prefix(1);
    if (rest.size() >= header_size && record{rest}.is_sound())
      return true;
  }
  return false;
}

bool has_torn_record(const std::string& file) {
  constexpr unsigned first = 2;
  constexpr unsigned middle = 3;
  auto found = read_tail(file);
  return !found.rest.empty() || found.last_type == first
         || found.last_type == middle;
}

} // namespace kv::durable
