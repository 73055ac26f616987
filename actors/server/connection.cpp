#include "actors/server/connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

// What a connection receives and sends; connection_end.cpp has its end.
//
// Invariants
// I1  At most one read and one write are under way.
// I2  Nothing is read while there are commands to handle, an answer to wait
//     for, or more than a session's `max_output` to send: memory per client is
//     bounded.
// I3  Whatever is under way holds a reference, so the connection goes with the
//     last of it.
// I4  Nothing is written after a write has failed: what was received is handled
//     without an answer. (Asio 1.81 might never complete another write.)
// I5  A socket with something unread is closed only after a while: that resets
//     the connection, and with it answers on their way.
// I6  The timer runs exactly while there is a deadline, and at most until then:
//     idle clients without one cost nothing.

namespace kv::server {

namespace asio = boost::asio;

connection::connection(const asio::any_io_executor& executor,
                       const client_limits& limits,
                       std::shared_ptr<client_count> count)
  : timer_(executor), limits_(limits), count_(std::move(count)) {
  count_->add();
}

connection::~connection() {
  count_->remove(); // the socket is closed by now
}

void connection::start(const session_factory& make_session) {
  // The session outlives us only while an answer is under way.
  auto weak = weak_from_this();
  auto executor = timer_.get_executor();
  session_ = make_session({[executor](std::function<void()> f) {
                             asio::post(executor, std::move(f));
                           },
                           [weak] {
                             if (auto self = weak.lock())
                               self->process();
                           }});
  const int yes = 1; // an answer is not to wait for the next one
  ::setsockopt(socket(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  start_stream();
  watch();
}

void connection::on_ready(const error_code& err) {
  if (dropped_)
    return;
  if (err) {
    drop(err.message());
    return;
  }
  ready_ = true;
  begin_ = clock::now();
  process();
}

void connection::close() {
  asio::post(timer_.get_executor(),
             [self = shared_from_this()] { self->stop(); });
}

void connection::abandon() {
  give_up();
  auto self = std::move(waiting_);
}

// -- turns --------------------------------------------------------------------

void connection::process() {
  if (dropped_ || finished_) {
    waiting_ = nullptr;
    return;
  }
  auto more = session_->process(commands_per_turn);
  waiting_ = session_->waiting() ? shared_from_this() : nullptr;
  write();
  check_sizes();
  if (dropped_ || session_->waiting()
      || session_->output().size() > session::max_output)
    return; // until the answer is there, or the client has read
  if (more)
    process_later();
  else if (session_->ended() || at_end_ || nothing_is_left())
    finish();
  else
    read();
}

void connection::process_later() {
  if (std::exchange(turn_posted_, true))
    return;
  asio::post(timer_.get_executor(), [self = shared_from_this()] {
    self->turn_posted_ = false;
    self->process();
  });
}

void connection::read() {
  if (!std::exchange(reading_, true))
    start_read();
}

void connection::on_read(const error_code& err, std::string_view bytes) {
  reading_ = false;
  if (finished_ && draining_)
    drain();
  if (dropped_ || finished_)
    return;
  session_->receive(bytes);
  if (limits_.idle.count() > 0)
    last_read_ = clock::now();
  rest_ = std::exchange(read_cancelled_, false)
            ? received()
            : rest_ - std::min(rest_, bytes.size());
  at_end_ = at_end_ || (err && err != asio::error::operation_aborted);
  process();
}

size_t connection::received() {
  int result = 0;
  return ::ioctl(socket(), FIONREAD, &result) == 0 ? static_cast<size_t>(result)
                                                   : 0;
}

// A read that is under way may have got something already. Bytes of TLS are
// more on the way than they are here, hence both.
bool connection::nothing_is_left() {
  return stopping_ && !reading_ && (rest_ == 0 || received() == 0);
}

void connection::write() {
  if (broken_)
    session_->output().clear();
  if (writing_ || session_->output().empty())
    return;
  outbox_.clear();
  outbox_.swap(session_->output());
  sent_ = write_now(outbox_);
  if (sent_ == outbox_.size()) {
    session_->spare_output(outbox_);
    sent_ = 0;
    return;
  }
  writing_ = true;
  start_write(unsent());
}

void connection::on_write(const error_code& err, size_t n) {
  writing_ = false;
  sent_ += n;
  if (dropped_)
    return;
  if (err) {
    broken_ = at_end_ = true;
    sent_ = outbox_.size();
  }
  if (sent_ < outbox_.size()) {
    writing_ = true;
    start_write(unsent());
    check_sizes();
  } else {
    session_->spare_output(outbox_);
    sent_ = 0;
    auto only_reads = reading_ && !at_end_ && !session_->ended();
    if (only_reads && session_->output().empty())
      check_sizes();
    else
      process();
  }
}

} // namespace kv::server
