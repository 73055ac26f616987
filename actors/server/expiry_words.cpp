#include "actors/server/expiry_words.hpp"

#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/words.hpp"

#include <algorithm>
#include <string>

namespace kv::server {

int64_t milliseconds_to(deadline x) noexcept {
  auto left = x.since_epoch() - deadline::now();
  return std::max<int64_t>(left.count(), 0);
}

std::optional<expiry_moment> moment_of(int64_t time,
                                       expiry_form form) noexcept {
  constexpr int64_t second = 1000;
  if (form.in_seconds && __builtin_mul_overflow(time, second, &time))
    return std::nullopt;
  if (form.at)
    return expiry_moment{time, to_deadline(time)};
  expiry_moment result;
  if (__builtin_add_overflow(time, unix_now(), &result.unix_time))
    return std::nullopt;
  deadline::duration span{std::clamp(time, -most_unix_time, most_unix_time)};
  result.at = deadline::at(deadline::now() + span);
  return result;
}

std::optional<expiry_form> expiry_option(std::string_view word) noexcept {
  if (is_word(word, "EX"))
    return expiry_form{true, false};
  if (is_word(word, "PX"))
    return expiry_form{false, false};
  if (is_word(word, "EXAT"))
    return expiry_form{true, true};
  if (is_word(word, "PXAT"))
    return expiry_form{false, true};
  return std::nullopt;
}

std::optional<deadline> read_expiry(std::string_view text, expiry_form form,
                                    std::string_view command,
                                    resp_writer& out) {
  auto time = to_integer(text);
  if (!time) {
    out.error(error_text::not_an_integer);
    return std::nullopt;
  }
  auto moment = moment_of(*time, form);
  if (*time <= 0 || !moment) {
    out.error("ERR invalid expire time in '" + std::string{command}
              + "' command");
    return std::nullopt;
  }
  return moment->at;
}

} // namespace kv::server
