#include "actors/server/numbers.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace kv::server {

std::optional<int64_t> to_integer(std::string_view text) noexcept {
  auto digits = text;
  if (digits.starts_with('-'))
    digits.remove_prefix(1);
  if (digits.empty() || (digits[0] == '0' && text.size() > 1))
    return std::nullopt;
  int64_t result = 0;
  const auto* end = text.data() + text.size();
  auto [ptr, err] = std::from_chars(text.data(), end, result);
  if (err != std::errc{} || ptr != end)
    return std::nullopt;
  return result;
}

std::optional<long double> to_number(std::string_view text) {
  // Longer than any number that a client means; bounds the copy.
  constexpr size_t longest = size_t{5} * 1024;
  if (text.empty() || text.size() >= longest || text[0] == ' '
      || (text[0] >= '\t' && text[0] <= '\r'))
    return std::nullopt;
  std::string copy{text};
  char* end = nullptr;
  errno = 0;
  auto result = std::strtold(copy.c_str(), &end);
  auto overflow = errno == ERANGE && (std::isinf(result) || result == 0);
  if (end != copy.c_str() + copy.size() || overflow || std::isnan(result))
    return std::nullopt;
  return result;
}

std::string to_text(long double x) {
  // The largest long double has 4933 digits before the point.
  constexpr size_t longest = size_t{5} * 1024;
  std::array<char, longest> buffer;
  auto size = std::snprintf(buffer.data(), buffer.size(), "%.17Lf", x);
  std::string result{buffer.data(), static_cast<size_t>(size)};
  if (result.find('.') != std::string::npos) {
    result.erase(result.find_last_not_of('0') + 1);
    if (result.ends_with('.'))
      result.pop_back();
  }
  return result == "-0" ? "0" : result;
}

} // namespace kv::server
