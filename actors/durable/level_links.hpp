#pragma once

#include "actors/durable/level_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kv::durable {

/// A directory of links to the files in another one. LevelDB writes to what it
/// opens; here, that leaves the files as they are.
///
/// Thread safety: one thread at a time.
class level_links {
public:
  /// Links to all files of `data` but its lock and its logs for people.
  /// @param dir An empty directory; it is removed with all in it at the end.
  /// Errors: throws `durable_failure`.
  level_links(std::string data, std::string dir);

  level_links(const level_links&) = delete;

  level_links& operator=(const level_links&) = delete;

  ~level_links();

  const std::string& dir() const noexcept {
    return dir_;
  }

  /// Returns the files with rows that LevelDB, which has opened the links, has
  /// found to count; sorted.
  std::vector<std::string> tables() const;

  /// Returns a text that names the files linked to, not the links.
  std::string real_names(std::string text) const;

private:
  const std::string data_;
  const std::string dir_;
};

/// Returns whether a directory has files with rows, but not the one that leads
/// to them. LevelDB takes it for an empty one, and removes them.
bool has_lost_names(const std::string& data);

/// Opens whatever is sound of data that LevelDB does not open.
/// @param lines Gets a line for each damage that LevelDB tells by opening.
/// Errors: throws `durable_failure`.
std::unique_ptr<leveldb::DB> open_damaged(level_env& env,
                                          const level_links& links,
                                          std::vector<std::string>& lines);

} // namespace kv::durable
