#include "actors/server/refusal.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <utility>

namespace kv::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// They have descriptors that others may need.
constexpr int most_waiting = 16;
constexpr std::chrono::seconds patience{1};

std::atomic<int> waiting = 0;

class refused_client : public std::enable_shared_from_this<refused_client> {
public:
  explicit refused_client(tcp::socket socket)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {
    ++waiting;
  }

  refused_client(const refused_client&) = delete;

  refused_client& operator=(const refused_client&) = delete;

  ~refused_client() {
    --waiting;
  }

  void wait() {
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](const error_code&) {
      error_code ignored;
      self->socket_.close(ignored);
    });
    read();
  }

private:
  void read() {
    socket_.async_read_some(asio::buffer(dropped_),
                            [self = shared_from_this()](const error_code& err,
                                                        size_t) {
                              if (err)
                                self->timer_.cancel();
                              else
                                self->read();
                            });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  std::array<char, 1024> dropped_;
};

} // namespace

void refuse(tcp::socket socket, std::string_view text) {
  error_code err;
  socket.non_blocking(true, err);
  socket.write_some(asio::buffer(text), err);
  socket.shutdown(tcp::socket::shutdown_send, err);
  if (err || waiting >= most_waiting)
    return;
  auto executor = socket.get_executor();
  auto client = std::make_shared<refused_client>(std::move(socket));
  asio::post(executor, [client] { client->wait(); });
}

} // namespace kv::server
