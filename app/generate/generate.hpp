#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>

namespace kv::app {

/// Whether the words behind the program's name ask for code to be written:
/// `new` or `add`.
bool is_generator(std::span<const std::string> args);

/// Runs `new DIR [--actor NAME]... [--supervisor NAME] [--handler NAME]`, which
/// makes a project, or `add actor|handler|table NAME`, which makes one more
/// part with its test, in such a project or in this tree. Says on `out` what it
/// has written below `here`.
/// Errors: throws `refusal` with `exit_status::usage` before anything is
/// written; `std::runtime_error` if writing fails.
void generate(std::span<const std::string> args,
              const std::filesystem::path& here, std::ostream& out);

std::string generator_help_text();

} // namespace kv::app
