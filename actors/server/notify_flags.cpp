#include "actors/server/notify_flags.hpp"

namespace kv::server {

std::optional<notify_flags> notify_flags::read(std::string_view text) {
  std::string wanted;
  notify_flags result;
  for (auto c : text) {
    if (c == 'K')
      result.by_key_ = true;
    else if (c == 'E')
      result.by_event_ = true;
    else if (c == 'A')
      wanted += all_classes;
    else if (all_classes.find(c) != std::string_view::npos || c == 'n'
             || c == 'm')
      wanted += c;
    else
      return std::nullopt;
  }
  for (auto c : std::string{all_classes} + "nm")
    if (wanted.find(c) != std::string::npos)
      result.classes_ += c;
  return result;
}

std::string notify_flags::text() const {
  std::string result;
  auto rest = classes_;
  if (rest.starts_with(all_classes)) {
    result = "A";
    rest.erase(0, all_classes.size());
  }
  std::string at_the_end;
  for (auto c : rest)
    (c == 'n' || c == 'm' ? at_the_end : result) += c;
  if (by_key_)
    result += 'K';
  if (by_event_)
    result += 'E';
  for (auto c : {'m', 'n'}) // in this order, as Redis
    if (at_the_end.find(c) != std::string::npos)
      result += c;
  return result;
}

} // namespace kv::server
