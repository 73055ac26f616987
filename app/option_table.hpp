#pragma once

#include "app/options.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// What the text of an option may be.
enum class option_kind {
  address, ///< A numeric IPv4 or IPv6 address.
  port,    ///< 0 to 65535.
  number,  ///< `least` to `most`.
  word,    ///< One of `words`.
  path,    ///< Not empty.
  host,    ///< A name or an address; not empty, no blanks.
  names,   ///< A list, each one of the known actor types.
};

/// Describes an option: `--NAME` on the command line, `NAME` in section `[kv]`
/// of the configuration file, `KV_NAME` in the environment.
struct option_spec {
  std::string_view name;
  std::string_view metavar;
  option_kind kind;
  std::string_view default_text; ///< Empty: a list without elements, or none.
  std::string_view help;
  /// Stores a text that `accepts` has let through.
  void (*assign)(options& opts, const std::string& text);
  /// Words that are accepted beside what `kind` says.
  std::span<const std::string_view> words{};
  unsigned least = 0;
  unsigned most = 0;
  bool in_file = true;  ///< Whether a configuration file may set it.
  bool reloads = false; ///< Whether SIGHUP is enough for a change of it.
};

/// Returns all options, in the order of the help text.
std::span<const option_spec> option_table();

/// Returns the option called `name`, or null.
const option_spec* find_option(std::string_view name);

/// Returns `KV_LINE_PORT` for `line-port`.
std::string environment_name(const option_spec& spec);

/// Returns nothing for what is not a decimal number without a sign.
std::optional<unsigned> to_number(std::string_view text);

/// Returns whether `text` is one of `spec.words`.
bool is_word(const option_spec& spec, std::string_view text);

/// Returns whether `text` is a value, or one element of a list, of `spec`.
bool accepts(const option_spec& spec, std::string_view text,
             const std::vector<std::string>& actor_types);

/// Returns what `accepts` lets through, as in `a port from 0 to 65535`.
std::string expectation(const option_spec& spec,
                        const std::vector<std::string>& actor_types);

} // namespace kv::app
