#include "actors/ets/dynamic/functions.hpp"

#include "actors/ets/dynamic/function_families.hpp"

#include <algorithm>
#include <array>

namespace kv::ets::dynamic::detail {

namespace {

/// Returns the first function for which pred(function) holds; null if there is
/// none.
template <class Pred>
const function* find_if(Pred pred) noexcept {
  for (const auto family :
       {term_functions(), logic_functions(), number_functions()}) {
    const auto i = std::find_if(family.begin(), family.end(), pred);
    if (i != family.end())
      return &*i;
  }
  return nullptr;
}

} // namespace

const function* find_function(std::string_view name,
                              std::size_t args) noexcept {
  return find_if([&](const function& f) {
    return f.name == name && args >= f.least && args <= f.most;
  });
}

bool is_function(std::string_view name) noexcept {
  return find_if([name](const function& f) { return f.name == name; })
         != nullptr;
}

} // namespace kv::ets::dynamic::detail
