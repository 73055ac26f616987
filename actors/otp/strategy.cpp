#include "actors/otp/strategy.hpp"

#include "actors/base/error.hpp"

#include <algorithm>

namespace kv::otp {

std::string to_string(strategy x) {
  switch (x) {
    case strategy::one_for_one:
      return "one_for_one";
    case strategy::one_for_all:
      return "one_for_all";
    case strategy::rest_for_one:
      return "rest_for_one";
  }
  return "invalid";
}

verdict judge(restart policy, const caf::error& reason) {
  switch (policy) {
    case restart::permanent:
      return verdict::restart;
    case restart::transient:
      return is_orderly(reason) ? verdict::keep : verdict::restart;
    case restart::temporary:
      break;
  }
  return verdict::forget;
}

bool ends_supervisor(auto_shutdown policy,
                     std::span<const child_facts> children, size_t who) {
  if (policy == auto_shutdown::never || !children[who].significant)
    return false;
  if (policy == auto_shutdown::any_significant)
    return true;
  for (size_t i = 0; i < children.size(); ++i)
    if (i != who && children[i].significant && children[i].present)
      return false;
  return true;
}

plan plan_restart(strategy how, std::span<const child_facts> children,
                  size_t who) {
  auto first = how == strategy::one_for_all ? 0 : who;
  auto last = how == strategy::one_for_one ? who + 1 : children.size();
  plan result;
  for (auto i = first; i < last; ++i) {
    if (i != who && children[i].quarantined)
      continue;
    if (i != who)
      result.stop.push_back(i);
    if (i == who || children[i].restart != restart::temporary)
      result.start.push_back(i);
    else
      result.forget.push_back(i);
  }
  std::reverse(result.stop.begin(), result.stop.end());
  return result;
}

plan plan_shutdown(size_t n) {
  plan result;
  while (n > 0)
    result.stop.push_back(--n);
  return result;
}

} // namespace kv::otp
