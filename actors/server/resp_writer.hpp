#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kv::server {

/// The protocol that a client chose by HELLO.
enum class resp_version : uint8_t { resp2 = 2, resp3 = 3 };

/// Appends replies to a string in the form that Redis 7.0 gives them. Types
/// that RESP2 lacks become what Redis sends instead.
///
/// Complexity: O(bytes appended); allocates nothing but what the string needs.
/// Thread safety: one thread at a time.
class resp_writer {
public:
  explicit resp_writer(std::string& out,
                       resp_version version = resp_version::resp2) noexcept
    : out_(out), version_(version) {
    // nop
  }

  resp_version version() const noexcept {
    return version_;
  }

  /// Chooses the form of the replies to come.
  void version(resp_version x) noexcept {
    version_ = x;
  }

  /// `+OK`; a CR or LF in the text becomes a blank.
  void simple_string(std::string_view text);

  /// `-ERR syntax error`: the message starts with its code. A CR or LF in it
  /// becomes a blank.
  void error(std::string_view message);

  /// `:1`
  void integer(int64_t value);

  /// `,1.5`, in RESP2 a bulk string: 17 digits as C's `%.17g`, `inf`, `-inf`,
  /// `nan`.
  void number(double value);

  /// `$5\r\nhello`
  void bulk(std::string_view bytes);

  /// A bulk string of an integer's digits.
  void bulk(int64_t value);

  /// `_`, in RESP2 `$-1`: no value.
  void null();

  /// `_`, in RESP2 `*-1`: no array, as of a transaction that was discarded.
  void null_array();

  /// `#t` and `#f`, in RESP2 `:1` and `:0`.
  void boolean(bool value);

  /// `(123...`, in RESP2 a bulk string.
  /// @param digits A decimal number of any length.
  void big_number(std::string_view digits);

  /// `=7\r\ntxt:abc`, in RESP2 a bulk string of the text alone.
  /// @param format Three characters: `txt` or `mkd`.
  void verbatim(std::string_view format, std::string_view text);

  // The head of an aggregate: its elements follow.

  /// `*2`
  void array(size_t elements);

  /// `%2`, in RESP2 an array of twice as many elements: keys and values follow
  /// in turn.
  void map(size_t pairs);

  /// `~2`, in RESP2 an array.
  void set(size_t elements);

  /// `>2`, in RESP2 an array: what is sent without having been asked for.
  void push(size_t elements);

private:
  bool resp3() const noexcept {
    return version_ == resp_version::resp3;
  }

  void head(char type, int64_t value);
  void line(char type, std::string_view text);

  std::string& out_;
  resp_version version_;
};

} // namespace kv::server
