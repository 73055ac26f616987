#include "actors/base/error.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

namespace kv {

// No `default`: -Werror=switch makes a forgotten enumerator a build failure.
std::string to_string(ec code) {
  switch (code) {
    case ec::none:
      return "none";
    case ec::badarg:
      return "badarg";
    case ec::no_such_table:
      return "no_such_table";
    case ec::name_taken:
      return "name_taken";
    case ec::access_denied:
      return "access_denied";
    case ec::no_such_bucket:
      return "no_such_bucket";
    case ec::no_such_child:
      return "no_such_child";
    case ec::shutting_down:
      return "shutting_down";
    case ec::start_failed:
      return "start_failed";
    case ec::timeout:
      return "timeout";
    case ec::max_restarts:
      return "max_restarts";
    case ec::crashed:
      return "crashed";
    case ec::no_such_actor:
      return "no_such_actor";
    case ec::already_present:
      return "already_present";
    case ec::already_started:
      return "already_started";
    case ec::running:
      return "running";
    case ec::restarting:
      return "restarting";
  }
  return "invalid";
}

namespace {

std::string category_text(const caf::error& reason) {
  if (reason.category() == caf::error{ec::badarg}.category())
    return to_string(static_cast<ec>(reason.code()));
  if (reason.category() == caf::error{caf::exit_reason::kill}.category())
    return to_string(static_cast<caf::exit_reason>(reason.code()));
  if (reason.category() == caf::error{caf::sec::runtime_error}.category())
    return to_string(static_cast<caf::sec>(reason.code()));
  return to_string(reason.category()) + '/' + std::to_string(reason.code());
}

} // namespace

std::string describe(const caf::error& reason) {
  if (!reason)
    return "normal";
  auto result = category_text(reason);
  if (const auto& context = reason.context(); !context.empty())
    result += to_string(context);
  return result;
}

bool is_orderly(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::normal
         || reason == caf::exit_reason::user_shutdown
         || reason == ec::max_restarts;
}

} // namespace kv
