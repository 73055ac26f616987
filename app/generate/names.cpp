#include "app/generate/names.hpp"

#include "app/options.hpp"
#include "app/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace kv::app {

namespace {

constexpr size_t longest = 40;

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";

/// Words of C++, and namespaces that a project of that name would hide.
constexpr std::array<std::string_view, 84> taken{"alignas",
                                                 "alignof",
                                                 "and",
                                                 "asm",
                                                 "auto",
                                                 "bool",
                                                 "break",
                                                 "caf",
                                                 "case",
                                                 "catch",
                                                 "char",
                                                 "class",
                                                 "co_await",
                                                 "co_return",
                                                 "co_yield",
                                                 "compl",
                                                 "concept",
                                                 "const",
                                                 "consteval",
                                                 "constexpr",
                                                 "constinit",
                                                 "continue",
                                                 "decltype",
                                                 "default",
                                                 "delete",
                                                 "do",
                                                 "double",
                                                 "else",
                                                 "enum",
                                                 "explicit",
                                                 "export",
                                                 "extern",
                                                 "false",
                                                 "float",
                                                 "for",
                                                 "friend",
                                                 "goto",
                                                 "if",
                                                 "inline",
                                                 "int",
                                                 "kv",
                                                 "long",
                                                 "main",
                                                 "mutable",
                                                 "namespace",
                                                 "new",
                                                 "noexcept",
                                                 "not",
                                                 "nullptr",
                                                 "operator",
                                                 "or",
                                                 "private",
                                                 "protected",
                                                 "public",
                                                 "register",
                                                 "reinterpret_cast",
                                                 "requires",
                                                 "return",
                                                 "short",
                                                 "signed",
                                                 "sizeof",
                                                 "static",
                                                 "static_assert",
                                                 "std",
                                                 "struct",
                                                 "switch",
                                                 "template",
                                                 "test",
                                                 "this",
                                                 "thread_local",
                                                 "throw",
                                                 "true",
                                                 "try",
                                                 "typedef",
                                                 "typeid",
                                                 "typename",
                                                 "union",
                                                 "unsigned",
                                                 "using",
                                                 "virtual",
                                                 "void",
                                                 "volatile",
                                                 "while",
                                                 "xor"};

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw refusal{exit_status::usage, in_quotes(name) + ": " + why};
}

} // namespace

void check_name(const std::string& name) {
  if (name.empty() || letters.find(name[0]) == std::string_view::npos
      || name.find_first_not_of(allowed) != std::string::npos
      || name.find("__") != std::string::npos || name.back() == '_')
    refuse(name, "is no name; use lower-case letters, digits and single "
                 "underscores, a letter first");
  if (name.size() > longest)
    refuse(name, "is too long; use at most 40 letters");
  if (std::find(taken.begin(), taken.end(), name) != taken.end())
    refuse(name, "is a word of C++ or of a library; choose another name");
}

void check_names(const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    check_name(names[i]);
    if (std::find(names.begin(), names.begin() + static_cast<ptrdiff_t>(i),
                  names[i])
        != names.begin() + static_cast<ptrdiff_t>(i))
      refuse(names[i], "is given twice; choose another name");
  }
}

} // namespace kv::app
