#include "actors/durable/level_env.hpp"

#include "actors/kv/durable.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace kv::durable {

namespace {

using leveldb::Status;

/// A file of the log.
class log_file : public leveldb::WritableFile {
public:
  log_file(std::unique_ptr<leveldb::WritableFile> file,
           const std::function<void(std::string_view)>& probe)
    : file_(std::move(file)), probe_(probe) {
    // nop
  }

  ~log_file() override {
    if (dirty_)
      file_->Sync();
  }

  Status Append(const leveldb::Slice& data) override {
    if (auto failed = look("append"); !failed.ok())
      return failed;
    dirty_ = true;
    return file_->Append(data);
  }

  Status Flush() override {
    return file_->Flush();
  }

  Status Sync() override {
    if (auto failed = look("sync"); !failed.ok())
      return failed;
    dirty_ = false;
    return file_->Sync();
  }

  Status Close() override {
    auto synced = dirty_ ? Sync() : Status::OK();
    auto closed = file_->Close();
    return synced.ok() ? closed : synced;
  }

private:
  Status look(std::string_view what) {
    if (probe_) {
      try {
        probe_(what);
      } catch (const durable_failure& reason) {
        return Status::IOError(reason.what());
      }
    }
    return Status::OK();
  }

  std::unique_ptr<leveldb::WritableFile> file_;
  const std::function<void(std::string_view)>& probe_;
  bool dirty_ = false;
};

} // namespace

level_env::level_env(std::function<void(std::string_view)> probe)
  : EnvWrapper(leveldb::Env::Default()), probe_(std::move(probe)) {
  // Starts its thread: later, in the midst of a write, there may be no memory
  // for one.
  EnvWrapper::Schedule([](void*) { /* nop */ }, nullptr);
}

Status level_env::NewWritableFile(const std::string& name,
                                  leveldb::WritableFile** result) {
  auto status = EnvWrapper::NewWritableFile(name, result);
  if (status.ok() && name.ends_with(".log"))
    *result = new log_file{std::unique_ptr<leveldb::WritableFile>{*result},
                           probe_};
  return status;
}

void level_env::Schedule(void (*f)(void*), void* arg) {
  if (!still_)
    EnvWrapper::Schedule(f, arg);
}

void level_env::damage_log::Logv(const char* format, std::va_list args) {
  std::array<char, 512> line{};
  std::vsnprintf(line.data(), line.size(), format, args);
  std::string_view text{line.data()};
  if (text.find("dropping") == std::string_view::npos
      && text.find("Corruption") == std::string_view::npos)
    return;
  std::lock_guard guard{mtx_};
  damage_.emplace_back(text);
}

std::vector<std::string> level_env::damage_log::take() {
  std::lock_guard guard{mtx_};
  return std::exchange(damage_, {});
}

} // namespace kv::durable
