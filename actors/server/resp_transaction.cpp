#include "actors/server/resp_transaction.hpp"

#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"

#include <algorithm>
#include <utility>

namespace kv::server {

namespace {

bool is_data(const command& x) {
  return x.takes_strings() || x.takes_buckets();
}

/// Of a bucket alone.
bool is_of_bucket(const command& x) {
  return x.takes_buckets() && !x.takes_strings();
}

/// Of strings alone.
bool is_of_strings(const command& x) {
  return x.takes_strings() && !x.takes_buckets();
}

} // namespace

// -- queueing -----------------------------------------------------------------

void resp_transaction::refuse(std::string_view reason) {
  self_.reply().error(reason);
  break_off();
}

void resp_transaction::enqueue(const command& what, arguments args) {
  if (!is_data(what) && (what.flags & flag_keyspace) != 0) {
    refuse("ERR '" + std::string{what.name}
           + "' is not supported in a transaction");
    return;
  }
  if (!fits(what, args)) {
    refuse(error_text::cross_slot);
    return;
  }
  queue_->requests.emplace_back(what, args);
  self_.reply().simple_string("QUEUED");
}

// Of two buckets, or of a bucket and the strings, it cannot be.
bool resp_transaction::fits(const command& what, arguments args) const {
  auto conflicts = [&](const kept_request& x) {
    if (is_of_bucket(what))
      return is_of_strings(*x.what)
             || (is_of_bucket(*x.what) && x.words[1] != args[1]);
    return is_of_strings(what) && is_of_bucket(*x.what);
  };
  return std::none_of(queue_->requests.begin(), queue_->requests.end(),
                      conflicts);
}

// -- running ------------------------------------------------------------------

// Commands of any type go where the others are, or where their names are.
resp_transaction::place
resp_transaction::find_place(const kept_transaction& work) const {
  place result;
  std::vector<std::string_view> names;
  auto strings_only = false;
  for (const auto& x : work.requests) {
    if (is_of_bucket(*x.what))
      result.bucket = x.words[1];
    else if (is_of_strings(*x.what))
      strings_only = true;
    else
      for_each_key(*x.what, x.args(),
                   [&](std::string_view name) { names.push_back(name); });
  }
  for (const auto& x : work.watches)
    names.push_back(x->name());
  if (!result.bucket && !strings_only)
    for (auto name : names)
      if (self_.names().has_bucket(name))
        result.bucket = name;
  result.one_slot
    = std::all_of(names.begin(), names.end(), [&](std::string_view name) {
        return result.bucket ? name == *result.bucket
                             : !self_.names().has_bucket(name);
      });
  return result;
}

void resp_transaction::execute() {
  if (!queue_) {
    self_.reply().error("ERR EXEC without MULTI");
    return;
  }
  auto queue = *std::exchange(queue_, std::nullopt);
  auto work = std::make_shared<kept_transaction>();
  work->watches = std::exchange(watches_, {});
  if (queue.broken) {
    self_.reply().error(
      "EXECABORT Transaction discarded because of previous errors.");
    return;
  }
  work->requests = std::move(queue.requests);
  if (std::none_of(work->requests.begin(), work->requests.end(),
                   [](auto& x) { return is_data(*x.what); })) {
    work->replies.resize(work->requests.size());
    if (work->is_valid())
      self_.replies().next() += compose(*work);
    else
      self_.reply().null_array();
    return;
  }
  auto where = find_place(*work);
  if (where.one_slot) {
    std::string bucket{where.bucket.value_or("")};
    std::string_view name = bucket;
    self_.sender().gather(std::move(work), where.bucket ? &name : nullptr);
  } else if (work->is_valid()) {
    self_.reply().error(error_text::cross_slot);
  } else {
    self_.reply().null_array();
  }
}

std::string resp_transaction::compose(kept_transaction& work) const {
  std::string result;
  resp_writer{result, self_.version()}.array(work.requests.size());
  for (size_t i = 0; i < work.requests.size(); ++i) {
    const auto& x = work.requests[i];
    if (!is_data(*x.what)) {
      self_.replies().capture(&work.replies[i]);
      x.what->on_session(self_, x.args());
      self_.replies().capture(nullptr);
    }
    result += work.replies[i];
  }
  return result;
}

// -- commands -----------------------------------------------------------------

void resp_transaction::begin() {
  if (queue_) {
    self_.reply().error("ERR MULTI calls can not be nested");
    return;
  }
  queue_ = queue{};
  self_.reply().simple_string("OK");
}

void resp_transaction::discard() {
  if (!queue_) {
    self_.reply().error("ERR DISCARD without MULTI");
    return;
  }
  reset();
  self_.reply().simple_string("OK");
}

void resp_transaction::watch(arguments names) {
  if (queue_) {
    self_.reply().error("ERR WATCH inside MULTI is not allowed");
    return;
  }
  std::vector<std::string_view> all{names.begin(), names.end()};
  for (const auto& x : watches_)
    all.push_back(x->name());
  for (auto name : all)
    if (self_.names().has_bucket(name)
        && std::any_of(all.begin(), all.end(),
                       [&](std::string_view x) { return x != name; })) {
      self_.reply().error(error_text::cross_slot);
      return;
    }
  for (auto name : names)
    watches_.push_back(
      std::make_shared<name_watch>(change_feed::of_process(), name));
  self_.reply().simple_string("OK");
}

void resp_transaction::unwatch() {
  watches_.clear();
  self_.reply().simple_string("OK");
}

void resp_transaction::reset() {
  queue_.reset();
  watches_.clear();
}

} // namespace kv::server
