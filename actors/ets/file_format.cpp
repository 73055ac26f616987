#include "actors/ets/file_format.hpp"

#include "actors/ets/error.hpp"

#include <boost/crc.hpp>

#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kv::ets::detail {

namespace {

constexpr std::string_view magic = "kv.table";
constexpr std::uint32_t version = 1;

std::uint32_t crc_of(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void append(std::string& out, std::uint64_t x, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out += static_cast<char>(x >> (8 * i));
}

void append_text(std::string& out, std::string_view text) {
  append(out, text.size(), 4);
  out += text;
}

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    result |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return result;
}

void sync_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0)
    ::close(fd);
  if (!done)
    throw error(errc::io, "cannot sync " + path.string());
}

} // namespace

file_writer::file_writer(std::filesystem::path path, const file_info& info)
  : path_(std::move(path)), draft_(path_.string() + ".part") {
  out_.open(draft_, std::ios::binary | std::ios::trunc);
  std::string about;
  append(about, static_cast<std::uint64_t>(info.kind), 1);
  append(about, static_cast<std::uint64_t>(info.access), 1);
  append(about, info.named ? 1 : 0, 1);
  append_text(about, info.name);
  append_text(about, info.note);
  std::string header{magic};
  append(header, version, 4);
  append_text(header, about);
  put(std::move(header));
}

file_writer::~file_writer() {
  if (committed_)
    return;
  out_.close();
  std::error_code ignored;
  std::filesystem::remove(draft_, ignored);
}

void file_writer::add(std::string_view row) {
  if (row.size() >= UINT32_MAX - block_size)
    throw error(errc::system_limit, "row of 4 GiB");
  append_text(block_, row);
  ++rows_;
  if (block_.size() >= block_size)
    flush();
}

void file_writer::flush() {
  if (block_.empty())
    return;
  std::string part;
  append_text(part, block_);
  block_.clear();
  put(std::move(part));
}

void file_writer::put(std::string part) {
  append(part, crc_of(part), 4);
  out_.write(part.data(), static_cast<std::streamsize>(part.size()));
  if (!out_)
    throw error(errc::io, "cannot write " + draft_.string());
}

std::uint64_t file_writer::commit(bool sync) {
  flush();
  std::string footer;
  append(footer, 0, 4);
  append(footer, rows_, 8);
  put(std::move(footer));
  out_.close();
  if (!out_)
    throw error(errc::io, "cannot write " + draft_.string());
  if (sync)
    sync_file(draft_);
  std::error_code reason;
  std::filesystem::rename(draft_, path_, reason);
  if (reason)
    throw error(errc::io, "cannot rename to " + path_.string());
  committed_ = true;
  if (sync)
    sync_file(path_.has_parent_path() ? path_.parent_path() : ".");
  return rows_;
}

file_reader::file_reader(const std::filesystem::path& path)
  : path_(path.string()), in_(path, std::ios::binary | std::ios::ate) {
  const auto end = in_ ? std::streamoff{in_.tellg()} : std::streamoff{-1};
  if (end < 0)
    throw error(errc::io, "cannot read " + path_);
  size_ = static_cast<std::uint64_t>(end);
  in_.seekg(0);
  read_header();
}

void file_reader::fail(std::string_view why) const {
  throw error(errc::corrupt, path_ + ": byte " + std::to_string(part_begin_)
                               + ": " + std::string{why});
}

std::string file_reader::take(std::uint64_t size) {
  if (size > size_ - at_)
    fail("the file is cut off here");
  std::string result(size, '\0');
  in_.read(result.data(), static_cast<std::streamsize>(size));
  if (!in_)
    throw error(errc::io, "cannot read " + path_);
  at_ += size;
  return result;
}

// Reads the rest of a part and its checksum.
std::string file_reader::take_checked(std::string part, std::uint64_t size) {
  auto rest = take(size);
  part += rest;
  if (number_of(take(4)) != crc_of(part))
    fail("the checksum of what begins here is wrong");
  return rest;
}

void file_reader::read_header() {
  auto begin = take(magic.size());
  if (begin != magic)
    fail("this is no table");
  begin += take(4);
  info_.version
    = static_cast<std::uint32_t>(number_of(begin.substr(magic.size())));
  begin += take(4);
  const auto size = number_of(begin.substr(magic.size() + 4));
  const auto about = take_checked(begin, size);
  if (info_.version != version)
    fail("unknown version " + std::to_string(info_.version));
  std::size_t at = 0;
  const auto field = [&](std::size_t n) {
    if (n > about.size() - at)
      fail("the header is too short");
    return std::string_view{about}.substr(std::exchange(at, at + n), n);
  };
  const auto kind = number_of(field(1));
  const auto access = number_of(field(1));
  if (kind > static_cast<std::uint64_t>(kind::duplicate_bag)
      || access > static_cast<std::uint64_t>(access::public_))
    fail("the header is not understood");
  info_.kind = static_cast<ets::kind>(kind);
  info_.access = static_cast<ets::access>(access);
  info_.named = number_of(field(1)) != 0;
  info_.name = field(number_of(field(4)));
  info_.note = field(number_of(field(4)));
}

bool file_reader::read_block() {
  part_begin_ = at_;
  const auto begin = take(4);
  const auto size = number_of(begin);
  if (size != 0) {
    block_ = take_checked(begin, size);
    rest_ = block_;
    return true;
  }
  info_.rows = number_of(take_checked(begin, 8));
  if (info_.rows != rows_)
    fail("there are " + std::to_string(rows_) + " rows, not "
         + std::to_string(info_.rows));
  part_begin_ = at_;
  if (at_ != size_)
    fail("there is something behind the end");
  done_ = true;
  return false;
}

bool file_reader::next(std::string_view& row) {
  if (done_ || (rest_.empty() && !read_block()))
    return false;
  if (rest_.size() < 4 || number_of(rest_.substr(0, 4)) > rest_.size() - 4)
    fail("a row is longer than its block");
  row = rest_.substr(4, number_of(rest_.substr(0, 4)));
  rest_.remove_prefix(4 + row.size());
  ++rows_;
  return true;
}

file_info read_all(const std::filesystem::path& path) {
  file_reader in{path};
  for (std::string_view row; in.next(row);) {
    // next row
  }
  return in.info();
}

} // namespace kv::ets::detail
