#include "actors/base/log.hpp"
#include "actors/server/connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>

#include <string>
#include <utility>

// How a connection ends: it goes beyond a limit, or everything has been sent.

namespace kv::server {

namespace {

std::string peer_of(int socket) {
  boost::asio::ip::tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  if (::getpeername(socket, peer.data(), &size) != 0)
    return "(gone)";
  peer.resize(size);
  return peer.address().to_string() + " port " + std::to_string(peer.port());
}

} // namespace

// -- limits -------------------------------------------------------------------

void connection::check_sizes() {
  auto unread = unsent().size() + session_->output().size();
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
  log::info("client " + peer_of(socket())
            + " was dropped: " + std::string{reason});
  timer_.cancel();
  close_socket();
  give_up();
}

void connection::give_up() {
  if (session_ != nullptr)
    session_->give_up();
}

// -- ending -------------------------------------------------------------------

void connection::stop() {
  if (stopping_ || dropped_ || finished_)
    return;
  stopping_ = true;
  if (!ready_) {
    drop("the server ends");
    return;
  }
  give_up();
  // What a read has got so far comes with its end, and counts.
  read_cancelled_ = reading_;
  if (reading_)
    cancel_read();
  else
    rest_ = received();
  process();
}

void connection::finish() {
  constexpr std::chrono::seconds drain_time{2};
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
  auto failed = ::shutdown(socket(), SHUT_WR) != 0;
  if (failed || at_end_ || (!session_->ended() && received() == 0)) {
    timer_.cancel();
    close_socket();
    return;
  }
  draining_ = true;
  drain();
}

void connection::drain() {
  if (!std::exchange(reading_, true))
    start_drain(); // otherwise that read comes here again
}

void connection::on_drained(const error_code& err) {
  reading_ = false;
  if (!err) {
    drain();
    return;
  }
  timer_.cancel();
  close_socket();
}

} // namespace kv::server
