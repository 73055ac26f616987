#include "actors/server/line_session.hpp"

#include "actors/base/host_unit.hpp"

#include <thread>
#include <utility>

// Invariants
// I1  Answers leave in the order of their lines: nothing is handled while
//     `waiting_`.
// I2  A completion fires at most once, and on whatever thread; only the
//     session's thread touches the session.

namespace kv::server {

namespace {

constexpr std::string_view ok = "OK";
constexpr std::string_view not_found = "NOT FOUND";
constexpr std::string_view failed = "ERROR";
constexpr std::string_view unknown = "UNKNOWN COMMAND";

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

} // namespace

line_session::line_session(kv::client client, post_function post,
                           std::function<void()> on_progress)
  : client_(std::move(client)),
    post_(std::move(post)),
    on_progress_(std::move(on_progress)) {
  // nop
}

void line_session::receive(std::string_view bytes) {
  if (handled_ > 0) {
    input_.erase(0, handled_);
    scanned_ -= handled_;
    handled_ = 0;
  }
  input_.append(bytes);
}

bool line_session::process(size_t budget) {
  processing_ = true;
  auto more = process_lines(budget);
  processing_ = false;
  return more;
}

bool line_session::process_lines(size_t budget) {
  while (!waiting_ && !ended_) {
    if (output_.size() > max_output)
      return true;
    auto end = input_.find('\n', scanned_);
    auto length = (end == std::string::npos ? input_.size() : end) - handled_;
    auto line = without_cr({input_.data() + handled_, length});
    if (line.size() > max_line) {
      answer(failed);
      ended_ = true;
      return false;
    }
    if (end == std::string::npos) {
      scanned_ = input_.size();
      return false;
    }
    if (budget-- == 0)
      return true;
    handled_ = scanned_ = end + 1;
    handle(line);
  }
  return false;
}

void line_session::handle(std::string_view line) {
  auto cmd = parse_line(line);
  if (!cmd) {
    answer(unknown);
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
    }
  } catch (const ets::error&) {
    answer(failed); // the application is ending
  }
}

// -- commands -----------------------------------------------------------------

void line_session::create(const line_command& cmd) {
  client_.create(std::string{cmd.bucket}, answer_later<bucket_ref>(failed));
  host_unit::of_this_thread(client_.system()).run();
}

void line_session::get(const line_command& cmd) {
  auto ended = false;
  auto found
    = visit(client_.names(), cmd.bucket, [&](const bucket_ref& bucket) {
        try {
          bucket.fields.visit(cmd.key,
                              [&](const field& x) { output_.append(x.value); });
        } catch (const ets::error&) {
          ended = true; // under our eyes
        }
      });
  if (!found || ended) {
    answer(not_found);
    return;
  }
  answer({});
  answer(ok);
}

void line_session::put(const line_command& cmd) {
  write(bucket_call::verb::put, cmd);
}

void line_session::erase(const line_command& cmd) {
  write(bucket_call::verb::erase, cmd);
}

void line_session::write(bucket_call::verb what, const line_command& cmd) {
  auto& unit = host_unit::of_this_thread(client_.system());
  auto found = visit(
    client_.names(), cmd.bucket, [&](const bucket_ref& bucket) {
      unit.send(bucket.actor,
                bucket_call{what, std::string{cmd.key}, std::string{cmd.value},
                            answer_later<optional_bytes>(not_found)});
    });
  if (found)
    unit.run();
  else
    answer(not_found);
}

// -- answers ------------------------------------------------------------------

template <class T>
completion<T> line_session::answer_later(std::string_view if_down) {
  waiting_ = true;
  auto home = std::this_thread::get_id();
  return completion<T>::make(
    [self = shared_from_this(), home, if_down](const caf::expected<T>& x) {
      auto text = x ? ok : failed;
      if (!x && x.error() == caf::sec::request_receiver_down)
        text = if_down;
      if (self->processing_on(home)) {
        self->on_answer(text);
        return;
      }
      self->post_([self, text] {
        self->on_answer(text);
        self->on_progress_();
      });
    });
}

bool line_session::processing_on(std::thread::id home) const {
  return std::this_thread::get_id() == home && processing_;
}

void line_session::on_answer(std::string_view text) {
  waiting_ = false;
  answer(text);
}

void line_session::answer(std::string_view text) {
  output_.append(text);
  output_.append("\r\n");
}

} // namespace kv::server
