#include "actors/server/quoted_words.hpp"

// Invariants
// I1  in_ >= out_: a word never becomes longer than what it was written as.
// I2  What lies before the current word belongs to finished words.

namespace kv::server {

namespace {

/// C's isspace in the C locale.
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Returns the value of a hexadecimal digit, or -1.
int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

class splitter {
public:
  explicit splitter(std::span<char> line)
    : in_(line.data()), out_(line.data()), end_(line.data() + line.size()) {
    // nop
  }

  /// Goes to the next word; returns false at the end of the line.
  bool skip_blanks() {
    while (in_ != end_ && is_space(*in_))
      ++in_;
    return in_ != end_;
  }

  /// Returns false for unbalanced quotes.
  bool read_word(std::string_view& word) {
    char* begin = out_ = in_;
    auto balanced = true;
    // Of white space, \v and \f do not end a word.
    while (balanced && in_ != end_ && *in_ != ' ' && *in_ != '\t'
           && *in_ != '\r' && *in_ != '\n') {
      if (*in_ == '"' || *in_ == '\'') {
        balanced = read_quoted(*in_++);
        break;
      }
      *out_++ = *in_++;
    }
    word = {begin, static_cast<size_t>(out_ - begin)};
    return balanced;
  }

private:
  size_t left() const {
    return static_cast<size_t>(end_ - in_);
  }

  /// Reads what follows an opening quote up to the closing one.
  bool read_quoted(char quote) {
    while (in_ != end_) {
      if (*in_ == quote) {
        ++in_;
        return in_ == end_ || is_space(*in_);
      }
      if (*in_ == '\\' && left() > 1 && (quote == '"' || in_[1] == quote))
        *out_++ = read_escape(quote);
      else
        *out_++ = *in_++;
    }
    return false;
  }

  char read_escape(char quote) {
    if (quote == '"' && in_[1] == 'x' && left() > 3) {
      auto high = digit_value(in_[2]);
      auto low = digit_value(in_[3]);
      if (high >= 0 && low >= 0) {
        in_ += 4;
        return static_cast<char>(high * 16 + low);
      }
    }
    in_ += 2;
    return quote == '"' ? unescaped(in_[-1]) : in_[-1];
  }

  char* in_;
  char* out_;
  char* end_;
};

} // namespace

bool split_quoted(std::span<char> line, std::vector<std::string_view>& words) {
  splitter s{line};
  while (s.skip_blanks()) {
    std::string_view word;
    if (!s.read_word(word))
      return false;
    words.push_back(word);
  }
  return true;
}

} // namespace kv::server
