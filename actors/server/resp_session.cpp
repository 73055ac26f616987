#include "actors/server/resp_session.hpp"

#include "actors/kv/keeper.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/words.hpp"

#include <new>
#include <utility>

// Invariants
// I1  A request that must see what has been gathered is stalled until that is
//     done; it is executed before anything else is.
// I2  While answers are under way nothing is executed: `waiting`.

namespace kv::server {

namespace {

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
    id_(++service_->last_client),
    info_(service_->all_clients.add(id_)),
    replies_(output()),
    sender_(*this),
    transaction_(*this),
    subscriptions_(*this) {
  ++service_->clients;
  ++service_->connections;
  forget_password();
}

resp_session::~resp_session() {
  --service_->clients;
  service_->all_clients.remove(id_);
}

void resp_session::refuse(std::string_view reason) {
  reply().error(reason);
  transaction_.break_off();
}

// A page that a browser shows can have it send a form anywhere, whose body then
// would be our requests: these two begin lines of what it sends.
void resp_session::refuse_unknown(arguments args) {
  if (is_word(args[0], "POST") || is_word(args[0], "HOST:"))
    end();
  else
    refuse(unknown_command(args));
}

void resp_session::reset() {
  transaction_.reset();
  subscriptions_.clear();
  version(resp_version::resp2);
  info_->name({});
  forget_password();
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

// -- input --------------------------------------------------------------------

bool resp_session::handle_input(size_t budget) {
  for (;;) {
    replies_.join();
    if (stalled_) {
      auto request = *std::exchange(stalled_, std::nullopt);
      dispatch(*request.what, request.args());
    }
    auto why = take_requests(budget);
    sender_.send();
    if (waiting())
      return false;
    replies_.join();
    if (why == pause::stalled)
      continue;
    if (ahead_.empty())
      parser_.discard(input());
    return why == pause::turn;
  }
}

resp_session::pause resp_session::take_requests(size_t& budget) {
  while (!ended() && !waiting()) {
    if (budget == 0 || output().size() > max_output
        || sender_.expected_output() > max_output)
      return pause::turn;
    if (ahead_.empty()) {
      auto status = ahead_.fill(parser_, input(), resp_lookahead::most);
      if (ahead_.empty()) {
        if (status == resp_status::failed) {
          reply().error(parser_.error());
          end();
        }
        return pause::input;
      }
      ahead_.fetch_rows(input(), names());
    }
    --budget;
    auto request = ahead_.take(input());
    if (!execute(request.what, request.args))
      return pause::stalled;
  }
  return pause::turn;
}

// -- requests -----------------------------------------------------------------

namespace {

/// Returns why a request is refused that could not be kept.
caf::error refusal_of(const command& what, arguments args) {
  auto* k = keeper::of_process();
  if (k == nullptr || !k->refuses() || (what.flags & flag_write) == 0)
    return {};
  auto in_bucket = what.takes_buckets() && !what.takes_strings();
  return in_bucket ? k->refusal_for(args[1]) : k->refusal();
}

} // namespace

// Returns false if the request is stalled.
bool resp_session::execute(const command* what, arguments args) {
  service_->commands.fetch_add(1, std::memory_order_relaxed);
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
  info_->command.store(what->name.data(), std::memory_order_relaxed);
  if (is_subscriber_only(*what)) {
    refuse("ERR Can't execute '" + std::string{what->name}
           + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
             "are allowed in this context");
    return true;
  }
  if (auto reason = refusal_of(*what, args)) {
    refuse(error_text::not_kept(reason));
    return true;
  }
  if (transaction_.active() && (what->flags & flag_no_multi) == 0) {
    transaction_.enqueue(*what, args);
    return true;
  }
  if (sender_.must_wait(*what, args)) {
    stalled_.emplace(*what, args);
    return false;
  }
  dispatch(*what, args);
  return true;
}

// A client of RESP2 that subscribes could not tell other replies apart.
bool resp_session::is_subscriber_only(const command& what) {
  return version_ == resp_version::resp2 && subscriptions_.any()
         && (what.flags & flag_pubsub) == 0;
}

void resp_session::dispatch(const command& what, arguments args) {
  auto begin = service_->slow.now();
  run(what, args);
  if (auto took = service_->slow.now() - begin; service_->slow.concerns(took))
    service_->slow.record(args, took, info_->name());
}

void resp_session::run(const command& what, arguments args) {
  if (what.on_session != nullptr)
    what.on_session(*this, args);
  else if (what.check != nullptr && !passes(what, args))
    return;
  else if (!what.reads() || sender_.has_gathered(what, args))
    gather(what, args); // behind what the client wrote before
  else if (what.on_names != nullptr)
    read_names(what, args);
  else
    read_table(what, args);
}

// Memory for what a request does is looked for before anybody hears of it.
void resp_session::gather(const command& what, arguments args) {
  try {
    sender_.gather(what, args);
  } catch (const std::bad_alloc&) {
    refuse(error_text::no_memory);
  }
}

bool resp_session::passes(const command& what, arguments args) {
  std::string reason;
  resp_writer out{reason, version_};
  if (what.check(args, out))
    return true;
  replies_.next() += reason;
  return false;
}

} // namespace kv::server
