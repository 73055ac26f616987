#include "actors/otp/glob.hpp"

namespace kv::otp {

namespace {

constexpr size_t none = std::string_view::npos;

unsigned char byte(char x) {
  return static_cast<unsigned char>(x);
}

/// One element of a pattern that stands for one character.
struct element {
  bool matches;
  size_t size; ///< In the pattern.
};

/// Returns the position after the `]` of the set that begins at `pos`.
size_t end_of_set(std::string_view pattern, size_t pos) {
  auto i = pos + 1;
  if (i < pattern.size() && pattern[i] == '^')
    ++i;
  auto end = pattern.find(']', i + 1); // one that comes first is a member
  return end == none ? none : end + 1;
}

element match_set(std::string_view pattern, size_t pos, size_t end, char c) {
  auto i = pos + 1;
  auto negated = pattern[i] == '^';
  if (negated)
    ++i;
  auto found = false;
  while (i + 1 < end) {
    auto low = byte(pattern[i]);
    auto high = low;
    if (i + 3 < end && pattern[i + 1] == '-') {
      high = byte(pattern[i + 2]);
      i += 2;
    }
    found = found || (low <= byte(c) && byte(c) <= high);
    ++i;
  }
  return {found != negated, end - pos};
}

element match_one(std::string_view pattern, size_t pos, char c) {
  switch (pattern[pos]) {
    case '?':
      return {true, 1};
    case '\\':
      if (pos + 1 < pattern.size())
        return {pattern[pos + 1] == c, 2};
      break;
    case '[':
      if (auto end = end_of_set(pattern, pos); end != none)
        return match_set(pattern, pos, end, c);
      break;
    default:
      break;
  }
  return {pattern[pos] == c, 1};
}

} // namespace

// Only the last star seen can ever need another try: what an earlier one might
// take more of, the last one can as well.
bool matches(std::string_view pattern, std::string_view text,
             size_t max_steps) noexcept {
  size_t p = 0;
  size_t t = 0;
  auto star = none; // the position after the last star,
  size_t taken = 0; // and what of the text it has not taken
  for (size_t steps = 0; t < text.size(); ++steps) {
    if (steps >= max_steps)
      return false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      taken = t;
      continue;
    }
    if (p < pattern.size())
      if (auto x = match_one(pattern, p, text[t]); x.matches) {
        p += x.size;
        ++t;
        continue;
      }
    if (star == none)
      return false;
    p = star;
    t = ++taken;
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

} // namespace kv::otp
