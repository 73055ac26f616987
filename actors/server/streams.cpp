#include "actors/server/streams.hpp"

#include <boost/asio/ssl/stream.hpp>

#include <utility>

namespace kv::server {

namespace asio = boost::asio;

namespace {

class plain_connection final : public connection {
public:
  plain_connection(tcp::socket socket, const client_limits& limits,
                   std::shared_ptr<client_count> count)
    : connection(socket.get_executor(), limits, std::move(count)),
      socket_(std::move(socket)) {
    // nop
  }

protected:
  tcp::socket& socket() override {
    return socket_;
  }

  void start_stream() override {
    on_ready({});
  }

  void start_read(asio::mutable_buffer to) override {
    socket_.async_read_some(to, cancellable(
                                  [self = shared_this<plain_connection>()](
                                    const error_code& err, size_t n) {
                                    self->on_read(err, n);
                                  }));
  }

  size_t write_now(asio::const_buffer from) override {
    error_code ignored;
    return socket_.write_some(from, ignored);
  }

  void start_write(asio::const_buffer from) override {
    socket_.async_write_some(from, [self = shared_this<plain_connection>()](
                                     const error_code& err, size_t n) {
      self->on_write(err, n);
    });
  }

  void start_shutdown() override {
    on_shutdown();
  }

private:
  tcp::socket socket_;
};

class tls_connection final : public connection {
public:
  tls_connection(tcp::socket socket, asio::ssl::context& context,
                 const client_limits& limits,
                 std::shared_ptr<client_count> count)
    : connection(socket.get_executor(), limits, std::move(count)),
      stream_(std::move(socket), context) {
    // nop
  }

protected:
  tcp::socket& socket() override {
    return stream_.next_layer();
  }

  void start_stream() override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_this<tls_connection>()](
                              const error_code& err) { self->on_ready(err); });
  }

  void start_read(asio::mutable_buffer to) override {
    stream_.async_read_some(to,
                            cancellable([self = shared_this<tls_connection>()](
                                          const error_code& err, size_t n) {
                              self->on_read(err, n);
                            }));
  }

  size_t write_now(asio::const_buffer) override {
    return 0;
  }

  void start_write(asio::const_buffer from) override {
    stream_.async_write_some(from, [self = shared_this<tls_connection>()](
                                     const error_code& err, size_t n) {
      self->on_write(err, n);
    });
  }

  void start_shutdown() override {
    stream_.async_shutdown([self = shared_this<tls_connection>()](
                             const error_code&) { self->on_shutdown(); });
  }

private:
  asio::ssl::stream<tcp::socket> stream_;
};

} // namespace

std::shared_ptr<connection>
make_plain_connection(connection::tcp::socket socket,
                      const client_limits& limits,
                      std::shared_ptr<client_count> count) {
  return std::make_shared<plain_connection>(std::move(socket), limits,
                                            std::move(count));
}

std::shared_ptr<connection>
make_tls_connection(connection::tcp::socket socket, asio::ssl::context& context,
                    const client_limits& limits,
                    std::shared_ptr<client_count> count) {
  return std::make_shared<tls_connection>(std::move(socket), context, limits,
                                          std::move(count));
}

} // namespace kv::server
