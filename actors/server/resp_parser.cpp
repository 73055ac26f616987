#include "actors/server/resp_parser.hpp"

#include "actors/server/numbers.hpp"
#include "actors/server/quoted_words.hpp"

#include <algorithm>

// Invariants
// I1  begin_ <= pos_ <= scanned_ <= buffer.size(), and an end of line is never
//     looked for before scanned_.
// I2  Every decision depends on the bytes from begin_ up to what decides it,
//     never on how many follow.
// I3  begin_ is where the next request starts once one was returned, so that
//     discard may run between any two calls of next.

namespace kv::server {

namespace {

/// What one request may leave allocated for the next, in arguments.
constexpr size_t kept_arguments = 1024;

} // namespace

resp_status resp_parser::next(std::string& buffer) {
  if (!error_.empty())
    return resp_status::failed;
  arguments_.clear();
  for (auto more = true; more;) {
    switch (step_) {
      case step::begin:
        more = pos_ < buffer.size();
        if (more)
          begin_request(buffer[pos_]);
        break;
      case step::line:
        more = read_line(buffer);
        break;
      case step::count:
        more = read_count(buffer);
        break;
      case step::length:
        more = read_length(buffer);
        break;
      case step::bulk:
        more = read_bulk(buffer);
        break;
    }
    if (!arguments_.empty())
      return resp_status::request;
  }
  return error_.empty() ? resp_status::incomplete : resp_status::failed;
}

void resp_parser::discard(std::string& buffer) {
  buffer.erase(0, begin_);
  pos_ -= begin_;
  scanned_ -= begin_;
  begin_ = 0;
  arguments_.clear();
}

// -- steps: each returns whether the next one may follow ----------------------

void resp_parser::begin_request(char first) {
  // `= {}` would keep the memory.
  if (pieces_.capacity() > kept_arguments)
    pieces_ = std::vector<piece>{};
  if (arguments_.capacity() > kept_arguments)
    arguments_ = std::vector<std::string_view>{};
  pieces_.clear();
  begin_ = scanned_ = pos_;
  step_ = first == '*' ? step::count : step::line;
}

bool resp_parser::read_line(std::string& buffer) {
  if (!find_line(buffer, '\n', "too big inline request"))
    return false;
  auto size = scanned_ - pos_;
  if (size > 0 && buffer[scanned_ - 1] == '\r')
    --size;
  if (!split_quoted({buffer.data() + pos_, size}, arguments_)) {
    arguments_.clear();
    return fail("unbalanced quotes in request");
  }
  begin_ = pos_ = scanned_ = scanned_ + 1;
  step_ = step::begin;
  return true;
}

bool resp_parser::read_count(std::string_view buffer) {
  if (!find_line(buffer, '\r', "too big mbulk count string"))
    return false;
  auto count = to_integer(buffer.substr(pos_ + 1, scanned_ - pos_ - 1));
  if (!count || *count > max_arguments)
    return fail("invalid multibulk length");
  if (!authenticated_ && *count > max_arguments_unauthenticated)
    return fail("unauthenticated multibulk length");
  pos_ = scanned_ = scanned_ + 2;
  if (*count > 0) {
    missing_ = static_cast<size_t>(*count);
    step_ = step::length;
  } else {
    begin_ = pos_;
    step_ = step::begin;
  }
  return true;
}

bool resp_parser::read_length(std::string_view buffer) {
  if (!find_line(buffer, '\r', "too big bulk count string"))
    return false;
  if (buffer[pos_] != '$') {
    auto breaks = buffer[pos_] == '\r' || buffer[pos_] == '\n';
    auto got = breaks ? ' ' : buffer[pos_];
    return fail(std::string{"expected '$', got '"} + got + '\'');
  }
  auto size = to_integer(buffer.substr(pos_ + 1, scanned_ - pos_ - 1));
  if (!size || *size < 0 || *size > max_bulk_)
    return fail("invalid bulk length");
  if (!authenticated_ && *size > max_bulk_unauthenticated)
    return fail("unauthenticated bulk length");
  pos_ = scanned_ = scanned_ + 2;
  bulk_size_ = static_cast<size_t>(*size);
  step_ = step::bulk;
  return true;
}

bool resp_parser::read_bulk(std::string_view buffer) {
  // What stands for the CRLF behind it may be anything, as in Redis.
  if (buffer.size() - pos_ < bulk_size_ + 2)
    return false;
  pieces_.push_back({pos_ - begin_, bulk_size_});
  pos_ = scanned_ = pos_ + bulk_size_ + 2;
  step_ = step::length;
  if (--missing_ == 0)
    collect(buffer);
  return true;
}

// -- helpers ------------------------------------------------------------------

/// Sets scanned_ to the end of the line at pos_. A '\r' counts when the byte
/// behind it is there, which should be '\n', but Redis does not look either.
bool resp_parser::find_line(std::string_view buffer, char end,
                            std::string_view too_big) {
  auto limit = std::min(buffer.size(), pos_ + max_line + 1);
  while (scanned_ < limit && buffer[scanned_] != end)
    ++scanned_;
  if (scanned_ == pos_ + max_line + 1)
    return fail(too_big);
  return scanned_ + (end == '\r' ? 1 : 0) < buffer.size();
}

bool resp_parser::fail(std::string_view reason) {
  error_ = "ERR Protocol error: ";
  error_ += reason;
  return false;
}

/// Yields the arguments, which have all arrived.
void resp_parser::collect(std::string_view buffer) {
  arguments_.reserve(pieces_.size());
  for (auto [offset, size] : pieces_)
    arguments_.push_back(buffer.substr(begin_ + offset, size));
  begin_ = pos_;
  step_ = step::begin;
}

} // namespace kv::server
