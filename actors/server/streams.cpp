#include "actors/server/streams.hpp"

#include "actors/server/inbox.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace kv::server {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// What streams over Asio have in common: a socket, an inbox, a read that can
/// be cancelled.
template <class Stream>
class asio_connection : public connection {
public:
  template <class... Ts>
  asio_connection(tcp::socket socket, const client_limits& limits,
                  std::shared_ptr<client_count> count, Ts&... context)
    : connection(socket.get_executor(), limits, std::move(count)),
      stream_(std::move(socket), context...) {
    // nop
  }

protected:
  int socket() override {
    return tcp_socket().native_handle();
  }

  void start_read() override {
    stream_.async_read_some(
      inbox_.prepare(),
      asio::bind_cancellation_slot(
        cancel_.slot(),
        [this, self = shared_from_this()](const error_code& err, size_t n) {
          on_read(err, inbox_.received(n));
        }));
  }

  void cancel_read() override {
    cancel_.emit(asio::cancellation_type::terminal);
  }

  void start_write(std::string_view from) override {
    stream_.async_write_some(
      asio::buffer(from),
      [this, self = shared_from_this()](const error_code& err, size_t n) {
        on_write(err, n);
      });
  }

  // Past TLS: what came after its end is of no interest either.
  void start_drain() override {
    tcp_socket().async_read_some(
      inbox_.prepare(),
      [this, self = shared_from_this()](const error_code& err, size_t n) {
        inbox_.received(n);
        on_drained(err);
      });
  }

  void close_socket() override {
    error_code ignored;
    tcp_socket().close(ignored);
  }

  tcp::socket& tcp_socket() {
    if constexpr (std::is_same_v<Stream, tcp::socket>)
      return stream_;
    else
      return stream_.next_layer();
  }

  Stream stream_;
  inbox inbox_;
  asio::cancellation_signal cancel_;
};

class plain_connection final : public asio_connection<tcp::socket> {
public:
  using asio_connection::asio_connection;

protected:
  void start_stream() override {
    error_code ignored;
    stream_.non_blocking(true, ignored); // for `write_now`
    on_ready({});
  }

  size_t write_now(std::string_view from) override {
    error_code ignored;
    return stream_.write_some(asio::buffer(from), ignored);
  }

  void start_shutdown() override {
    on_shutdown();
  }
};

class tls_connection final
  : public asio_connection<asio::ssl::stream<tcp::socket>> {
public:
  using asio_connection::asio_connection;

protected:
  void start_stream() override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [this, self = shared_from_this()](
                              const error_code& err) { on_ready(err); });
  }

  size_t write_now(std::string_view) override {
    return 0;
  }

  void start_shutdown() override {
    stream_.async_shutdown(
      [this, self = shared_from_this()](const error_code&) { on_shutdown(); });
  }
};

} // namespace

std::shared_ptr<connection>
make_plain_connection(tcp::socket socket, const client_limits& limits,
                      std::shared_ptr<client_count> count) {
  return std::make_shared<plain_connection>(std::move(socket), limits,
                                            std::move(count));
}

std::shared_ptr<connection>
make_tls_connection(tcp::socket socket, asio::ssl::context& context,
                    const client_limits& limits,
                    std::shared_ptr<client_count> count) {
  return std::make_shared<tls_connection>(std::move(socket), limits,
                                          std::move(count), context);
}

} // namespace kv::server
