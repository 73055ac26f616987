#pragma once

#include <string_view>

namespace kv::server {

/// A descriptor that is kept for the time when there are no others, so that a
/// client can be told that it is one too many.
/// Thread safety: one thread at a time.
class spare_descriptor {
public:
  spare_descriptor();

  spare_descriptor(const spare_descriptor&) = delete;

  spare_descriptor& operator=(const spare_descriptor&) = delete;

  ~spare_descriptor();

  /// Accepts the next client of a listening socket, sends `text` and closes;
  /// returns whether there was one. Does not block.
  bool refuse(int listening, std::string_view text);

private:
  void open();

  void close();

  int fd_ = -1;
};

} // namespace kv::server
