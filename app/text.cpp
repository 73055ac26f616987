#include "app/text.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace kv::app {

std::string on_one_line(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr unsigned char del = 0x7f;
  std::string result;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == del)
      (result += "\\x") += {digits[byte >> 4U], digits[byte & 15U]};
    else
      result += c;
  }
  return result;
}

std::string shortened(std::string_view text) {
  constexpr size_t limit = 60;
  return on_one_line(text.substr(0, limit))
         + (text.size() > limit ? "..." : "");
}

std::string in_quotes(std::string_view text) {
  return '"' + shortened(text) + '"';
}

namespace {

// Levenshtein's distance, with one row of its matrix.
size_t distance(std::string_view x, std::string_view y) {
  std::vector<size_t> row(y.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < x.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < y.size(); ++j) {
      auto replaced = diagonal + (x[i] == y[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

} // namespace

std::string suggestion(std::string_view text,
                       const std::vector<std::string>& candidates) {
  constexpr size_t longest = 64;
  constexpr size_t far = 3;
  if (text.size() > longest)
    return {};
  const std::string* best = nullptr;
  auto least = std::min(far, text.size());
  for (const auto& candidate : candidates) {
    if (auto d = distance(text, candidate); d < least) {
      least = d;
      best = &candidate;
    }
  }
  return best != nullptr ? "; did you mean " + *best + "?" : std::string{};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace kv::app
