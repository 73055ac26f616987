#include "actors/kv/durable.hpp"

#include <cstring>

// A change is its kind, its flags, its number and three lengths, and then its
// texts. This never leaves the process.

namespace kv {

namespace {

template <class T>
void write(std::string& to, T x) {
  char buf[sizeof(T)];
  std::memcpy(buf, &x, sizeof(T));
  to.append(buf, sizeof(T));
}

template <class T>
T read(std::string_view& from) {
  T result{};
  std::memcpy(&result, from.data(), sizeof(T));
  from.remove_prefix(sizeof(T));
  return result;
}

std::string_view read_text(std::string_view& from, uint32_t length) {
  auto result = from.substr(0, length);
  from.remove_prefix(length);
  return result;
}

} // namespace

void kept_changes::add(const kept_change& x) {
  write(bytes_, x.what);
  write(bytes_, x.strings);
  write(bytes_, x.ephemeral);
  write(bytes_, x.number);
  for (auto text : {x.name, x.key, x.value})
    write(bytes_, static_cast<uint32_t>(text.size()));
  for (auto text : {x.name, x.key, x.value})
    bytes_.append(text);
}

kept_change kept_changes::take(std::string_view& rest) {
  kept_change result;
  result.what = read<kept_change::op>(rest);
  result.strings = read<bool>(rest);
  result.ephemeral = read<bool>(rest);
  result.number = read<int64_t>(rest);
  auto name = read<uint32_t>(rest);
  auto key = read<uint32_t>(rest);
  auto value = read<uint32_t>(rest);
  result.name = read_text(rest, name);
  result.key = read_text(rest, key);
  result.value = read_text(rest, value);
  return result;
}

} // namespace kv
