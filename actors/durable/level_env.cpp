#include "actors/durable/level_env.hpp"

#include "actors/durable/level_index.hpp"
#include "actors/durable/zeros_ahead.hpp"
#include "actors/kv/durable.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace kv::durable {

namespace {

using leveldb::Status;

/// A file of the log.
class log_file : public leveldb::WritableFile {
public:
  log_file(const std::string& name, std::unique_ptr<leveldb::WritableFile> file,
           const std::function<void(std::string_view)>& probe)
    : file_(std::move(file)), probe_(probe), ahead_(name) {
    // nop
  }

  ~log_file() override {
    if (dirty_)
      file_->Sync();
    ahead_.cut(written_);
  }

  Status Append(const leveldb::Slice& data) override {
    if (auto failed = look("append"); !failed.ok())
      return failed;
    dirty_ = true;
    written_ += data.size();
    return file_->Append(data);
  }

  Status Flush() override {
    return file_->Flush();
  }

  Status Sync() override {
    if (auto failed = look("sync"); !failed.ok())
      return failed;
    dirty_ = false;
    auto status = file_->Sync();
    if (status.ok())
      ahead_.on_sync(written_);
    return status;
  }

  Status Close() override {
    auto synced = dirty_ ? Sync() : Status::OK();
    auto closed = file_->Close();
    ahead_.cut(written_);
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
  uint64_t written_ = 0;
  zeros_ahead ahead_;
};

/// A file of rows. What is said to be beyond its end is said by damage.
class table_file : public leveldb::RandomAccessFile {
public:
  table_file(std::unique_ptr<leveldb::RandomAccessFile> file, std::string name,
             uint64_t size)
    : file_(std::move(file)), name_(std::move(name)), size_(size) {
    // nop
  }

  Status Read(uint64_t offset, size_t n, leveldb::Slice* result,
              char* scratch) const override {
    if (offset > size_ || n > size_ - offset)
      return Status::Corruption(name_, "a place beyond its end is named");
    return file_->Read(offset, n, result, scratch);
  }

private:
  const std::unique_ptr<leveldb::RandomAccessFile> file_;
  const std::string name_;
  const uint64_t size_;
};

thread_local bool in_background = false;

struct background_work {
  void (*f)(void*);
  void* arg;
};

void run_in_background(void* x) {
  const std::unique_ptr<background_work> work{static_cast<background_work*>(x)};
  in_background = true;
  work->f(work->arg);
  in_background = false;
}

} // namespace

level_env::level_env(std::function<void(std::string_view)> probe, bool compacts)
  : EnvWrapper(leveldb::Env::Default()),
    probe_(std::move(probe)),
    compacts_(compacts) {
  // Starts its thread: later, in the midst of a write, there may be no memory
  // for one.
  EnvWrapper::Schedule([](void*) { /* nop */ }, nullptr);
}

Status level_env::NewWritableFile(const std::string& name,
                                  leveldb::WritableFile** result) {
  *result = nullptr;
  if (!compacts_ && in_background)
    return Status::IOError(name, "nothing is compacted here");
  auto status = EnvWrapper::NewWritableFile(name, result);
  if (status.ok() && name.ends_with(".log"))
    *result = new log_file{name,
                           std::unique_ptr<leveldb::WritableFile>{*result},
                           probe_};
  return status;
}

Status level_env::NewRandomAccessFile(const std::string& name,
                                      leveldb::RandomAccessFile** result) {
  *result = nullptr;
  uint64_t size = 0;
  auto status = check_index(name);
  if (status.ok())
    status = GetFileSize(name, &size);
  if (status.ok())
    status = EnvWrapper::NewRandomAccessFile(name, result);
  if (status.ok())
    *result = new table_file{
      std::unique_ptr<leveldb::RandomAccessFile>{*result}, name, size};
  return status;
}

// LevelDB waits for what it has scheduled before it closes: that has to run,
// and gets no file to write to.
void level_env::Schedule(void (*f)(void*), void* arg) {
  if (compacts_)
    EnvWrapper::Schedule(f, arg);
  else
    EnvWrapper::Schedule(run_in_background, new background_work{f, arg});
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
