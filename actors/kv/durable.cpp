#include "actors/kv/durable.hpp"

#include <algorithm>
#include <array>
#include <cstring>

// A change is its kind, its flags, its mode (0: none of its own), its number
// and three lengths, and then its texts. This never leaves the process.

namespace kv {

namespace {

constexpr std::array<const char*, 3> mode_names{"none", "everysec", "always"};

constexpr size_t head_size = 4 + sizeof(int64_t) + 3 * sizeof(uint32_t);

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

std::string to_string(durability x) {
  return mode_names[static_cast<size_t>(x)];
}

std::optional<durability> durability_of(std::string_view name) {
  auto same = [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y;
  };
  for (size_t i = 0; i < mode_names.size(); ++i) {
    std::string_view known{mode_names[i]};
    if (std::equal(name.begin(), name.end(), known.begin(), known.end(), same))
      return static_cast<durability>(i);
  }
  return std::nullopt;
}

// All of it or, out of memory, nothing.
void kept_changes::add(const kept_change& x) {
  auto size = bytes_.size() + head_size + x.name.size() + x.key.size()
              + x.value.size();
  if (size > bytes_.capacity())
    bytes_.reserve(std::max(size, 2 * bytes_.capacity()));
  write(bytes_, x.what);
  write(bytes_, x.strings);
  write(bytes_, x.ephemeral);
  write(bytes_,
        static_cast<uint8_t>(x.mode ? static_cast<uint8_t>(*x.mode) + 1 : 0));
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
  if (auto mode = read<uint8_t>(rest); mode > 0)
    result.mode = static_cast<durability>(mode - 1);
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
