#pragma once

#include "actors/ets/options.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace kv::ets {

/// What a file says about the table in it.
struct file_info {
  /// Of the format.
  std::uint32_t version = 1;
  ets::kind kind = ets::kind::set;
  ets::access access = ets::access::protected_;
  /// Whether the table was registered under `name`.
  bool named = false;
  std::string name;
  /// What the codec of the rows says, e.g. its own version.
  std::string note;
  /// Number of rows.
  std::uint64_t rows = 0;
};

} // namespace kv::ets

namespace kv::ets::detail {

// A file is a header, blocks of rows, and a footer. Numbers are little-endian;
// crc is CRC-32 of everything in its part before it.
//
//     header  "kv.table", u32 version, u32 size, size bytes, u32 crc
//     block   u32 size > 0, size bytes (u32 length, bytes of a row)*, u32 crc
//     footer  u32 0, u64 rows, u32 crc

/// Writes a file under another name until it is complete.
/// Errors: io. What was not committed is removed.
class file_writer {
public:
  file_writer(std::filesystem::path path, const file_info& info);

  file_writer(const file_writer&) = delete;
  file_writer& operator=(const file_writer&) = delete;

  ~file_writer();

  void add(std::string_view row);

  /// Writes the rest and gives the file its name; if `sync`, once it is on the
  /// disk. Returns the number of rows.
  std::uint64_t commit(bool sync);

private:
  static constexpr std::size_t block_size = std::size_t{64} << 10;

  void flush();
  void put(std::string part);

  std::filesystem::path path_;
  std::filesystem::path draft_;
  std::ofstream out_;
  std::string block_;
  std::uint64_t rows_ = 0;
  bool committed_ = false;
};

/// Reads a file. Errors: io; corrupt, with what is wrong and where.
class file_reader {
public:
  explicit file_reader(const std::filesystem::path& path);

  /// What the header says, and the footer if the end was reached.
  const file_info& info() const noexcept {
    return info_;
  }

  /// Returns whether there was another row; it is good until the next call.
  bool next(std::string_view& row);

private:
  std::string take(std::uint64_t size);
  std::string take_checked(std::string part, std::uint64_t size);
  [[noreturn]] void fail(std::string_view why) const;
  void read_header();
  bool read_block();

  std::string path_;
  std::ifstream in_;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;         // behind what was read
  std::uint64_t part_begin_ = 0; // of the part that is read
  file_info info_;
  std::string block_;
  std::string_view rest_;
  std::uint64_t rows_ = 0;
  bool done_ = false;
};

/// Returns what a file says, after having checked all of it.
file_info read_all(const std::filesystem::path& path);

} // namespace kv::ets::detail
