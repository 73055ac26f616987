#include "actors/server/uring_connection.hpp"

#include <boost/asio/error.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <unistd.h>
#include <utility>

// Invariants
// I1  The descriptor stays ours while an operation is under way: the kernel
//     looks for it when the operation is submitted, which may be after the
//     socket has been closed, and would find whoever has got the number since.
// I2  Nothing begins on a socket that has been closed.

namespace kv::server {

namespace {

class uring_connection final : public connection {
public:
  uring_connection(boost::asio::ip::tcp::socket socket,
                   const client_limits& limits,
                   std::shared_ptr<client_count> count, uring& ring)
    : connection(socket.get_executor(), limits, std::move(count)),
      ring_(ring),
      socket_(socket.release()) { // Asio's reactor would wake for it, too
    // nop
  }

  ~uring_connection() override {
    close_socket();
  }

  void abandon() override {
    close_socket();
    auto receive = std::move(receive_.owner);
    auto send = std::move(send_.owner);
    connection::abandon();
  }

protected:
  int socket() override {
    return closed_ ? -1 : socket_;
  }

  void start_stream() override {
    on_ready({});
  }

  void start_read() override {
    receive(false);
  }

  void cancel_read() override {
    ring_.cancel_receive(receive_);
    cancelled_ = true;
  }

  size_t write_now(std::string_view) override {
    return 0; // together with those of other clients
  }

  void start_write(std::string_view from) override {
    ring_.send(socket(), from, send_);
    send_.owner = shared_from_this(); // once nothing can fail any more
  }

  void start_shutdown() override {
    on_shutdown();
  }

  void start_drain() override {
    receive(true);
  }

  // The client hears of it at once, and what is under way ends soon.
  void close_socket() override {
    if (!std::exchange(closed_, true))
      ::shutdown(socket_, SHUT_RDWR);
    free_descriptor();
  }

private:
  /// Holds the connection while it is under way.
  class operation : public uring::operation {
  public:
    explicit operation(uring_connection& self) : self_(self) {
      // nop
    }

    std::shared_ptr<connection> owner;

  protected:
    uring_connection& self_;
  };

  class receive_operation final : public operation {
  public:
    using operation::operation;

    void complete(int result, std::string_view bytes) override {
      auto keep = std::move(owner);
      self_.free_descriptor();
      self_.on_received(result, bytes);
    }
  };

  class send_operation final : public operation {
  public:
    using operation::operation;

    void complete(int result, std::string_view) override {
      auto keep = std::move(owner);
      self_.free_descriptor();
      if (result < 0)
        self_.on_write({-result, boost::system::system_category()}, 0);
      else
        self_.on_write({}, static_cast<size_t>(result));
    }
  };

  void receive(bool drains) {
    drains_ = drains;
    ring_.receive(socket(), is_late_, receive_);
    receive_.owner = shared_from_this();
  }

  /// Gives the descriptor of a closed socket back, unless something under way
  /// names it.
  void free_descriptor() {
    if (closed_ && socket_ >= 0 && !receive_.owner && !send_.owner)
      ::close(std::exchange(socket_, -1));
  }

  void on_received(int result, std::string_view bytes) {
    const auto cancelled = std::exchange(cancelled_, false);
    if (result == -ENOBUFS) { // other clients had them all, just now
      if (!cancelled) {
        is_late_ = false;
        receive(drains_);
        return;
      }
      result = -ECANCELED; // this was done before the ring heard of that
    }
    is_late_ = result < large;
    auto err = error_of(result);
    if (drains_)
      on_drained(err);
    else
      on_read(err, bytes);
  }

  static error_code error_of(int result) {
    if (result > 0)
      return {};
    if (result == 0)
      return boost::asio::error::eof;
    return {-result, boost::system::system_category()}; // ECANCELED included
  }

  /// Who sends so much at once has probably sent more.
  static constexpr int large = 8 << 10;

  uring& ring_;
  int socket_;          ///< -1 once it has been given back.
  bool closed_ = false; ///< Nobody uses the socket any more.
  receive_operation receive_{*this};
  send_operation send_{*this};
  bool drains_ = false;    ///< What comes is of no interest.
  bool is_late_ = false;   ///< Nothing is there yet, probably.
  bool cancelled_ = false; ///< The receive under way is to fail.
};

} // namespace

std::shared_ptr<connection>
make_uring_connection(boost::asio::ip::tcp::socket socket,
                      const client_limits& limits,
                      std::shared_ptr<client_count> count, uring& ring) {
  return std::make_shared<uring_connection>(std::move(socket), limits,
                                            std::move(count), ring);
}

} // namespace kv::server
