#include "actors/durable/level_view.hpp"

#include "actors/durable/level_rows.hpp"
#include "actors/durable/level_tail.hpp"
#include "actors/kv/durable.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kv::durable {

namespace fs = std::filesystem;

using leveldb::Status;

namespace {

[[noreturn]] void fail(const std::string& dir, const std::string& reason) {
  throw durable_failure{dir + ": " + reason};
}

/// Returns where in a directory the data are.
std::string find_data(const std::string& dir) {
  std::error_code failed;
  auto what = fs::status(dir, failed);
  if (failed)
    fail(dir, failed.message());
  if (!fs::is_directory(what))
    fail(dir, "Not a directory");
  auto result = dir
                + (fs::exists(dir + "/data", failed) ? "/data" : "/salvaged");
  auto found = fs::exists(result + "/CURRENT", failed);
  if (failed)
    fail(dir, failed.message());
  if (!found && !has_lost_names(result))
    fail(dir, "is no data directory");
  return result;
}

/// Returns whether a process has locked a file, for those who may only read it.
bool is_locked(const std::string& file) {
  auto fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  struct flock found {};
  found.l_type = F_WRLCK;
  found.l_whence = SEEK_SET;
  auto asked = ::fcntl(fd, F_GETLK, &found) == 0;
  ::close(fd);
  return asked && found.l_type != F_UNLCK;
}

std::string make_scratch() {
  auto result = (fs::temp_directory_path() / "kv-view-XXXXXX").string();
  if (::mkdtemp(result.data()) == nullptr)
    fail(result, std::generic_category().message(errno));
  return result;
}

} // namespace

level_view::level_view(const std::string& dir)
  : dir_(dir),
    data_(find_data(dir)),
    env_(std::make_unique<level_env>(nullptr, false)) {
  lock();
  links_.emplace(data_, make_scratch());
  look_at_tails();
  open();
  check_version();
}

// A directory without that file is in nobody's hands, and gets none from us.
void level_view::lock() {
  auto file = data_ + "/LOCK";
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    return;
  auto writable = ::access(file.c_str(), W_OK) == 0;
  if (writable)
    lock_.emplace(*env_, file, dir_);
  else if (is_locked(file))
    fail(dir_, "another process has it");
}

void level_view::look_at_tails() {
  for (const auto& x : fs::directory_iterator{links_->dir()}) {
    auto file = x.path().string();
    if (!file.ends_with(".log"))
      continue;
    auto name = links_->real_names(file);
    if (has_records_behind_tear(file))
      damage_.push_back(name + ": records behind a damaged one");
    else if (has_torn_record(file))
      torn_.push_back(name);
  }
}

// As the engine does it: strictly, else whatever is sound.
void level_view::open() {
  auto options = make_options(*env_);
  options.create_if_missing = false;
  leveldb::DB* opened = nullptr;
  auto status = has_lost_names(data_)
                  ? Status::Corruption(data_ + "/CURRENT", "is missing")
                  : leveldb::DB::Open(options, links_->dir(), &opened);
  db_.reset(opened);
  if (status.IsCorruption()) {
    auto before = damage_.size();
    db_ = open_damaged(*env_, *links_, damage_);
    if (damage_.size() == before)
      damage_.push_back(links_->real_names(status.ToString()));
  } else {
    check(status, dir_);
  }
}

void level_view::check_version() const {
  std::string text;
  auto found = db_->Get(reading(), slice(version_key), &text);
  auto version = found.ok() ? number_of(text) : std::nullopt;
  if (version && *version > format_version)
    fail(dir_, newer_version_text(*version));
  if (!version && found.IsNotFound() && damage_.empty())
    fail(dir_, "holds a database of something else");
}

} // namespace kv::durable
