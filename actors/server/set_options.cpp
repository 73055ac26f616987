#include "actors/server/set_options.hpp"

#include "actors/server/error_texts.hpp"
#include "actors/server/words.hpp"

namespace kv::server {

namespace {

/// Takes an option of one word; returns whether it is one and may stand here.
bool take_word(set_options& x, std::string_view word, bool of_set) {
  if (of_set && is_word(word, "NX") && !x.if_present)
    return x.if_absent = true;
  if (of_set && is_word(word, "XX") && !x.if_absent)
    return x.if_present = true;
  if (of_set && is_word(word, "GET"))
    return x.get = true;
  if (of_set && is_word(word, "KEEPTTL") && !x.expiry)
    return x.keep_ttl = true;
  if (!of_set && is_word(word, "PERSIST") && !x.expiry)
    return x.persist = true;
  return false;
}

std::optional<set_options> read_options(arguments args, size_t first,
                                        bool of_set, resp_writer& out) {
  set_options result;
  for (auto i = first; i < args.size(); ++i) {
    if (take_word(result, args[i], of_set))
      continue;
    auto form = expiry_option(args[i]);
    if (!form || result.expiry || result.keep_ttl || result.persist
        || i + 1 == args.size()) {
      out.error(error_text::syntax);
      return std::nullopt;
    }
    result.expiry = form;
    result.time = args[++i];
  }
  return result;
}

} // namespace

std::optional<set_options> read_set_options(arguments args, resp_writer& out) {
  return read_options(args, 3, true, out);
}

std::optional<set_options> read_getex_options(arguments args,
                                              resp_writer& out) {
  return read_options(args, 2, false, out);
}

} // namespace kv::server
