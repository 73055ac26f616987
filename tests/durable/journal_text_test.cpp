// What a row of the journal holds, of this version and of those before.

#include "actors/durable/journal_text.hpp"

#include "actors/durable/last_changes.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/ets/key.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::durable;

namespace {

field_change put(uint64_t owner, std::string_view key, std::string_view value,
                 int64_t expires = kept_changes::never) {
  return {owner, key, expires, value, false};
}

field_change erased(uint64_t owner, std::string_view key) {
  return {owner, key, kept_changes::never, {}, true};
}

bool same(const field_change& x, const field_change& y) {
  return x.owner == y.owner && x.key == y.key && x.expires == y.expires
         && x.value == y.value && x.erased == y.erased;
}

/// A row with these changes.
std::string row_of(const std::vector<field_change>& xs) {
  auto result = number_text(1000);
  for (const auto& x : xs)
    append_change(result, x);
  return result;
}

/// As versions before 4 wrote it.
std::string long_text(const field_change& x) {
  auto size_text = [](size_t size) { return number_text(size).substr(4); };
  auto key = fields_key(x.owner).append(x.key);
  std::string value;
  if (!x.erased)
    value = number_text(static_cast<uint64_t>(x.expires)).append(x.value);
  return (x.erased ? '1' : '0') + size_text(key.size())
         + size_text(value.size()) + key + value;
}

/// Two keys of owner 1 that `last_changes` cannot tell apart by their hashes.
std::pair<std::string, std::string> keys_that_collide() {
  std::map<uint32_t, std::string> known;
  for (uint64_t i = 0;; ++i) {
    auto key = std::to_string(i);
    auto hash = static_cast<uint32_t>(
      ets::key_traits<std::string>::hash(std::string_view{key}, uint64_t{1}));
    if (auto [other, fresh] = known.try_emplace(hash, key); !fresh)
      return {other->second, key};
  }
}

const std::string large(300, 'x');

const std::vector<field_change> all_kinds{
  put(1, "milk", "1"),
  put(300, "", ""),
  erased(1, "milk"),
  put(2, large, large, 17),
  put(uint64_t{1} << 40, "a", "b", -1),
  erased(uint64_t{1} << 63, large),
};

} // namespace

TEST_CASE("changes are read as they were written") {
  std::string text;
  for (const auto& x : all_kinds)
    append_change(text, x);
  std::string_view rest{text};
  for (const auto& x : all_kinds) {
    auto found = take_change(rest);
    REQUIRE(found);
    CHECK(same(*found, x));
  }
  CHECK(rest.empty());
}

TEST_CASE("a short change takes few bytes") {
  std::string text;
  append_change(text, put(1, "0123456789abcdef", "0123456789abcdef"));
  CHECK(text.size() == 36);
}

TEST_CASE("changes of older versions are read") {
  for (const auto& x : all_kinds) {
    auto text = long_text(x) + long_text(put(1, "next", "2"));
    std::string_view rest{text};
    auto found = take_change(rest);
    REQUIRE(found);
    CHECK(same(*found, x));
    CHECK(same(take_change(rest).value(), put(1, "next", "2")));
  }
}

TEST_CASE("a text that is cut anywhere is none") {
  for (const auto& x : all_kinds)
    for (const auto& text : {row_of({x}), number_text(1000) + long_text(x)}) {
      CHECK(is_journal_text(text));
      for (size_t n = 0; n < text.size(); ++n)
        if (n != sizeof(uint64_t)) { // a row without changes
          CAPTURE(n);
          CHECK_FALSE(is_journal_text(text.substr(0, n)));
          CHECK_FALSE(last_changes{}.add(text.substr(0, n)));
        }
    }
}

TEST_CASE("whatever a text is, it is read or refused") {
  auto text = row_of({put(1, "milk", "1", 5), erased(2, "eggs")});
  for (size_t at = sizeof(uint64_t); at < text.size(); ++at)
    for (auto byte = 0; byte < 256; ++byte) {
      auto other = text;
      other[at] = static_cast<char>(byte);
      last_changes all;
      CHECK(all.add(other) == is_journal_text(other));
      CHECK(all.find().empty() == !is_journal_text(other));
    }
}

TEST_CASE("of each field the last change is found") {
  auto [one, two] = keys_that_collide();
  last_changes all;
  CHECK(
    all.add(row_of({put(1, one, "1"), put(1, two, "1"), put(2, one, "1")})));
  CHECK(all.add(row_of({put(1, two, "2"), put(1, one, "2"), put(2, two, "1"),
                        put(1, two, "3"), erased(2, one)})));
  auto found = all.find();
  REQUIRE(found.size() == 4);
  for (const auto& x :
       {put(1, one, "2"), put(1, two, "3"), erased(2, one), put(2, two, "1")})
    CHECK(std::count_if(found.begin(), found.end(),
                        [&](const auto& y) { return same(x, y); })
          == 1);
}

TEST_CASE("a group with a part that is none adds nothing") {
  last_changes all;
  auto text = row_of({put(1, "milk", "1")});
  CHECK_FALSE(all.add(text + '\x7f'));
  CHECK(all.find().empty());
}
