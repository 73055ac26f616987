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
    case ec::max_children:
      return "max_children";
    case ec::quarantined:
      return "quarantined";
    case ec::overloaded:
      return "overloaded";
    case ec::not_kept:
      return "not_kept";
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
  auto context = reason.context();
  if (crash_details_of(reason))
    context = context.take(1);
  if (!context.empty())
    result += to_string(context);
  return result;
}

caf::error make_overload(std::chrono::milliseconds retry_after) {
  return caf::make_error(ec::overloaded,
                         static_cast<uint64_t>(retry_after.count()));
}

std::optional<std::chrono::milliseconds> retry_after(const caf::error& reason) {
  if (!reason || reason != ec::overloaded
      || !reason.context().match_elements<uint64_t>())
    return std::nullopt;
  return std::chrono::milliseconds{reason.context().get_as<uint64_t>(0)};
}

caf::error make_crash(std::string text, crash_details details) {
  return caf::make_error(ec::crashed, std::move(text),
                         std::move(details.last_message), details.mailbox);
}

std::optional<crash_details> crash_details_of(const caf::error& reason) {
  if (!reason || reason != ec::crashed
      || !reason.context().match_elements<std::string, std::string, uint64_t>())
    return std::nullopt;
  return crash_details{reason.context().get_as<std::string>(1),
                       reason.context().get_as<uint64_t>(2)};
}

bool is_orderly(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::normal
         || reason == caf::exit_reason::user_shutdown
         || reason == ec::max_restarts;
}

} // namespace kv
