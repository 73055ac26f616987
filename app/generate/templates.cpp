#include "app/generate/templates.hpp"

namespace kv::app {

std::string fill_template(std::string_view name,
                          const std::map<std::string, std::string>& words) {
  std::string result{template_text(name)};
  for (const auto& [word, text] : words) {
    const auto mark = '@' + word + '@';
    for (size_t at = 0; (at = result.find(mark, at)) != std::string::npos;
         at += text.size())
      result.replace(at, mark.size(), text);
  }
  return result;
}

} // namespace kv::app
