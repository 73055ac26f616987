#include "actors/server/resp_session.hpp"

#include "actors/base/host_unit.hpp"
#include "actors/server/words.hpp"

#include <caf/attachable.hpp>

#include <algorithm>
#include <utility>

// Invariants
// I1  `replies_` is empty, or its first replies are missing or behind missing
//     ones: then every later reply goes there too.
// I2  A bucket has at most one batch that is not sent, and while some are under
//     way nothing is executed: `waiting`.
// I3  A request that must see what has been gathered is stalled until that is
//     done; it is executed before anything else is.

namespace kv::server {

namespace {

constexpr std::string_view ended = "ERR the application is ending";
constexpr std::string_view late = "ERR the bucket does not answer";
constexpr std::string_view no_password = "NOAUTH Authentication required.";
constexpr std::string_view no_password_for_exec
  = "EXECABORT Transaction discarded because of: NOAUTH Authentication "
    "required.";

std::string unknown_command(arguments args) {
  // Redis shows as much: 128 bytes each.
  constexpr size_t most = 128;
  std::string result = "ERR unknown command '";
  result.append(args[0].substr(0, most))
    .append("', with args beginning with: ");
  std::string shown;
  for (auto word : args.subspan(1)) {
    if (shown.size() >= most)
      break;
    shown.append("'").append(word.substr(0, most - shown.size())).append("' ");
  }
  return result + shown;
}

bool fits(int arity, size_t words) {
  auto n = static_cast<int>(words);
  return arity >= 0 ? n == arity : n >= -arity;
}

} // namespace

resp_session::resp_session(kv::client client,
                           std::shared_ptr<resp_service> service, home where)
  : session(std::move(where)),
    client_(std::move(client)),
    service_(std::move(service)),
    id_(++service_->last_client) {
  ++service_->clients;
  forget_password();
}

resp_session::~resp_session() {
  --service_->clients;
}

// -- replies ------------------------------------------------------------------

resp_writer resp_session::reply() {
  if (replies_.empty())
    return resp_writer{output(), version_};
  return resp_writer{replies_.emplace_back(), version_};
}

size_t resp_session::reserve_reply() {
  replies_.emplace_back();
  return replies_.size() - 1;
}

void resp_session::fill(size_t slot, std::string reply) {
  replies_[slot] = std::move(reply);
}

void resp_session::join_replies() {
  for (const auto& x : replies_)
    output().append(x);
  replies_.clear();
}

void resp_session::refuse(std::string_view reason) {
  reply().error(reason);
  if (transaction_)
    transaction_->broken = true;
}

// A page that a browser shows can have it send a form anywhere, whose body then
// would be our requests: these two begin lines of what it sends.
void resp_session::refuse_unknown(arguments args) {
  if (is_word(args[0], "POST") || is_word(args[0], "HOST:"))
    end();
  else
    refuse(unknown_command(args));
}

// -- passwords ----------------------------------------------------------------

bool resp_session::authenticate(std::string_view guess) {
  if (!service_->access->matches(guess))
    return false;
  authenticated(true);
  parser_.authenticated(true);
  return true;
}

void resp_session::forget_password() {
  authenticated(!service_->access->required());
  parser_.authenticated(authenticated());
}

// -- requests -----------------------------------------------------------------

bool resp_session::handle_input(size_t budget) {
  for (;;) {
    join_replies();
    if (stalled_) {
      auto request = *std::exchange(stalled_, std::nullopt);
      dispatch(*request.what, request.args());
    }
    auto why = take_requests(budget);
    send_batches();
    if (waiting())
      return false;
    join_replies();
    if (why == pause::stalled)
      continue;
    parser_.discard(input());
    return why == pause::turn;
  }
}

resp_session::pause resp_session::take_requests(size_t& budget) {
  while (!ended() && !waiting()) {
    if (budget == 0 || output().size() > max_output)
      return pause::turn;
    switch (parser_.next(input())) {
      case resp_status::incomplete:
        return pause::input;
      case resp_status::failed:
        reply().error(parser_.error());
        end();
        return pause::input;
      case resp_status::request:
        break;
    }
    --budget;
    if (!execute(parser_.arguments()))
      return pause::stalled;
  }
  return pause::turn;
}

// Returns false if the request is stalled.
bool resp_session::execute(arguments args) {
  service_->commands.fetch_add(1, std::memory_order_relaxed);
  const auto* what = find_command(args[0]);
  if (what == nullptr) {
    refuse_unknown(args);
    return true;
  }
  if (!fits(what->arity, args.size())) {
    refuse("ERR wrong number of arguments for '" + std::string{what->name}
           + "' command");
    return true;
  }
  if (!authenticated() && (what->flags & flag_no_auth) == 0) {
    refuse(what->name == "exec" ? no_password_for_exec : no_password);
    return true;
  }
  if (transaction_ && (what->flags & flag_no_multi) == 0) {
    enqueue(*what, args);
    return true;
  }
  if (must_wait(*what, args)) {
    stalled_.emplace(*what, args);
    return false;
  }
  return dispatch(*what, args);
}

bool resp_session::must_wait(const command& what, arguments args) const {
  if (batches_.empty())
    return false;
  if ((what.flags & flag_keyspace) != 0)
    return true;
  return what.on_table != nullptr && batch_of_.contains(args[1]);
}

bool resp_session::dispatch(const command& what, arguments args) {
  if (what.on_session != nullptr)
    what.on_session(*this, args);
  else if (what.on_table != nullptr)
    read_table(what, args);
  else
    gather(args[1], kept_request{what, args});
  return true;
}

void resp_session::read_table(const command& what, arguments args) {
  auto out = reply();
  try {
    auto done = false;
    visit(client_.names(), args[1], [&](const bucket_ref& bucket) {
      try {
        what.on_table(&bucket.fields, args, out);
        done = true;
      } catch (const ets::error&) {
        // It ended under our eyes.
      }
    });
    if (!done)
      what.on_table(nullptr, args, out);
  } catch (const ets::error&) {
    out.error(kv::server::ended);
  }
}

// -- batches ------------------------------------------------------------------

resp_batch& resp_session::batch_for(std::string_view bucket) {
  if (!batches_.empty() && batches_.back()->bucket == bucket)
    return *batches_.back();
  if (auto i = batch_of_.find(bucket); i != batch_of_.end())
    return *batches_[i->second];
  auto fresh = std::make_shared<resp_batch>();
  fresh->bucket = bucket;
  fresh->version = version_;
  batch_of_.emplace(fresh->bucket, batches_.size());
  batches_.push_back(std::move(fresh));
  return *batches_.back();
}

void resp_session::gather(std::string_view bucket, kept_request request) {
  auto& batch = batch_for(bucket);
  batch.items.push_back({std::move(request), reserve_reply(), {}});
}

void resp_session::send_batches() {
  if (batches_.empty())
    return;
  batch_of_.clear();
  auto batches = std::exchange(batches_, {});
  auto deadline = std::chrono::steady_clock::now() + bucket_deadline;
  for (auto& x : batches) {
    x->deadline = deadline;
    send(x);
  }
  host_unit::of_this_thread(client_.system()).run();
  batches.clear();
  batches_ = std::move(batches); // for its capacity
}

bucket_task resp_session::task_for(const std::shared_ptr<resp_batch>& batch) {
  return make_bucket_task<bool>(
    [batch](const bucket_fields& fields) {
      batch->run(fields);
      return true;
    },
    answer_later<bool>([this, batch](const caf::expected<bool>& done) {
      if (done) {
        finish(*batch);
      } else if (std::chrono::steady_clock::now() < batch->deadline) {
        send(batch); // the bucket has ended: to its successor
        host_unit::of_this_thread(client_.system()).run();
      } else {
        batch->fail(late);
        finish(*batch);
      }
    }));
}

void resp_session::send(const std::shared_ptr<resp_batch>& batch) {
  auto& unit = host_unit::of_this_thread(client_.system());
  try {
    if (visit(client_.names(), batch->bucket, [&](const bucket_ref& bucket) {
          unit.send(bucket.actor, task_for(batch));
        }))
      return;
  } catch (const ets::error&) {
    batch->fail(kv::server::ended);
  }
  if (batch->run_absent()) {
    finish(*batch);
    return;
  }
  auto on_answer = [this, batch](const caf::expected<bucket_ref>& bucket) {
    auto& here = host_unit::of_this_thread(client_.system());
    if (bucket) {
      here.send(bucket->actor, task_for(batch));
      here.run();
    } else {
      batch->fail("ERR " + describe(bucket.error()));
      finish(*batch);
    }
  };
  client_.ensure(batch->bucket,
                 completion<bucket_ref>::make(
                   answer_later<bucket_ref>(std::move(on_answer))));
}

void resp_session::finish(resp_batch& batch) {
  for (auto& x : batch.items)
    fill(x.slot, std::move(x.reply));
}

// -- buckets ------------------------------------------------------------------

void resp_session::create_bucket(std::string_view name) {
  auto slot = reserve_reply();
  auto on_answer = [this, slot](const caf::expected<bucket_ref>& bucket) {
    std::string text;
    resp_writer out{text, version_};
    if (bucket)
      out.simple_string("OK");
    else
      out.error("ERR " + describe(bucket.error()));
    fill(slot, std::move(text));
  };
  client_.create(std::string{name},
                 completion<bucket_ref>::make(
                   answer_later<bucket_ref>(std::move(on_answer))));
  host_unit::of_this_thread(client_.system()).run();
}

void resp_session::end_buckets(arguments names, std::string_view text) {
  auto slot = reserve_reply();
  auto& unit = host_unit::of_this_thread(client_.system());
  // The last end fills the reply in.
  auto count = std::make_shared<std::pair<int64_t, int64_t>>();
  auto on_end = [this, slot, count, text](const caf::expected<caf::unit_t>&) {
    if (--count->second > 0)
      return;
    std::string reply;
    if (text.empty())
      resp_writer{reply, version_}.integer(count->first);
    else
      resp_writer{reply, version_}.simple_string(text);
    fill(slot, std::move(reply));
  };
  ++count->second; // ourselves
  std::vector<bucket_actor> buckets;
  for (auto name : names)
    visit(client_.names(), name, [&](const bucket_ref& x) {
      if (std::find(buckets.begin(), buckets.end(), x.actor) == buckets.end())
        buckets.push_back(x.actor);
    });
  count->first = static_cast<int64_t>(buckets.size());
  for (auto& x : buckets) {
    ++count->second;
    caf::actor_cast<caf::abstract_actor*>(x)->attach_functor(
      [done = answer_later<caf::unit_t>(on_end)]() mutable {
        done(caf::unit);
      });
    unit.send(x, caf::exit_msg{nullptr, caf::exit_reason::user_shutdown});
  }
  unit.run();
  on_end(caf::unit);
}

// -- transactions -------------------------------------------------------------

void resp_session::enqueue(const command& what, arguments args) {
  if (what.on_session != nullptr) {
    refuse("ERR '" + std::string{what.name}
           + "' is not supported in a transaction");
    return;
  }
  auto& requests = transaction_->requests;
  if (!requests.empty() && requests.front().words[1] != args[1]) {
    refuse("CROSSSLOT Keys in request don't hash to the same slot");
    return;
  }
  requests.emplace_back(what, args);
  reply().simple_string("QUEUED");
}

void resp_session::begin_transaction() {
  if (transaction_) {
    reply().error("ERR MULTI calls can not be nested");
    return;
  }
  transaction_.emplace();
  reply().simple_string("OK");
}

void resp_session::discard_transaction() {
  if (!transaction_) {
    reply().error("ERR DISCARD without MULTI");
    return;
  }
  transaction_.reset();
  reply().simple_string("OK");
}

void resp_session::execute_transaction() {
  if (!transaction_) {
    reply().error("ERR EXEC without MULTI");
    return;
  }
  auto work = *std::exchange(transaction_, std::nullopt);
  if (work.broken) {
    reply().error(
      "EXECABORT Transaction discarded because of previous errors.");
  } else if (work.requests.empty()) {
    reply().array(0);
  } else {
    std::string bucket{work.requests.front().words[1]};
    gather(bucket, kept_request{std::move(work.requests)});
  }
}

void resp_session::reset() {
  transaction_.reset();
  version_ = resp_version::resp2;
  client_name_.clear();
  forget_password();
  reply().simple_string("RESET");
}

} // namespace kv::server
