#pragma once

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace kv::server {

/// Where arrives what a client sends: small for those who send little, larger
/// for others. Thread safety: one thread at a time.
class inbox {
public:
  /// Returns where the next bytes go, going by how many there were before.
  /// @pre No read into it is under way.
  boost::asio::mutable_buffer prepare() {
    constexpr unsigned few = 16;
    constexpr size_t step = 4;
    if (bytes_.empty())
      bytes_.resize(least);
    else if (last_ == bytes_.size() && last_ < most)
      bytes_.resize(last_ * step);
    else if (small_reads_ >= few && bytes_.size() > least)
      bytes_ = std::string(least, '\0');
    return boost::asio::buffer(bytes_);
  }

  /// Returns the `n` bytes that came, until the next `prepare`.
  std::string_view received(size_t n) {
    last_ = n;
    small_reads_ = n > least ? 0 : small_reads_ + 1;
    return std::string_view{bytes_}.substr(0, n);
  }

private:
  static constexpr size_t least = 1024;
  static constexpr size_t most = size_t{64} << 10;

  std::string bytes_;
  size_t last_ = 0;
  unsigned small_reads_ = 0; ///< The last so many needed no such inbox.
};

} // namespace kv::server
