#pragma once

#include <leveldb/env.h>

#include <cstdarg>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace kv::durable {

/// Stands between LevelDB and the system:
///
/// - a file of the log is synced before it is closed, so that a later sync of
///   its successor never outlives what came before;
/// - nothing is compacted where rows may be damaged, because that would give
///   them a fresh checksum;
/// - a file of rows whose index is damaged is not opened;
/// - what such a file says about places beyond its end is damage, not an error
///   of the disk;
/// - what LevelDB logs about damage is kept.
///
/// Thread safety: any thread.
class level_env : public leveldb::EnvWrapper {
public:
  explicit level_env(std::function<void(std::string_view)> probe = {},
                     bool compacts = true);

  leveldb::Status NewWritableFile(const std::string& name,
                                  leveldb::WritableFile** result) override;

  leveldb::Status
  NewRandomAccessFile(const std::string& name,
                      leveldb::RandomAccessFile** result) override;

  void Schedule(void (*f)(void*), void* arg) override;

  /// Where LevelDB logs to.
  leveldb::Logger* log() noexcept {
    return &log_;
  }

  /// Takes what was logged about damage.
  std::vector<std::string> take_damage() {
    return log_.take();
  }

private:
  class damage_log : public leveldb::Logger {
  public:
    void Logv(const char* format, std::va_list args) override;

    std::vector<std::string> take();

  private:
    std::mutex mtx_;
    std::vector<std::string> damage_;
  };

  const std::function<void(std::string_view)> probe_;
  const bool compacts_;
  damage_log log_;
};

} // namespace kv::durable
