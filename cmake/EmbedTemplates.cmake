# Writes a source file that holds others as texts:
#   cmake -D OUT=... -D FILES=... -P EmbedTemplates.cmake
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "\\.in$" "" name "${name}")
  file(READ "${file}" text)
  string(APPEND entries "    {\"${name}\", R\"~~~(${text})~~~\"},\n")
endforeach()
file(WRITE "${OUT}" "// Made by EmbedTemplates.cmake.
#include \"app/generate/templates.hpp\"

namespace kv::app {

std::string_view template_text(std::string_view name) {
  static const std::map<std::string_view, std::string_view> texts{
${entries}  };
  return texts.at(name);
}

} // namespace kv::app
")
