#pragma once

#include "actors/server/client_count.hpp"
#include "actors/server/session.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace kv::server {

/// Makes the sessions of a protocol.
using session_factory
  = std::function<std::shared_ptr<session>(session::home where)>;

/// A socket and its session. Lives as long as something is under way.
/// Thread safety: its io thread only, but for `close`.
class connection : public std::enable_shared_from_this<connection> {
public:
  using tcp = boost::asio::ip::tcp;

  /// Commands handled before the other clients of the thread get their turn.
  static constexpr size_t commands_per_turn = 256;

  /// @param count The server's clients; this is one of them.
  connection(tcp::socket socket, std::shared_ptr<client_count> count);

  ~connection();

  void start(const session_factory& make_session);

  /// Answers what has been received, then closes.
  void close();

  /// Lets go of an answer that will not come; nothing runs any more.
  void abandon();

private:
  void read();
  void on_read(const boost::system::error_code& err, size_t n);
  void write();
  void process();
  void process_later();

  void stop();

  /// Closes once everything has been sent.
  void finish();

  /// Reads and drops what the client still sends, so that closing does not
  /// reset the connection under the answers it has not read yet.
  void linger(const boost::system::error_code& err);

  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<client_count> count_;
  std::shared_ptr<session> session_;
  std::array<char, 16384> inbox_;
  std::string outbox_;
  bool reading_ = false;
  bool writing_ = false;
  bool turn_posted_ = false;
  bool stopping_ = false; ///< Only `rest_` more bytes are of interest.
  bool at_end_ = false;   ///< There is nothing more to read.
  bool broken_ = false;   ///< Nobody hears our answers.
  bool finished_ = false; ///< Everything has been sent.
  size_t rest_ = 0;
  std::shared_ptr<connection> waiting_; ///< Us, while an answer is due.
};

} // namespace kv::server
