#include "actors/server/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

// Invariants
// I1  At most one read and one write are under way.
// I2  Nothing is read while there are commands to handle, an answer to wait
// for,
//     or more than a session's `max_output` to send: memory per client is
//     bounded.
// I3  Whatever is under way holds a reference, so the connection goes with the
//     last of it.
// I4  Nothing is written after a write has failed: what was received is handled
//     without an answer. (Asio 1.81 might never complete another write.)
// I5  A socket with something unread is closed only after a while: that resets
//     the connection, and with it answers on their way.

namespace kv::server {

namespace asio = boost::asio;
using boost::system::error_code;

connection::connection(tcp::socket socket, std::shared_ptr<client_count> count)
  : socket_(std::move(socket)),
    timer_(socket_.get_executor()),
    count_(std::move(count)) {
  count_->add();
}

connection::~connection() {
  error_code ignored;
  socket_.close(ignored); // before we are no more counted
  count_->remove();
}

void connection::start(const session_factory& make_session) {
  // The session outlives us only while an answer is under way.
  auto weak = weak_from_this();
  auto executor = socket_.get_executor();
  session_ = make_session({[executor](std::function<void()> f) {
                             asio::post(executor, std::move(f));
                           },
                           [weak] {
                             if (auto self = weak.lock())
                               self->process();
                           }});
  error_code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
  read();
}

void connection::close() {
  asio::post(socket_.get_executor(),
             [self = shared_from_this()] { self->stop(); });
}

void connection::abandon() {
  auto self = std::move(waiting_);
}

// -- turns --------------------------------------------------------------------

void connection::process() {
  auto more = session_->process(commands_per_turn);
  waiting_ = session_->waiting() ? shared_from_this() : nullptr;
  write();
  if (session_->waiting() || session_->output().size() > session::max_output)
    return; // until the answer is there, or the client has read
  if (more)
    process_later();
  else if (session_->ended() || at_end_ || (stopping_ && rest_ == 0))
    finish();
  else
    read();
}

void connection::process_later() {
  if (std::exchange(turn_posted_, true))
    return;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->turn_posted_ = false;
    self->process();
  });
}

void connection::read() {
  if (reading_)
    return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(inbox_),
                          [self = shared_from_this()](const error_code& err,
                                                      size_t n) {
                            self->reading_ = false;
                            self->on_read(err, n);
                          });
}

void connection::on_read(const error_code& err, size_t n) {
  if (finished_) {
    linger(err);
    return;
  }
  session_->receive({inbox_.data(), n});
  rest_ -= std::min(rest_, n);
  at_end_ = at_end_ || err;
  process();
}

void connection::write() {
  if (broken_)
    session_->output().clear();
  if (writing_ || session_->output().empty())
    return;
  writing_ = true;
  outbox_.clear();
  outbox_.swap(session_->output());
  asio::async_write(socket_, asio::buffer(outbox_),
                    [self = shared_from_this()](const error_code& err, size_t) {
                      self->writing_ = false;
                      self->broken_ = self->broken_ || err;
                      self->at_end_ = self->at_end_ || err;
                      self->process();
                    });
}

// -- ending -------------------------------------------------------------------

void connection::stop() {
  if (stopping_)
    return;
  stopping_ = true;
  error_code ignored;
  rest_ = socket_.available(ignored);
  process();
}

void connection::finish() {
  if (writing_ || std::exchange(finished_, true))
    return; // the write comes here again
  error_code err;
  socket_.shutdown(tcp::socket::shutdown_send, err);
  if (err || (!session_->ended() && socket_.available(err) == 0)) {
    socket_.close(err);
    return;
  }
  timer_.expires_after(std::chrono::seconds{2});
  timer_.async_wait([self = shared_from_this()](const error_code&) {
    error_code ignored;
    self->socket_.close(ignored);
  });
  read();
}

void connection::linger(const error_code& err) {
  if (err)
    timer_.cancel();
  else
    read();
}

} // namespace kv::server
