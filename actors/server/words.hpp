#pragma once

#include <algorithm>
#include <string_view>

namespace kv::server {

/// Returns whether a word of a request is `upper`, in any case.
constexpr bool is_word(std::string_view word, std::string_view upper) noexcept {
  return std::equal(word.begin(), word.end(), upper.begin(), upper.end(),
                    [](char x, char y) {
                      return (x >= 'a' && x <= 'z' ? x - 'a' + 'A' : x) == y;
                    });
}

} // namespace kv::server
