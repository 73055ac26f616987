#include "actors/durable/level_copy.hpp"

#include "actors/kv/durable.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

// A copy is written under another name, and gets its own once it is whole: what
// is interrupted is never taken for a data directory.

namespace kv::durable {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& dir, const std::error_code& reason) {
  throw durable_failure{dir + ": " + reason.message()};
}

void write_rows(leveldb::DB& from, const leveldb::ReadOptions& how,
                const std::string& dir,
                const std::function<bool(uint64_t)>& go_on) {
  level_env env{{}};
  auto options = make_options(env);
  options.error_if_exists = true;
  options.info_log = nullptr;
  auto to = open_db(options, dir);
  check(copy_rows(from, how, *to, go_on), dir);
  to = nullptr;
  options.error_if_exists = false;
  to = open_db(options, dir); // has what is in the log written as a table
  to = nullptr;
  sync_directory(dir);
}

} // namespace

void sync_directory(const std::string& dir) {
  auto fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  auto failed = fd < 0 || ::fsync(fd) != 0;
  const std::error_code reason{errno, std::generic_category()};
  if (fd >= 0)
    ::close(fd);
  if (failed)
    fail(dir, reason);
}

void check_is_free(const std::string& dir) {
  std::error_code failed;
  if (!fs::exists(dir, failed) && !failed)
    return;
  auto empty = !failed && fs::is_empty(dir, failed);
  if (!failed && !fs::is_directory(dir, failed))
    failed = std::make_error_code(std::errc::not_a_directory);
  if (failed)
    fail(dir, failed);
  if (!empty)
    throw durable_failure{dir + ": is not empty"};
}

void write_copy(leveldb::DB& from, const leveldb::ReadOptions& how,
                const std::string& dir,
                const std::function<bool(uint64_t)>& go_on) {
  check_is_free(dir);
  std::error_code failed;
  fs::create_directories(dir, failed);
  if (failed)
    fail(dir, failed);
  auto unfinished = dir + "/unfinished";
  if (!fs::create_directory(unfinished, failed))
    fail(dir, failed ? failed : std::make_error_code(std::errc::file_exists));
  try {
    write_rows(from, how, unfinished, go_on);
    fs::rename(unfinished, dir + "/data", failed);
    if (failed)
      fail(dir, failed);
    sync_directory(dir);
  } catch (const durable_failure&) {
    fs::remove_all(unfinished, failed);
    throw;
  }
}

} // namespace kv::durable
