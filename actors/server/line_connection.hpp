#pragma once

#include "actors/server/client_count.hpp"
#include "actors/server/line_session.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

namespace kv::server {

/// A socket and its session. Lives as long as something is under way.
/// Thread safety: its io thread only, but for `close`.
class line_connection : public std::enable_shared_from_this<line_connection> {
public:
  using tcp = boost::asio::ip::tcp;

  /// Lines handled before the other clients of the thread get their turn.
  static constexpr size_t lines_per_turn = 256;

  /// @param count The server's clients; this is one of them.
  line_connection(tcp::socket socket, std::shared_ptr<client_count> count);

  ~line_connection();

  void start(const kv::client& client);

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
  std::shared_ptr<line_session> session_;
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
  std::shared_ptr<line_connection> waiting_; ///< Us, while an answer is due.
};

} // namespace kv::server
