#include "actors/server/resp_sender.hpp"

#include "actors/base/error.hpp"
#include "actors/base/host_unit.hpp"
#include "actors/kv/step_marks.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

// Invariants
// I1  There is at most one batch for a bucket, and one for the strings, that is
//     not sent. No name is a key of both kinds of batches.
// I2  A bucket runs nothing once its name has been taken from it, and who takes
//     it waits for what it runs: so nobody's write is lost, and whoever ends a
//     bucket knows what it held.
// I3  While answers are under way nothing is gathered: the session waits.

namespace kv::server {

namespace {

constexpr std::string_view late = "ERR the bucket does not answer";

std::string overloaded_text(const caf::error& reason) {
  auto wait = retry_after(reason).value_or(std::chrono::milliseconds{1});
  return "OVERLOADED too much is waiting, try again in "
         + std::to_string(wait.count()) + " ms";
}

host_unit& unit_of(resp_session& self) {
  return host_unit::of_this_thread(self.kv().system());
}

} // namespace

// -- gathering ----------------------------------------------------------------

bool resp_sender::must_wait(const command& what, arguments args) const {
  if (batches_.empty())
    return false;
  if ((what.flags & flag_keyspace) != 0)
    return true;
  auto result = false;
  if (what.takes_strings()) {
    if (!buckets_.empty())
      for_each_key(what, args, [&](std::string_view key) {
        result = result || buckets_.contains(key);
      });
  } else if (what.takes_buckets() && strings_ != nullptr
             && !buckets_.contains(args[1])) {
    result = strings_->has_key(args[1]);
  }
  return result;
}

void resp_sender::gather(const command& what, arguments args) {
  kept_request request{what, args}; // first: there may be no memory for it
  auto& batch = what.takes_strings() ? batch_for_strings() : batch_for(args[1]);
  batch.items.push_back({std::move(request), self_.replies().reserve()});
  reads_ += (what.flags & flag_readonly) != 0 ? 1 : 0;
}

void resp_sender::gather(resp_batch::transaction work,
                         const std::string_view* bucket) {
  auto& batch = bucket != nullptr ? batch_for(*bucket) : batch_for_strings();
  batch.items.push_back({std::move(work), self_.replies().reserve()});
}

resp_sender::batch_ptr resp_sender::make_batch() {
  auto result = std::make_shared<resp_batch>();
  result->version = self_.version();
  result->slow = &self_.service().slow;
  result->client = &self_.info();
  batches_.push_back(result);
  return result;
}

resp_batch& resp_sender::batch_for(std::string_view bucket) {
  if (!batches_.empty() && batches_.back()->bucket == bucket
      && !batches_.back()->for_strings)
    return *batches_.back();
  if (auto i = buckets_.find(bucket); i != buckets_.end())
    return *i->second;
  auto fresh = make_batch();
  fresh->bucket = bucket;
  buckets_.emplace(fresh->bucket, fresh.get());
  return *fresh;
}

resp_batch& resp_sender::batch_for_strings() {
  if (strings_ == nullptr) {
    strings_ = make_batch().get();
    strings_->for_strings = true;
  }
  return *strings_;
}

// -- sending ------------------------------------------------------------------

void resp_sender::send() {
  if (batches_.empty())
    return;
  buckets_.clear();
  strings_ = nullptr;
  reads_ = 0;
  auto batches = std::exchange(batches_, {});
  auto deadline = std::chrono::steady_clock::now() + patience;
  for (auto& x : batches) {
    x->deadline = deadline;
    send(x);
  }
  unit_of(self_).run();
  batches.clear();
  batches_ = std::move(batches); // for its capacity
}

bucket_task resp_sender::task_for(const batch_ptr& batch) {
  return make_bucket_task<bool>(
    [batch, names = &self_.names()](const bucket_fields& fields) {
      if (batch->for_strings) {
        batch->run(fields, *names);
        return true;
      }
      auto table = fields.rows().id();
      const step_marks::writing at_work{step_marks::of_buckets(), table};
      auto ours = names->means(batch->bucket, table);
      if (ours)
        batch->run(fields, *names);
      return ours;
    },
    self_.answer_later<bool>([this, batch](const caf::expected<bool>& done) {
      if (done && *done) {
        finish(*batch);
      } else if (!done && done.error() == ec::overloaded) {
        fail(batch, overloaded_text(done.error()));
      } else if (!done && done.error() == ec::not_kept) {
        batch->refuse(error_text::not_kept(done.error()));
        finish(*batch);
      } else {
        retry(batch); // who had it ends, or has ended: to the successor
      }
    }));
}

void resp_sender::retry(const batch_ptr& batch) {
  if (std::chrono::steady_clock::now() >= batch->deadline) {
    fail(batch, late);
    return;
  }
  if (batch->for_strings) {
    // Not by name: the table may still have the one that ended.
    auto on_answer = [this, batch](const caf::expected<strings_actor>& x) {
      if (x) {
        unit_of(self_).send(*x, task_for(batch));
        unit_of(self_).run();
      } else {
        fail(batch, error_text::ended);
      }
    };
    self_.kv().await_strings(completion<strings_actor>::make(
      self_.answer_later<strings_actor>(std::move(on_answer))));
  } else {
    send(batch);
  }
  unit_of(self_).run();
}

void resp_sender::send(const batch_ptr& batch) {
  try {
    if (batch->for_strings)
      send_to_strings(batch);
    else
      send_to_bucket(batch);
  } catch (const ets::error&) {
    fail(batch, error_text::ended);
  }
}

void resp_sender::send_to_strings(const batch_ptr& batch) {
  if (!self_.names().strings.is_open())
    fail(batch, error_text::ended);
  else if (auto strings = self_.kv().strings())
    unit_of(self_).send(strings, task_for(batch));
  else
    retry(batch);
}

void resp_sender::send_to_bucket(const batch_ptr& batch) {
  if (self_.names().has_string(batch->bucket)) {
    fail(batch, error_text::wrong_type);
    return;
  }
  auto found = visit(self_.names().buckets, batch->bucket,
                     [&](const bucket_ref& bucket) {
                       unit_of(self_).send(bucket.actor, task_for(batch));
                     });
  if (found)
    return;
  // Between the two looks the name may have gone from a bucket to a string.
  if (self_.names().has_string(batch->bucket)) {
    fail(batch, error_text::wrong_type);
    return;
  }
  if (!self_.names().is_coming_back(batch->bucket) && batch->run_absent()) {
    finish(*batch);
    return;
  }
  auto on_answer = [this, batch](const caf::expected<bucket_ref>& bucket) {
    if (bucket) {
      unit_of(self_).send(bucket->actor, task_for(batch));
      unit_of(self_).run();
    } else if (bucket.error() == ec::name_taken) {
      fail(batch, error_text::wrong_type);
    } else if (bucket.error() == ec::not_kept) {
      fail(batch, error_text::not_kept(bucket.error()));
    } else {
      fail(batch, "ERR " + describe(bucket.error()));
    }
  };
  self_.kv().ensure(batch->bucket,
                    completion<bucket_ref>::make(
                      self_.answer_later<bucket_ref>(std::move(on_answer))));
}

void resp_sender::fail(const batch_ptr& batch, std::string_view reason) {
  batch->fail(reason);
  finish(*batch);
}

void resp_sender::finish(resp_batch& batch) {
  usual_reply_ /= 2;
  for (auto& x : batch.items) {
    auto* transaction = std::get_if<resp_batch::transaction>(&x.work);
    if (transaction != nullptr && x.reply.empty())
      x.reply = self_.transaction().compose(**transaction);
    usual_reply_ = std::max(usual_reply_, x.reply.size());
    self_.replies().fill(x.slot, std::move(x.reply));
  }
}

} // namespace kv::server
