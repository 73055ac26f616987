#pragma once

#include "actors/server/resp_parser.hpp"

#include <ostream>
#include <string>
#include <string_view>
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
      outcome_.requests.emplace_back(parser_.arguments().begin(),
                                     parser_.arguments().end());
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
  server::resp_parser parser_;
  std::string buffer_;
  resp_outcome outcome_;
};

} // namespace kv::test
