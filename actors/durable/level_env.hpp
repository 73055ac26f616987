#pragma once

#include <leveldb/env.h>

#include <atomic>
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
/// - nothing is compacted while rows are salvaged, because that would give
///   damaged rows a fresh checksum;
/// - what LevelDB logs about damage is kept.
///
/// Thread safety: any thread.
class level_env : public leveldb::EnvWrapper {
public:
  explicit level_env(std::function<void(std::string_view)> probe);

  leveldb::Status NewWritableFile(const std::string& name,
                                  leveldb::WritableFile** result) override;

  void Schedule(void (*f)(void*), void* arg) override;

  /// Has nothing compacted from now on, or again.
  void still(bool value) noexcept {
    still_ = value;
  }

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

  std::function<void(std::string_view)> probe_;
  std::atomic<bool> still_ = false;
  damage_log log_;
};

} // namespace kv::durable
