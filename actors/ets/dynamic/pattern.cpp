#include "actors/ets/dynamic/pattern.hpp"

#include <algorithm>
#include <charconv>

namespace kv::ets::dynamic::detail {

namespace {

void collect(const term& x, variables& result) {
  if (only_member(x, "const") != nullptr)
    return;
  if (const auto number = variable_number(x))
    result.push_back(*number);
  if (x.is_structured())
    for (const auto& y : x)
      collect(y, result);
}

} // namespace

void fail_at(const std::string& where, std::string_view why) {
  throw error(errc::badarg, (where.empty() ? "match specification" : where)
                              + ": " + std::string{why});
}

std::optional<std::uint32_t> variable_number(const term& x) {
  constexpr std::uint32_t most = 100'000'000;
  const auto* text = x.get_ptr<const std::string*>();
  if (text == nullptr || text->size() < 2 || text->front() != '$')
    return std::nullopt;
  std::uint32_t result = 0;
  const auto* end = text->data() + text->size();
  const auto [rest, code] = std::from_chars(text->data() + 1, end, result);
  if (code != std::errc{} || rest != end || result > most)
    return std::nullopt;
  return result;
}

const term* only_member(const term& x, const char* key) {
  if (!x.is_object() || x.size() != 1 || x.begin().key() != key)
    return nullptr;
  return &*x.begin();
}

variables pattern::variables_of(const term& source) {
  variables result;
  collect(source, result);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

pattern pattern::head(const term& source, const std::string& where,
                      const variables& names) {
  pattern result;
  if (source.is_array() && !source.empty()) {
    result.form_ = form::list;
    result.add_elements(source, where, names);
    return result;
  }
  result = leaf(source, names);
  // No row is anything but an array.
  if (result.form_ != form::any && result.form_ != form::variable)
    result.form_ = form::nothing;
  return result;
}

pattern pattern::leaf(const term& source, const variables& names) {
  pattern result;
  if (source == "_")
    return result;
  if (const auto number = variable_number(source)) {
    const auto at = std::lower_bound(names.begin(), names.end(), *number);
    result.form_ = form::variable;
    result.slot_ = static_cast<std::size_t>(at - names.begin());
    return result;
  }
  result.form_ = form::constant;
  result.fixed_ = true;
  result.constant_ = source;
  return result;
}

pattern pattern::part(const term& source, const std::string& where,
                      const variables& names) {
  pattern result;
  if (const auto* literal = only_member(source, "const")) {
    check_term(*literal);
    result.form_ = form::constant;
    result.fixed_ = true;
    result.constant_ = *literal;
    return result;
  }
  if (!source.is_structured()) {
    check_term(source);
    return leaf(source, names);
  }
  const auto* inner = only_member(source, "map");
  const auto& from = inner != nullptr ? *inner : source;
  if (inner != nullptr && !inner->is_object())
    fail_at(where, "\"map\" is not followed by an object");
  result.form_ = from.is_object() ? form::map : form::list;
  result.add_elements(from, inner != nullptr ? where + "/map" : where, names);
  result.fix();
  return result;
}

// What has no variables stands for one term, and maps aside is compared as
// such.
void pattern::fix() {
  fixed_ = std::all_of(parts_.begin(), parts_.end(),
                       [](const pattern& x) { return x.fixed_; });
  if (!fixed_)
    return;
  constant_ = form_ == form::map ? term::object() : term::array();
  bool maps = form_ == form::map;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    maps = maps || parts_[i].form_ != form::constant;
    if (form_ == form::map)
      constant_[keys_[i]] = parts_[i].constant_;
    else
      constant_.push_back(parts_[i].constant_);
  }
  if (!maps)
    form_ = form::constant;
}

void pattern::add_elements(const term& source, const std::string& where,
                           const variables& names) {
  for (auto i = source.begin(); i != source.end(); ++i) {
    auto place = where + '/';
    place += source.is_object() ? i.key() : std::to_string(parts_.size());
    if (source.is_object())
      keys_.push_back(i.key());
    parts_.push_back(part(*i, place, names));
  }
}

bool pattern::match(const row& x, bindings& bound) const {
  return form_ == form::list ? match_elements(x.fields(), bound)
                             : match_part(x.fields(), bound);
}

bool pattern::match_part(const term& x, bindings& bound) const {
  switch (form_) {
    case form::any:
      return true;
    case form::variable:
      return bind(x, bound);
    case form::constant:
      return dynamic::identical(x, constant_);
    case form::list:
      return x.is_array() && match_elements(x, bound);
    case form::map:
      if (!x.is_object())
        return false;
      for (std::size_t i = 0; i < keys_.size(); ++i) {
        const auto member = x.find(keys_[i]);
        if (member == x.end() || !parts_[i].match_part(*member, bound))
          return false;
      }
      return true;
    case form::nothing:
      break;
  }
  return false;
}

bool pattern::match_elements(const term& x, bindings& bound) const {
  if (x.size() != parts_.size())
    return false;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (!parts_[i].match_part(x[i], bound))
      return false;
  return true;
}

bool pattern::bind(const term& x, bindings& bound) const {
  auto& mine = bound[slot_];
  if (mine != nullptr)
    return dynamic::identical(*mine, x);
  mine = &x;
  return true;
}

const term* pattern::key(std::size_t position) const noexcept {
  if (form_ != form::list || position >= parts_.size()
      || !parts_[position].fixed_)
    return nullptr;
  return &parts_[position].constant_;
}

term pattern::key_prefix(std::size_t position) const {
  if (form_ != form::list || position >= parts_.size()
      || parts_[position].form_ != form::list)
    return nullptr;
  auto result = term::array();
  for (const auto& x : parts_[position].parts_) {
    if (x.form_ != form::constant)
      break;
    result.push_back(x.constant_);
  }
  return result.empty() ? term{} : result;
}

} // namespace kv::ets::dynamic::detail
