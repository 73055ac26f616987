#include "actors/kv/strings.hpp"

#include "actors/kv/expiry_agenda.hpp"
#include "actors/kv/keeper.hpp"
#include "actors/kv/kept_answer.hpp"
#include "actors/kv/step_marks.hpp"

#include <caf/actor_cast.hpp>
#include <caf/system_messages.hpp>

#include <optional>
#include <utility>

// Invariants
// I1  A string is in the table before the claim of a bucket is revoked, and
//     whoever asks for a name looks for a string first: see `name_claim`.

namespace kv {

namespace {

/// A bucket whose name has been taken from it.
struct unnamed_bucket {
  bucket_ref bucket;
  bool was_current = false; ///< It had not expired before, or ended.
  bool ephemeral = false;
};

/// Takes the name from a bucket, unless somebody else has.
std::optional<unnamed_bucket> revoke(const bucket_entry& x) {
  touching mark{x.name.view()};
  unnamed_bucket result{x.bucket, x.is_current(), x.ephemeral.load()};
  if (!x.claim.revoke())
    return std::nullopt;
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
    k->drop(x.name.view());
  return result;
}

/// Keeps a string whose deadline has been changed.
void keep_again(keeper& to, const bucket_fields::rows_type& rows,
                std::string_view key) {
  if (!rows.visit(key, [&](const field& x) { to.put(true, {}, x); }))
    to.erase(true, {}, key);
}

/// Has it end once it is not at work; returns whether it was there to those who
/// do not know of actors.
bool end(const unnamed_bucket& x) {
  step_marks::of_buckets().wait(x.bucket.fields.id());
  bool existed = false;
  try {
    existed = x.was_current && (!x.ephemeral || x.bucket.fields.size() > 0);
  } catch (const ets::error&) {
    // It has ended by itself, with all it held.
  }
  auto* bucket = caf::actor_cast<caf::abstract_actor*>(x.bucket.actor);
  bucket->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                  caf::make_message(
                    caf::exit_msg{nullptr, caf::exit_reason::user_shutdown}),
                  nullptr);
  return existed;
}

} // namespace

// -- strings_state ------------------------------------------------------------

strings_state::strings_state(handle_type::pointer,
                             ets::writer<fields_table> rows)
  : rows_(std::move(rows)) {
  // nop
}

strings_actor::behavior_type strings_state::make_behavior() {
  return {
    [this](const bucket_task& task) {
      kept_step step;
      task.work->run({rows_, {}, nullptr});
      answer_when_kept(step, task);
    },
  };
}

// -- string_keys --------------------------------------------------------------

string_keys::held_name::held_name(const string_keys& keys, std::string_view key)
  : keys_(keys), key_(key) {
  if (keys.visit(key, [](const field&) {}))
    return; // nobody else makes or ends strings
  mark_.emplace(step_marks::of_names(), hash_of_name(key));
  keys.names().buckets.visit(key, [this](const bucket_entry& x) {
    if (x.claim.hold())
      bucket_ = x.bucket.fields.id();
  });
  if (bucket_ != 0)
    step_marks::of_buckets().wait(bucket_);
  kind_ = keys.names().has_bucket(key) ? name_kind::bucket : name_kind::none;
}

string_keys::held_name::~held_name() {
  if (bucket_ != 0)
    keys_.names().buckets.visit(key_, [this](const bucket_entry& x) {
      if (x.bucket.fields.id() == bucket_)
        x.claim.release();
    });
}

void string_keys::put(std::string_view key, std::string_view value,
                      deadline expires) const {
  touching mark{key};
  expiry_agenda::of_process().note(expiry_kind::strings, {}, expires);
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
    k->put(true, {}, key, value, expires);
  auto make = [&] { return field{key, value, expires}; };
  auto replace = [&](const field&) { return std::optional<field>{make()}; };
  if (!rows_->upsert(key, make, replace))
    end_bucket(key);
}

void string_keys::put_many(std::vector<field> xs) const {
  std::vector<shared_text> keys;
  keys.reserve(xs.size());
  for (const auto& x : xs) {
    keys.push_back(x.key);
    if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
      k->put(true, {}, x);
  }
  auto touch_all = [&] {
    auto& feed = change_feed::of_process();
    if (feed.active())
      for (const auto& key : keys)
        feed.touch(key);
  };
  touch_all();
  rows_->insert_many(std::move(xs));
  for (const auto& key : keys)
    end_bucket(key);
  touch_all();
}

name_kind string_keys::erase(std::string_view key) const {
  touching mark{key};
  if (rows_->erase(key) > 0) {
    if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
      k->erase(true, {}, key);
    return name_kind::string;
  }
  return end_bucket(key) ? name_kind::bucket : name_kind::none;
}

name_kind string_keys::expire(std::string_view key, deadline at) const {
  touching mark{key};
  auto& agenda = expiry_agenda::of_process();
  if (ets::set_deadline(*rows_, key, at)) {
    agenda.note(expiry_kind::strings, {}, at);
    if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
      keep_again(*k, *rows_, key);
    return name_kind::string;
  }
  auto found = names_->visit_bucket(key, [&](const bucket_entry& x) {
    x.expires.store(at);
    if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
      k->describe({std::string{key}, x.ephemeral.load(), at});
  });
  if (!found)
    return name_kind::none;
  agenda.note(expiry_kind::bucket, key, at);
  return name_kind::bucket;
}

void string_keys::erase_expired(std::string_view key) const {
  deadline next;
  std::optional<unnamed_bucket> expired;
  names_->buckets.visit(key, [&](const bucket_entry& x) {
    if (x.has_expired())
      expired = revoke(x);
    else
      next = x.expires.load(); // it was moved
  });
  if (expired) {
    end(*expired);
    tell(key, 'x', "expired");
  }
  expiry_agenda::of_process().note(expiry_kind::bucket, key, next);
}

void string_keys::clear() const {
  rows_->for_each([](const field& x) { touching mark{x.key}; });
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
    k->clear(true, {});
  rows_->clear();
  rows_->for_each([](const field& x) { touching mark{x.key}; });
  std::vector<unnamed_bucket> buckets; // a visitor must not wait
  for (auto again = true; again;) {
    again = false;
    names_->buckets.for_each([&](const bucket_entry& x) {
      again = again || x.claim.is_moving();
      if (auto bucket = revoke(x))
        buckets.push_back(std::move(*bucket));
    });
  }
  for (const auto& bucket : buckets)
    end(bucket);
}

bool string_keys::end_bucket(std::string_view key) const {
  claim_fence();
  std::optional<unnamed_bucket> bucket;
  for (auto again = true; again;) {
    again = false;
    names_->buckets.visit(key, [&](const bucket_entry& x) {
      again = x.claim.is_moving(); // for no longer than a row is written
      bucket = revoke(x);
    });
  }
  return bucket && end(*bucket);
}

} // namespace kv
