#include "actors/durable/level_links.hpp"

#include "actors/durable/level_tail.hpp"
#include "actors/kv/durable.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace kv::durable {

namespace fs = std::filesystem;

using leveldb::Status;

namespace {

bool belongs_to_process(const std::string& name) {
  return name == "LOCK" || name.starts_with("LOG");
}

// A file of the log with zeros behind it is copied without them.
void link_to(const fs::path& file, const fs::path& link,
             std::error_code& failed) {
  if (file.extension() == ".log") {
    auto end = end_of_records(file.string());
    if (end < fs::file_size(file, failed)) {
      fs::copy_file(file, link, failed);
      if (!failed)
        fs::resize_file(link, end, failed);
      return;
    }
  }
  fs::create_symlink(fs::absolute(file), link, failed);
}

/// Has the files of the log under other names while it lives. `RepairDB` would
/// read them without a look at their checksums; `Open` does look.
class hidden_logs {
public:
  explicit hidden_logs(const std::string& dir) {
    for (const auto& x : fs::directory_iterator{dir})
      if (x.path().extension() == ".log")
        logs_.push_back(x.path().string());
    for (const auto& x : logs_)
      fs::rename(x, x + hidden);
  }

  hidden_logs(const hidden_logs&) = delete;

  hidden_logs& operator=(const hidden_logs&) = delete;

  ~hidden_logs() {
    std::error_code ignored;
    for (const auto& x : logs_)
      fs::rename(x + hidden, x, ignored);
  }

private:
  static constexpr auto hidden = ".hidden";

  std::vector<std::string> logs_;
};

} // namespace

level_links::level_links(std::string data, std::string dir)
  : data_(std::move(data)), dir_(std::move(dir)) {
  std::error_code failed;
  for (const auto& x : fs::directory_iterator{data_, failed})
    if (!failed && !belongs_to_process(x.path().filename().string()))
      link_to(x.path(), fs::path{dir_} / x.path().filename(), failed);
  if (!failed)
    return;
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
  throw durable_failure{data_ + ": " + failed.message()};
}

level_links::~level_links() {
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
}

std::vector<std::string> level_links::tables() const {
  std::vector<std::string> result;
  for (const auto& x : fs::directory_iterator{dir_})
    if (x.path().extension() == ".ldb" && fs::is_symlink(x.path()))
      result.push_back(data_ + '/' + x.path().filename().string());
  std::sort(result.begin(), result.end());
  return result;
}

std::string level_links::real_names(std::string text) const {
  for (auto at = text.find(dir_); at != std::string::npos;
       at = text.find(dir_, at + data_.size()))
    text.replace(at, dir_.size(), data_);
  return text;
}

bool has_lost_names(const std::string& data) {
  std::error_code failed;
  if (fs::exists(data + "/CURRENT", failed) || failed)
    return false;
  auto files = fs::directory_iterator{data, failed};
  return std::any_of(begin(files), end(files), [](const auto& x) {
    auto kind = x.path().extension();
    return kind == ".ldb" || kind == ".log";
  });
}

std::unique_ptr<leveldb::DB> open_damaged(level_env& env,
                                          const level_links& links,
                                          std::vector<std::string>& lines) {
  env.take_damage();
  auto strict = make_options(env);
  strict.create_if_missing = false;
  auto lax = strict;
  lax.paranoid_checks = false;
  leveldb::DB* result = nullptr;
  auto status = leveldb::DB::Open(lax, links.dir(), &result);
  if (!status.ok()) {
    lines.push_back(links.real_names(status.ToString()));
    {
      const hidden_logs hidden{links.dir()};
      check(leveldb::RepairDB(links.dir(), strict), links.dir());
    }
    check(leveldb::DB::Open(lax, links.dir(), &result), links.dir());
  }
  for (auto& line : env.take_damage())
    lines.push_back(links.real_names(std::move(line)));
  return std::unique_ptr<leveldb::DB>{result};
}

} // namespace kv::durable
