#include "actors/server/connection.hpp"

#include "actors/base/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

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

namespace {

/// An inbox is small for those who send little, and grows for others.
constexpr size_t least_inbox = 1024;
constexpr size_t most_inbox = size_t{64} << 10;

constexpr std::chrono::seconds drain_time{2};

} // namespace

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
  auto executor = socket().get_executor();
  session_ = make_session({[executor](std::function<void()> f) {
                             asio::post(executor, std::move(f));
                           },
                           [weak] {
                             if (auto self = weak.lock())
                               self->process();
                           }});
  error_code ignored;
  socket().set_option(tcp::no_delay{true}, ignored);
  socket().non_blocking(true, ignored);
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
  if (std::exchange(reading_, true))
    return;
  if (inbox_.empty())
    inbox_.resize(least_inbox);
  start_read(asio::buffer(inbox_));
}

void connection::on_read(const error_code& err, size_t n) {
  reading_ = false;
  if (finished_ && draining_)
    drain();
  if (dropped_ || finished_)
    return;
  session_->receive({inbox_.data(), n});
  if (limits_.idle.count() > 0)
    last_read_ = clock::now();
  adapt_inbox(n);
  rest_ = std::exchange(read_cancelled_, false) ? received()
                                                : rest_ - std::min(rest_, n);
  at_end_ = at_end_ || (err && err != asio::error::operation_aborted);
  process();
}

size_t connection::received() {
  error_code ignored;
  return socket().available(ignored);
}

// A read that is under way may have got something already. Bytes of TLS are
// more on the way than they are here, hence both.
bool connection::nothing_is_left() {
  return stopping_ && !reading_ && (rest_ == 0 || received() == 0);
}

void connection::adapt_inbox(size_t n) {
  constexpr unsigned few = 16;
  constexpr size_t step = 4;
  if (n == inbox_.size() && n < most_inbox) {
    inbox_.resize(n * step);
    small_reads_ = 0;
  } else if (n > least_inbox) {
    small_reads_ = 0;
  } else if (++small_reads_ == few && inbox_.size() > least_inbox) {
    inbox_ = std::string(least_inbox, '\0');
  }
}

void connection::write() {
  if (broken_)
    session_->output().clear();
  if (writing_ || session_->output().empty())
    return;
  outbox_.clear();
  outbox_.swap(session_->output());
  sent_ = write_now(asio::buffer(outbox_));
  if (sent_ == outbox_.size()) {
    session_->spare_output(outbox_);
    sent_ = 0;
    return;
  }
  writing_ = true;
  start_write(asio::buffer(outbox_) + sent_);
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
    start_write(asio::buffer(outbox_) + sent_);
    check_sizes();
  } else {
    process();
  }
}

// -- limits -------------------------------------------------------------------

void connection::check_sizes() {
  auto unread = outbox_.size() - sent_ + session_->output().size();
  if (unread > limits_.output) {
    drop("it does not read its answers");
    return;
  }
  if (session_->unhandled() > limits_.input) {
    drop("its request is too long");
    return;
  }
  if (unread <= limits_.lasting_output)
    full_since_ = std::nullopt;
  else if (!full_since_)
    full_since_ = clock::now();
  watch();
}

std::pair<connection::clock::time_point, std::string_view>
connection::deadline() const {
  std::pair<clock::time_point, std::string_view> result{
    clock::time_point::max(), {}};
  auto add = [&](clock::time_point from, std::chrono::milliseconds span,
                 std::string_view reason) {
    if (from + span < result.first)
      result = {from + span, reason};
  };
  if (!ready_)
    add(begin_, limits_.handshake, "it does not agree on a key");
  else if (!session_->authenticated())
    add(begin_, limits_.authentication, "it does not say the password");
  if (limits_.idle.count() > 0 && !session_->listening())
    add(last_read_, limits_.idle, "it is silent");
  if (full_since_)
    add(*full_since_, limits_.lasting, "it does not catch up with its answers");
  return result;
}

void connection::watch() {
  if (finished_ || dropped_)
    return;
  auto [due, reason] = deadline();
  if (due == clock::time_point::max() || (watched_ && *watched_ <= due))
    return;
  watched_ = due;
  timer_.expires_at(due);
  timer_.async_wait([self = shared_from_this()](const error_code& err) {
    if (err || self->finished_)
      return; // another wait has replaced it
    self->watched_ = std::nullopt;
    auto [latest, why] = self->deadline();
    if (latest <= clock::now())
      self->drop(why);
    else
      self->watch();
  });
}

void connection::drop(std::string_view reason) {
  if (std::exchange(dropped_, true))
    return;
  error_code ignored;
  auto peer = socket().remote_endpoint(ignored);
  log::info("client " + peer.address().to_string() + " port "
            + std::to_string(peer.port())
            + " was dropped: " + std::string{reason});
  timer_.cancel();
  close_socket();
}

// -- ending -------------------------------------------------------------------

void connection::stop() {
  if (stopping_ || dropped_)
    return;
  stopping_ = true;
  if (!ready_) {
    drop("the server ends");
    return;
  }
  // What a read has got so far comes with its end, and counts.
  read_cancelled_ = reading_;
  if (reading_)
    read_slot_.emit(asio::cancellation_type::terminal);
  else
    rest_ = received();
  process();
}

void connection::finish() {
  if (writing_ || std::exchange(finished_, true))
    return; // the write comes here again
  timer_.expires_after(drain_time);
  timer_.async_wait([self = shared_from_this()](const error_code& err) {
    if (!err)
      self->close_socket();
  });
  start_shutdown();
}

void connection::on_shutdown() {
  error_code err;
  socket().shutdown(tcp::socket::shutdown_send, err);
  if (err || at_end_ || (!session_->ended() && socket().available(err) == 0)) {
    timer_.cancel();
    close_socket();
    return;
  }
  draining_ = true;
  drain();
}

void connection::drain() {
  if (std::exchange(reading_, true))
    return; // that read comes here again
  inbox_.resize(most_inbox);
  socket().async_read_some(asio::buffer(inbox_),
                           [self = shared_from_this()](const error_code& err,
                                                       size_t) {
                             self->reading_ = false;
                             if (!err) {
                               self->drain();
                               return;
                             }
                             self->timer_.cancel();
                             self->close_socket();
                           });
}

void connection::close_socket() {
  error_code ignored;
  socket().close(ignored);
}

} // namespace kv::server
