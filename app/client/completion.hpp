#pragma once

#include "app/client/command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// Splits a line into words as Redis does with inline requests.
/// Errors: throws `command_failure` for unbalanced quotes.
std::vector<std::string> split_line(std::string line);

/// What a line may go on with.
struct completions {
  size_t start = 0; ///< Where the word begins that they complete.
  std::vector<std::string> words;
};

/// Returns what may stand where `line` ends: commands, buckets, or keys of the
/// bucket before. Asks the server for the latter two.
/// Errors: throws `cannot_connect`; what the server refuses completes nothing.
completions complete(command_context& context, std::string_view line);

/// Returns what all of `words` begin with.
std::string common_start(const std::vector<std::string>& words);

/// Returns the operands of the line's first word, as in `BUCKET KEY`, or
/// nothing if it is no command of ours.
std::string hint(std::string_view line);

/// Returns the names of the commands that only the shell has.
const std::vector<std::string>& shell_words();

} // namespace kv::app
