#include "actors/otp/message_text.hpp"

#include <caf/atom.hpp>
#include <caf/type_nr.hpp>

#include <cstdint>
#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <type_traits>

namespace kv::otp {

namespace {

std::string demangle(const char* name) {
  auto status = 0;
  std::unique_ptr<char, decltype(&std::free)> text{
    abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free};
  return status == 0 ? text.get() : name;
}

bool is_atom(const caf::type_erased_tuple& content, size_t i) {
  return content.type(i).first == caf::type_nr<caf::atom_value>::value;
}

std::string type_of(const caf::type_erased_tuple& content, size_t i) {
  auto [number, info] = content.type(i);
  return info != nullptr ? demangle(info->name())
                         : caf::numbered_type_names[number - 1];
}

/// Returns whether element `i` is a number, and if so appends its text.
template <class... Ts>
bool append_number(const caf::type_erased_tuple& content, size_t i,
                   std::string& out) {
  auto append = [&](auto probe) {
    using type = decltype(probe);
    if (!content.match_element<type>(i))
      return false;
    if constexpr (std::is_same_v<type, bool>)
      out += content.get_as<bool>(i) ? "true" : "false";
    else
      out += std::to_string(content.get_as<type>(i));
    return true;
  };
  return (append(Ts{}) || ...);
}

void append_value(const caf::type_erased_tuple& content, size_t i, size_t most,
                  std::string& out) {
  if (content.match_element<std::string>(i)) {
    const auto& text = content.get_as<std::string>(i);
    out += '"' + text.substr(0, most) + (text.size() > most ? "...\"" : "\"");
  } else if (!append_number<bool, int8_t, uint8_t, int16_t, uint16_t, int32_t,
                            uint32_t, int64_t, uint64_t, float, double>(
               content, i, out)) {
    out += type_of(content, i);
  }
}

template <class F>
std::string join(const caf::type_erased_tuple& content, F append) {
  std::string result;
  for (size_t i = 0; i < content.size(); ++i) {
    result += i == 0 ? "" : ", ";
    if (is_atom(content, i))
      result += content.stringify(i);
    else
      append(i, result);
  }
  return result;
}

} // namespace

std::string types_of(const caf::type_erased_tuple& content) {
  return join(content,
              [&](size_t i, std::string& out) { out += type_of(content, i); });
}

std::string text_of(const caf::type_erased_tuple& content, size_t most) {
  return join(content, [&](size_t i, std::string& out) {
    append_value(content, i, most, out);
  });
}

} // namespace kv::otp
