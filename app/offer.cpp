#include "app/offer.hpp"

#include "app/text.hpp"

#include <algorithm>

namespace kv::app {

void check_offer(const option_spec& spec, const offer& x, exit_status status,
                 const std::string& name,
                 const std::vector<std::string>& actor_types) {
  for (const auto& text : x.texts)
    if (!accepts(spec, text, actor_types))
      throw refusal{status, name + ": expected "
                              + expectation(spec, actor_types) + got(text)};
  if (spec.kind != option_kind::names && x.texts.size() > 1)
    throw refusal{status, name + ": given more than once"};
  for (auto i = x.texts.begin(); i != x.texts.end(); ++i)
    if (std::find(x.texts.begin(), i, *i) != i)
      throw refusal{status, name + ": names " + in_quotes(*i) + " twice"};
}

std::string got(std::string_view text) {
  constexpr std::string_view brackets = "\"'[{<";
  if (text.empty())
    return ", got nothing";
  auto is_bare = brackets.find(text.front()) == std::string_view::npos;
  return ", got " + (is_bare ? in_quotes(text) : shortened(text));
}

} // namespace kv::app
