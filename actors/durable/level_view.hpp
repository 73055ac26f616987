#pragma once

#include "actors/durable/level_links.hpp"
#include "actors/durable/level_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kv::durable {

/// A data directory that nobody uses, open to be read: nothing in it changes.
/// LevelDB gets links elsewhere (in TMPDIR), and what it writes goes there.
///
/// Thread safety: one thread at a time.
class level_view {
public:
  /// Errors: throws `durable_failure` if it is no data directory, if another
  /// process has it, if a newer version has written it, or if it cannot be
  /// read. Damage is no error.
  explicit level_view(const std::string& dir);

  level_view(const level_view&) = delete;

  level_view& operator=(const level_view&) = delete;

  leveldb::DB& db() const noexcept {
    return *db_;
  }

  /// Returns the files with rows in them that count, sorted.
  std::vector<std::string> tables() const {
    return links_->tables();
  }

  /// Returns what was found to be damaged while it was opened; a line each.
  const std::vector<std::string>& damage() const noexcept {
    return damage_;
  }

  /// Returns the files whose last record is not whole; see `has_torn_record`.
  const std::vector<std::string>& torn() const noexcept {
    return torn_;
  }

private:
  void lock();
  void look_at_tails();
  void open();
  void check_version() const;

  const std::string dir_;
  const std::string data_; ///< Where in `dir_` the files are.
  const std::unique_ptr<level_env> env_;
  std::optional<level_lock> lock_;
  std::optional<level_links> links_;
  std::unique_ptr<leveldb::DB> db_;
  std::vector<std::string> damage_;
  std::vector<std::string> torn_;
};

} // namespace kv::durable
