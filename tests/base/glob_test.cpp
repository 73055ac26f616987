#include "actors/base/glob.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

#include <random>
#include <string>

using kv::glob_matches;

namespace {

/// The definition, for patterns of letters, stars and question marks.
bool simply_matches(std::string_view p, std::string_view t) {
  if (p.empty())
    return t.empty();
  if (p[0] == '*')
    return simply_matches(p.substr(1), t)
           || (!t.empty() && simply_matches(p, t.substr(1)));
  return !t.empty() && (p[0] == '?' || p[0] == t[0])
         && simply_matches(p.substr(1), t.substr(1));
}

} // namespace

TEST_CASE("patterns match all of a text") {
  CHECK(glob_matches("", ""));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("a*c", "abbc"));
  CHECK_FALSE(glob_matches("a*c", "abbcd"));
  CHECK(glob_matches("?", "a"));
  CHECK_FALSE(glob_matches("?", ""));
  CHECK(glob_matches("*.log", "a.b.log"));
  CHECK(glob_matches("***", "x"));
}

TEST_CASE("sets match one of their members") {
  CHECK(glob_matches("[a-c]x", "bx"));
  CHECK_FALSE(glob_matches("[a-c]x", "dx"));
  CHECK(glob_matches("[^a-c]", "d"));
  CHECK_FALSE(glob_matches("[^a-c]", "a"));
  CHECK_FALSE(glob_matches("[]]", "]")); // an empty set
  CHECK(glob_matches("[a\\-]", "-"));
  CHECK(glob_matches("[ab", "b")); // ends with the pattern
  CHECK_FALSE(glob_matches("[", "["));
  CHECK(glob_matches("[\xe0-\xff]", "\xe9")); // bytes are not negative
}

TEST_CASE("a backslash takes the next character literally") {
  CHECK(glob_matches("\\*", "*"));
  CHECK_FALSE(glob_matches("\\*", "a"));
  CHECK(glob_matches("\\[a]", "[a]"));
  CHECK(glob_matches("\\", "\\"));
}

TEST_CASE("a pattern made to take for ever does not") {
  std::string pattern;
  for (auto i = 0; i < 30; ++i)
    pattern += "*a";
  CHECK_FALSE(glob_matches(pattern + "b", std::string(1000, 'a')));
  CHECK_FALSE(glob_matches("*a", std::string(1000, 'a') + 'a', 10)); // gave up
}

TEST_CASE("random patterns match as the definition says") {
  std::mt19937_64 rng{kv::test::test_seed()};
  auto text_of = [&](std::string_view letters) {
    std::string result;
    for (auto n = rng() % 8; n > 0; --n)
      result += letters[rng() % letters.size()];
    return result;
  };
  for (auto i = 0; i < 20'000; ++i) {
    auto pattern = text_of("ab*?");
    auto text = text_of("ab");
    CAPTURE(pattern, text);
    CHECK(glob_matches(pattern, text) == simply_matches(pattern, text));
  }
}
