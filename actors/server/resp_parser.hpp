#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kv::server {

enum class resp_status : uint8_t {
  request,    ///< `arguments()` holds the next one.
  incomplete, ///< Nothing more before the buffer grows.
  failed,     ///< `error()` says why; the connection has to end.
};

/// Parses the requests of Redis clients, multibulk and inline, from a buffer
/// that grows behind its back. What it yields does not depend on how the bytes
/// were split. Requests without arguments (`*0`, `*-1`, a blank line) are
/// skipped.
///
/// The caller owns the buffer, appends to it what it receives, and bounds its
/// size. It takes nothing away except through `discard`:
///
///     buffer.append(received);
///     while (parser.next(buffer) == resp_status::request)
///       handle(parser.arguments());
///     parser.discard(buffer);
///
/// Where Redis and this parser differ: Redis takes no more of a line than what
/// precedes a zero byte, and so waits for ever; here that is a byte of an
/// inline argument, and an invalid length.
///
/// Complexity: O(1) a byte received, however it arrives. Memory: what was
/// received, and some 50 bytes an argument; nothing for what was announced.
/// Thread safety: one thread at a time.
class resp_parser {
public:
  /// Bytes of an inline request, and of a length with its `*` or `$`.
  static constexpr size_t max_line = size_t{64} << 10;

  /// Arguments of a request.
  static constexpr int64_t max_arguments = int64_t{1} << 20;

  /// Bytes of an argument, unless the constructor is told otherwise.
  static constexpr int64_t default_max_bulk = int64_t{64} << 20;

  /// Before authentication: arguments of a request and bytes of one.
  static constexpr int64_t max_arguments_unauthenticated = 10;
  static constexpr int64_t max_bulk_unauthenticated = int64_t{16} << 10;

  explicit resp_parser(int64_t max_bulk = default_max_bulk)
    : max_bulk_(max_bulk) {
    // nop
  }

  /// Chooses the limits for all requests that were not yet begun, and for what
  /// is still to come of one that was.
  void authenticated(bool value) noexcept {
    authenticated_ = value;
  }

  /// Parses on from where it stopped, up to the end of one request. An inline
  /// request with quotes is rewritten in its place in the buffer.
  resp_status next(std::string& buffer);

  /// The arguments of the request that `next` came to, at least one. The span
  /// lives until the next call of `next`; the views point into the buffer and
  /// live as long as it is not changed, also while `next` goes on.
  std::span<const std::string_view> arguments() const noexcept {
    return arguments_;
  }

  /// Redis's error reply, as "ERR Protocol error: invalid bulk length"; empty
  /// before `next` returned `failed`, which it does for ever afterwards.
  std::string_view error() const noexcept {
    return error_;
  }

  /// Erases the requests that `next` has returned from the buffer. Call it once
  /// for all that arrived together: O(bytes that are left).
  void discard(std::string& buffer);

private:
  enum class step : uint8_t { begin, line, count, length, bulk };

  /// Where an argument lies, from the beginning of its request: the buffer may
  /// move before all of it has arrived.
  struct piece {
    size_t offset;
    size_t size;
  };

  void begin_request(char first);
  bool read_line(std::string& buffer);
  bool read_count(std::string_view buffer);
  bool read_length(std::string_view buffer);
  bool read_bulk(std::string_view buffer);
  bool find_line(std::string_view buffer, char end, std::string_view too_big);
  bool fail(std::string_view reason);
  void collect(std::string_view buffer);

  std::vector<piece> pieces_;
  std::vector<std::string_view> arguments_;
  std::string error_;
  size_t begin_ = 0;     // of the request in the buffer
  size_t pos_ = 0;       // behind what is parsed of it
  size_t scanned_ = 0;   // up to here there is no end of the current line
  size_t bulk_size_ = 0; // of the argument that is arriving
  size_t missing_ = 0;   // arguments
  int64_t max_bulk_;
  step step_ = step::begin;
  bool authenticated_ = true;
};

} // namespace kv::server
