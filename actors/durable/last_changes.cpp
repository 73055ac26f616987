#include "actors/durable/last_changes.hpp"

#include "actors/durable/level_rows.hpp"
#include "actors/ets/key.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <utility>

namespace kv::durable {

namespace {

uint32_t hash_of(const field_change& x) {
  auto hash = ets::key_traits<std::string>::hash(x.key, x.owner);
  return static_cast<uint32_t>(hash);
}

bool same_field(const field_change& x, const field_change& y) {
  return x.owner == y.owner && x.key == y.key;
}

} // namespace

field_change last_changes::place::read() const {
  std::string_view rest{text, size};
  return *take_change(rest);
}

bool last_changes::add(std::string_view text) {
  if (text.size() < sizeof(uint64_t))
    return false;
  std::string_view rest{texts_.emplace_back(text)};
  take_number(rest);
  group_.clear();
  while (!rest.empty()) {
    const auto* begin = rest.data();
    auto x = take_change(rest);
    if (!x) {
      texts_.pop_back();
      return false;
    }
    auto size = static_cast<uint32_t>(rest.data() - begin);
    group_.push_back({begin, size, hash_of(*x)});
  }
  for (const auto& x : group_)
    parts_[x.hash % parts_.size()].push_back(x);
  return true;
}

std::vector<field_change> last_changes::find() const {
  std::vector<field_change> result;
  for (const auto& x : parts_)
    find_in(x, result);
  return result;
}

void last_changes::find_in(const part& in, std::vector<field_change>& to) {
  constexpr size_t ahead = 8;
  boost::unordered_flat_map<uint32_t, field_change> last;
  // Of fields whose hash another one has, too.
  std::map<std::pair<uint64_t, std::string_view>, field_change> others;
  for (size_t i = 0; i < in.size(); ++i) {
    if (i + ahead < in.size())
      __builtin_prefetch(in[i + ahead].text);
    auto x = in[i].read();
    auto [found, is_first] = last.try_emplace(in[i].hash, x);
    if (is_first)
      continue;
    if (same_field(found->second, x))
      found->second = x;
    else
      others.insert_or_assign({x.owner, x.key}, x);
  }
  for (const auto& [hash, x] : last)
    to.push_back(x);
  for (const auto& [field, x] : others)
    to.push_back(x);
}

} // namespace kv::durable
