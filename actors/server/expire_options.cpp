#include "actors/server/expire_options.hpp"

#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/words.hpp"

#include <string>

namespace kv::server {

bool expire_condition::take(std::string_view word) {
  if (is_word(word, "NX"))
    return if_none = true;
  if (is_word(word, "XX"))
    return if_any = true;
  if (is_word(word, "GT"))
    return if_later = true;
  if (is_word(word, "LT"))
    return if_earlier = true;
  return false;
}

bool expire_condition::is_possible(resp_writer& out) const {
  if (if_none && (if_any || if_later || if_earlier)) {
    out.error("ERR NX and XX, GT or LT options at the same time are not "
              "compatible");
    return false;
  }
  if (if_later && if_earlier) {
    out.error("ERR GT and LT options at the same time are not compatible");
    return false;
  }
  return true;
}

bool expire_condition::allows(deadline old, deadline fresh) const {
  return !(if_none && !old.is_never()) && !(if_any && old.is_never())
         && !(if_later && fresh <= old) && !(if_earlier && fresh >= old);
}

expiry_form form_of(std::string_view command) {
  // Those of fields have an h before their names.
  auto name = command.substr(command.starts_with('h') ? 1 : 0);
  return {!name.starts_with('p'),
          name.ends_with("at") || name.ends_with("time")};
}

std::optional<expire_request> read_expire(arguments args, resp_writer& out) {
  expire_request result;
  for (auto word : args.subspan(3))
    if (!result.condition.take(word)) {
      out.error("ERR Unsupported option " + std::string{word});
      return std::nullopt;
    }
  if (!result.condition.is_possible(out))
    return std::nullopt;
  auto time = to_integer(args[2]);
  if (!time) {
    out.error(error_text::not_an_integer);
    return std::nullopt;
  }
  const auto* what = find_command(args[0]);
  auto moment = moment_of(*time, form_of(what->name));
  if (!moment) {
    out.error("ERR invalid expire time in '" + std::string{what->name}
              + "' command");
    return std::nullopt;
  }
  result.at = moment->at;
  return result;
}

int64_t time_in(expiry_form form, deadline at, bool round_up) {
  constexpr int64_t second = 1000;
  auto ms = form.at ? to_unix(at) : milliseconds_to(at);
  if (!form.in_seconds)
    return ms;
  return (ms + (round_up ? second - 1 : second / 2)) / second;
}

} // namespace kv::server
