#pragma once

#include "actors/server/client_count.hpp"
#include "actors/server/client_limits.hpp"
#include "actors/server/session.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kv::server {

/// Makes the sessions of a protocol.
using session_factory
  = std::function<std::shared_ptr<session>(session::home where)>;

/// A socket and its session. Lives as long as something is under way. What is
/// between the two, the STREAM, is the derived class's: how bytes are received
/// and sent, and whether they are TLS.
/// Thread safety: its io thread only, but for `close`.
class connection : public std::enable_shared_from_this<connection> {
public:
  using error_code = boost::system::error_code;

  /// Commands handled before the other clients of the thread get their turn.
  static constexpr size_t commands_per_turn = 256;

  /// @param count The server's clients; this is one of them.
  connection(const boost::asio::any_io_executor& executor,
             const client_limits& limits, std::shared_ptr<client_count> count);

  connection(const connection&) = delete;

  connection& operator=(const connection&) = delete;

  virtual ~connection();

  void start(const session_factory& make_session);

  /// Answers what has been received, then closes.
  void close();

  /// Lets go of what will not come any more: its thread has ended.
  virtual void abandon();

protected:
  // -- what the stream does; at most one read and one write are under way

  /// Returns the socket; -1 once it is closed.
  virtual int socket() = 0;

  /// Makes the stream ready, then calls `on_ready`.
  virtual void start_stream() = 0;

  /// Receives some bytes, then calls `on_read`.
  virtual void start_read() = 0;

  /// Ends a read that is under way soon.
  virtual void cancel_read() = 0;

  /// Sends what can be sent at once and returns its size; a failure shows in
  /// the next `start_write`.
  virtual size_t write_now(std::string_view from) = 0;

  /// Sends some bytes, then calls `on_write`.
  virtual void start_write(std::string_view from) = 0;

  /// Says that nothing more will be sent, then calls `on_shutdown`.
  virtual void start_shutdown() = 0;

  /// Receives bytes of no interest, then calls `on_drained`.
  virtual void start_drain() = 0;

  /// Closes the socket; what is under way fails soon.
  virtual void close_socket() = 0;

  void on_ready(const error_code& err);
  /// @param bytes What came, even with an error. Not needed any more when this
  ///              calls anything of the stream's.
  void on_read(const error_code& err, std::string_view bytes);
  void on_write(const error_code& err, size_t n);
  void on_shutdown();
  void on_drained(const error_code& err);

private:
  using clock = std::chrono::steady_clock;

  void read();
  void write();
  void process();
  void process_later();

  std::string_view unsent() const noexcept {
    return std::string_view{outbox_}.substr(sent_);
  }

  /// Bytes that can be read without waiting.
  size_t received();

  /// Whether all that had come before `stop` has been read.
  bool nothing_is_left();

  void stop();

  /// Closes once everything has been sent.
  void finish();

  /// Reads and drops what the client still sends, so that closing does not
  /// reset the connection under the answers it has not read yet.
  void drain();

  // -- limits

  void check_sizes();
  void drop(std::string_view reason);

  /// Has the session wait for nothing but what it is going to get.
  void give_up();

  /// When the client will have taken too long, and for what.
  std::pair<clock::time_point, std::string_view> deadline() const;

  /// Sees to it that the next deadline is noticed.
  void watch();

  boost::asio::steady_timer timer_;
  const client_limits& limits_;
  std::shared_ptr<client_count> count_;
  std::shared_ptr<session> session_;
  std::string outbox_;
  size_t sent_ = 0; ///< Bytes of the outbox.
  clock::time_point begin_ = clock::now();
  clock::time_point last_read_ = begin_;
  std::optional<clock::time_point> full_since_; ///< Too much to send.
  std::optional<clock::time_point> watched_;    ///< Until when the timer runs.
  bool ready_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool turn_posted_ = false;
  bool stopping_ = false; ///< Only `rest_` more bytes are of interest.
  bool at_end_ = false;   ///< There is nothing more to read.
  bool broken_ = false;   ///< Nobody hears our answers.
  bool finished_ = false; ///< Everything has been sent.
  bool draining_ = false; ///< What comes is of no interest.
  bool dropped_ = false;
  bool read_cancelled_ = false; ///< A read is under way, but not for long.
  size_t rest_ = 0;
  std::shared_ptr<connection> waiting_; ///< Us, while an answer is due.
};

} // namespace kv::server
