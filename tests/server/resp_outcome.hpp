#pragma once

#include "actors/server/resp_parser.hpp"

#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv::test {

/// What a parser made of a stream of bytes: whole requests, then perhaps an
/// error.
struct resp_outcome {
  std::vector<std::vector<std::string>> requests;
  std::string error;

  bool operator==(const resp_outcome&) const = default;

  friend std::ostream& operator<<(std::ostream& out, const resp_outcome& x) {
    for (const auto& request : x.requests) {
      for (const auto& argument : request)
        out << '[' << argument << ']';
      out << ' ';
    }
    return out << x.error;
  }
};

/// Takes bytes to a parser as a connection does.
/// Errors: an argument outside the buffer throws `std::logic_error`.
class resp_feeder {
public:
  explicit resp_feeder(server::resp_parser parser = server::resp_parser{})
    : parser_(std::move(parser)) {
    // nop
  }

  void feed(std::string_view bytes) {
    buffer_ += bytes;
    server::resp_status status;
    while ((status = parser_.next(buffer_)) == server::resp_status::request)
      add(parser_.arguments());
    if (status == server::resp_status::failed)
      outcome_.error = parser_.error();
    parser_.discard(buffer_);
  }

  const resp_outcome& outcome() const {
    return outcome_;
  }

  /// What is not parsed to the end of a request.
  const std::string& rest() const {
    return buffer_;
  }

private:
  void add(std::span<const std::string_view> arguments) {
    auto& request = outcome_.requests.emplace_back();
    for (auto x : arguments) {
      if (x.data() < buffer_.data()
          || x.data() + x.size() > buffer_.data() + buffer_.size())
        throw std::logic_error("an argument outside the buffer");
      request.emplace_back(x);
    }
  }

  server::resp_parser parser_;
  std::string buffer_;
  resp_outcome outcome_;
};

} // namespace kv::test
