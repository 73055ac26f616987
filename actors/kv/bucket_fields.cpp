#include "actors/kv/bucket_fields.hpp"

#include "actors/kv/expiry_agenda.hpp"

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

void bucket_fields::insert(field x) const {
  touching mark{name_};
  expiry_agenda::of_process().note(expiry_kind::fields, name_, x.expires);
  if (!anybody_there()) {
    rows_->insert(std::move(x));
    return;
  }
  rows_->insert(x);
  tell_put(name_, x);
}

void bucket_fields::insert_many(std::vector<field> xs) const {
  touching mark{name_};
  for (const auto& x : xs)
    expiry_agenda::of_process().note(expiry_kind::fields, name_, x.expires);
  if (!anybody_there()) {
    rows_->insert_many(std::move(xs));
    return;
  }
  rows_->insert_many(xs);
  for (const auto& x : xs)
    tell_put(name_, x);
}

bool bucket_fields::insert_new(field x) const {
  if (member(x.key))
    return false;
  insert(std::move(x));
  return true;
}

size_t bucket_fields::erase(std::string_view key) const {
  return take(key) ? 1 : 0;
}

optional_bytes bucket_fields::take(std::string_view key) const {
  touching mark{name_};
  auto old = rows_->take(key);
  if (!old)
    return std::nullopt;
  tell_gone(name_, key);
  return std::move(old->value);
}

bool bucket_fields::expire(std::string_view key, deadline at) const {
  touching mark{name_};
  expiry_agenda::of_process().note(expiry_kind::fields, name_, at);
  return ets::set_deadline(*rows_, key, at);
}

void bucket_fields::note_bucket(deadline at) const {
  expiry_agenda::of_process().note(expiry_kind::bucket, name_, at);
}

void bucket_fields::clear() const {
  touching mark{name_};
  rows_->clear();
}

void bucket_fields::tell(char group, std::string_view event) const {
  change_feed::of_process().tell_key(name_, group, event);
}

} // namespace kv
