#include "actors/kv/bucket_fields.hpp"

#include "actors/kv/expiry_agenda.hpp"
#include "actors/kv/keeper.hpp"

#include <utility>

namespace kv {

namespace {

bool anybody_there() {
  return change_feed::of_process().active();
}

void tell_put(std::string_view name, const field& x) {
  change_feed::of_process().tell(
    {name, change_kind::put_field, 'h', {}, x.key, x.value});
}

void tell_gone(std::string_view name, std::string_view key) {
  if (anybody_there())
    change_feed::of_process().tell(
      {name, change_kind::no_field, 'h', {}, key, {}});
}

} // namespace

void bucket_fields::keep(const field& x) const {
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
    k->put(are_strings(), name_, x);
}

void bucket_fields::keep_erased(std::string_view key) const {
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
    k->erase(are_strings(), name_, key);
}

bool bucket_fields::insert(const field& x) const {
  touching mark{name_};
  keep(x);
  expiry_agenda::of_process().note(expiry_kind::fields, name_, x.expires);
  auto make = [&] { return x; };
  auto replace = [&](const field&) { return std::optional<field>{x}; };
  auto existed = rows_->upsert(x.key, make, replace);
  if (anybody_there())
    tell_put(name_, x);
  return !existed;
}

void bucket_fields::insert_many(std::vector<field> xs) const {
  touching mark{name_};
  for (const auto& x : xs) {
    expiry_agenda::of_process().note(expiry_kind::fields, name_, x.expires);
    keep(x);
  }
  if (!anybody_there()) {
    rows_->insert_many(std::move(xs));
    return;
  }
  rows_->insert_many(xs);
  for (const auto& x : xs)
    tell_put(name_, x);
}

bool bucket_fields::insert_new(const field& x) const {
  return !member(x.key) && insert(x);
}

size_t bucket_fields::erase(std::string_view key) const {
  return take(key) ? 1 : 0;
}

optional_bytes bucket_fields::take(std::string_view key) const {
  touching mark{name_};
  auto old = rows_->take(key);
  if (!old)
    return std::nullopt;
  keep_erased(key);
  tell_gone(name_, key);
  return std::string{old->value.view()};
}

bool bucket_fields::expire(std::string_view key, deadline at) const {
  touching mark{name_};
  expiry_agenda::of_process().note(expiry_kind::fields, name_, at);
  if (!ets::set_deadline(*rows_, key, at))
    return false;
  if (keeper::of_process() != nullptr) [[unlikely]]
    keep_again(key);
  return true;
}

void bucket_fields::keep_again(std::string_view key) const {
  if (!rows_->visit(key, [this](const field& x) { keep(x); }))
    keep_erased(key); // its deadline has passed
}

void bucket_fields::note_bucket(deadline at) const {
  expiry_agenda::of_process().note(expiry_kind::bucket, name_, at);
}

void bucket_fields::clear() const {
  touching mark{name_};
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
    k->clear(are_strings(), name_);
  rows_->clear();
}

void bucket_fields::tell(char group, std::string_view event) const {
  change_feed::of_process().tell_key(name_, group, event);
}

} // namespace kv
