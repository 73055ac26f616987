#include "actors/base/glob.hpp"

#include <cstddef>
#include <utility>

namespace kv {

namespace {

/// Matches one character against the set behind `[`; moves `pos` behind it.
bool matches_set(std::string_view pattern, size_t& pos, char c) noexcept {
  auto at = [&](size_t i) { return static_cast<unsigned char>(pattern[i]); };
  auto x = static_cast<unsigned char>(c);
  auto negated = pos < pattern.size() && pattern[pos] == '^';
  if (negated)
    ++pos;
  auto found = false;
  for (; pos < pattern.size() && pattern[pos] != ']'; ++pos) {
    if (pattern[pos] == '\\' && pos + 1 < pattern.size()) {
      found = found || at(++pos) == x;
    } else if (pos + 2 < pattern.size() && pattern[pos + 1] == '-') {
      auto low = at(pos);
      auto high = at(pos + 2);
      if (low > high)
        std::swap(low, high);
      found = found || (low <= x && x <= high);
      pos += 2;
    } else {
      found = found || at(pos) == x;
    }
  }
  if (pos < pattern.size())
    ++pos; // the bracket; a set without one ends with the pattern
  return found != negated;
}

/// Matches one character against what is at `pos`; moves `pos` behind it.
bool matches_one(std::string_view pattern, size_t& pos, char c) noexcept {
  switch (pattern[pos]) {
    case '?':
      ++pos;
      return true;
    case '[':
      ++pos;
      return matches_set(pattern, pos, c);
    case '\\':
      if (pos + 1 < pattern.size())
        ++pos;
      [[fallthrough]];
    default:
      return pattern[pos++] == c;
  }
}

} // namespace

bool glob_matches(std::string_view pattern, std::string_view text,
                  size_t max_steps) noexcept {
  constexpr auto none = std::string_view::npos;
  size_t p = 0;
  size_t t = 0;
  auto star = none;     // behind the last star
  size_t star_text = 0; // where it ends for now
  while (t < text.size()) {
    if (max_steps-- == 0)
      return false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
    } else if (p < pattern.size() && matches_one(pattern, p, text[t])) {
      ++t;
    } else if (star != none) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

} // namespace kv
