#include "actors/server/line_session.hpp"

#include "actors/base/host_unit.hpp"
#include "actors/kv/keeper.hpp"

#include <algorithm>
#include <utility>

// Invariants
// I1  Answers leave in the order of their lines: nothing is handled while
//     `waiting`.

namespace kv::server {

namespace {

constexpr std::string_view ok = "OK";
constexpr std::string_view not_found = "NOT FOUND";
constexpr std::string_view failed = "ERROR";
constexpr std::string_view unknown = "UNKNOWN COMMAND";
constexpr std::string_view no_password = "AUTHENTICATION REQUIRED";
constexpr std::string_view wrong_password = "WRONG PASSWORD";

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

} // namespace

line_session::line_session(kv::client client,
                           std::shared_ptr<line_service> service, home where)
  : session(std::move(where)),
    client_(std::move(client)),
    service_(std::move(service)) {
  authenticated(!service_->access->required());
}

line_session::~line_session() {
  if (inbox_)
    service_->feed.unsubscribe(subscribed_to_, inbox_);
}

bool line_session::handle_input(size_t budget) {
  auto more = handle_lines(budget);
  input().erase(0, handled_);
  scanned_ -= handled_;
  handled_ = 0;
  return more;
}

bool line_session::handle_lines(size_t budget) {
  while (!waiting() && !ended()) {
    if (inbox_) {
      handled_ = scanned_ = input().size();
      return false;
    }
    if (output().size() > max_output)
      return true;
    auto end = input().find('\n', scanned_);
    auto length = std::min(end, input().size()) - handled_;
    auto line = without_cr({input().data() + handled_, length});
    if (line.size() > (authenticated() ? max_line : max_first_line)) {
      answer(failed);
      session::end();
      return false;
    }
    if (end == std::string::npos) {
      scanned_ = input().size();
      return false;
    }
    if (budget-- == 0)
      return true;
    handled_ = scanned_ = end + 1;
    if (authenticated())
      handle(line);
    else
      authenticate(line);
  }
  return false;
}

// A wrong first line ends it: whoever guesses needs a connection a guess.
void line_session::authenticate(std::string_view line) {
  constexpr std::string_view verb = "AUTH ";
  auto is_guess = line.starts_with(verb);
  if (is_guess && service_->access->matches(line.substr(verb.size()))) {
    authenticated(true);
    answer(ok);
  } else {
    answer(is_guess ? wrong_password : no_password);
    session::end();
  }
}

// -- answers ------------------------------------------------------------------

template <class T>
auto line_session::ok_later(std::string_view if_down) {
  return answer_later<T>([this, if_down](const caf::expected<T>& x) {
    if (x)
      answer(ok);
    else
      answer(x.error() == caf::sec::request_receiver_down ? if_down : failed);
  });
}

void line_session::answer(std::string_view text) {
  output().append(text);
  output().append("\r\n");
}

// -- commands -----------------------------------------------------------------

void line_session::create(const line_command& cmd) {
  client_.create(std::string{cmd.bucket},
                 completion<bucket_ref>::make(ok_later<bucket_ref>(failed)));
  host_unit::of_this_thread(client_.system()).run();
}

void line_session::get(const line_command& cmd) {
  auto ended = false;
  auto found = visit(client_.names(), cmd.bucket,
                     [&](const bucket_ref& bucket) {
                       try {
                         bucket.fields.visit(cmd.key, [&](const field& x) {
                           output().append(x.value);
                         });
                       } catch (const ets::error&) {
                         ended = true; // under our eyes
                       }
                     });
  if (!found || ended) {
    auto comes_back = client_.tables().names.is_coming_back(cmd.bucket);
    answer(comes_back ? failed : not_found);
    return;
  }
  answer({});
  answer(ok);
}

void line_session::put(const line_command& cmd) {
  write(cmd.bucket, [row = field{cmd.key, cmd.value}](auto& fields) {
    fields.insert(row);
  });
}

void line_session::erase(const line_command& cmd) {
  write(cmd.bucket,
        [key = std::string{cmd.key}](auto& fields) { fields.erase(key); });
}

// As in the guide, there is no other answer than what the bucket does.
void line_session::subscribe(const line_command& cmd) {
  if (!visit(client_.names(), cmd.bucket, [](const bucket_ref&) {})) {
    answer(not_found);
    return;
  }
  subscribed_to_ = cmd.bucket;
  inbox_ = std::make_shared<subscriber>(later([this] { deliver(); }));
  service_->feed.subscribe(subscribed_to_, inbox_);
  listening(true);
}

void line_session::deliver() {
  for (const auto& x : inbox_->take())
    answer(x.message->text);
  if (inbox_->is_overrun())
    session::end();
}

void line_session::help() {
  for (auto line : {"CREATE bucket", "PUT bucket key value", "GET bucket key",
                    "DELETE bucket key", "SUBSCRIBE bucket", "HELP"})
    answer(line);
  answer(ok);
}

template <class Op>
void line_session::write(std::string_view bucket, Op op) {
  if (auto* k = keeper::of_process(); k != nullptr && k->refusal_for(bucket)) {
    answer(failed);
    return;
  }
  auto& unit = host_unit::of_this_thread(client_.system());
  auto found = visit(client_.names(), bucket, [&](const bucket_ref& x) {
    auto task = [op = std::move(op)](auto& fields) mutable {
      op(fields);
      return caf::unit;
    };
    unit.send(x.actor, make_bucket_task<caf::unit_t>(
                         std::move(task), ok_later<caf::unit_t>(not_found)));
  });
  if (found)
    unit.run();
  else
    answer(client_.tables().names.is_coming_back(bucket) ? failed : not_found);
}

void line_session::handle(std::string_view line) {
  auto cmd = parse_line(line);
  if (!cmd) {
    refuse(line);
    return;
  }
  try {
    switch (cmd->verb) {
      case line_verb::create:
        return create(*cmd);
      case line_verb::get:
        return get(*cmd);
      case line_verb::put:
        return put(*cmd);
      case line_verb::erase:
        return erase(*cmd);
      case line_verb::subscribe:
        return subscribe(*cmd);
      case line_verb::help:
        return help();
    }
  } catch (const ets::error&) {
    answer(failed); // the application is ending
  }
}

// A page that a browser shows can have it send a form anywhere, whose body then
// would be our lines.
void line_session::refuse(std::string_view line) {
  if (line.starts_with("POST ") || line.starts_with("Host:")) {
    answer(failed);
    session::end();
  } else {
    answer(unknown);
  }
}

} // namespace kv::server
