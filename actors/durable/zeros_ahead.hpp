#pragma once

#include <cstdint>
#include <string>

namespace kv::durable {

/// Keeps zeros behind the end of a file that is written and synced again and
/// again: a sync of what overwrites them need not write how long the file is,
/// which costs about a third of it. Whoever reads the file takes `zeros_begin`
/// for its end.
///
/// Thread safety: one thread at a time. Errors: none; without room there are no
/// zeros.
class zeros_ahead {
public:
  explicit zeros_ahead(const std::string& file);

  zeros_ahead(const zeros_ahead&) = delete;

  zeros_ahead& operator=(const zeros_ahead&) = delete;

  ~zeros_ahead();

  /// Is told that so many bytes were written, and synced.
  void on_sync(uint64_t written);

  /// Takes the zeros away behind so many bytes, which is all that was written.
  void cut(uint64_t written);

private:
  int fd_;
  unsigned syncs_ = 0;
  uint64_t end_ = 0; ///< Of the zeros.
};

} // namespace kv::durable
