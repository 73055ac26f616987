#include "actors/server/line_server.hpp"

#include "actors/base/log.hpp"
#include "actors/server/line_connection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace kv::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// A reactor and the thread that runs it.
struct io_thread {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{
    context.get_executor()};
  std::thread thread;
};

} // namespace

class line_server::impl {
public:
  explicit impl(const line_server_options& options) try
    : options_(options),
      threads_(std::max(options.io_threads, 1U)),
      acceptor_(threads_.front().context),
      retry_(threads_.front().context) {
    tcp::endpoint endpoint{asio::ip::make_address(options.address),
                           options.port};
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    acceptor_.bind(endpoint);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
  } catch (const boost::system::system_error& x) {
    throw std::system_error{x.code(), "cannot listen on " + options.address
                                        + " port "
                                        + std::to_string(options.port)};
  }

  ~impl() {
    for (auto& x : threads_)
      x.context.stop();
    for (auto& x : threads_)
      if (x.thread.joinable())
        x.thread.join();
    for (auto& weak : connections_)
      if (auto connection = weak.lock())
        connection->abandon();
  }

  void start(kv::client client) {
    client_.emplace(std::move(client));
    accept();
    for (auto& x : threads_)
      x.thread = std::thread{[&x] { run(x.context); }};
  }

  void close() {
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
      retry_.cancel();
      for (auto& weak : connections_)
        if (auto connection = weak.lock())
          connection->close();
    });
  }

  bool wait(std::chrono::milliseconds timeout) const {
    return count_->wait_for_none(timeout);
  }

  uint16_t port() const noexcept {
    return port_;
  }

private:
  // What throws, out of memory most likely, costs its connection alone.
  static void run(asio::io_context& context) {
    for (;;) {
      try {
        context.run();
        return;
      } catch (const std::exception& reason) {
        log::error(std::string{"a client was dropped: "} + reason.what());
      }
    }
  }

  io_thread& next_thread() {
    auto i = threads_.begin();
    std::advance(i, static_cast<ptrdiff_t>(turn_++ % threads_.size()));
    return *i;
  }

  void accept() {
    acceptor_.async_accept(next_thread().context,
                           [this](const error_code& err, tcp::socket socket) {
                             on_accept(err, std::move(socket));
                           });
  }

  void on_accept(const error_code& err, tcp::socket socket) {
    if (!acceptor_.is_open())
      return;
    if (err) {
      accept_later(err);
      return;
    }
    starved_ = false;
    if (count_->value() >= options_.max_clients)
      refuse(std::move(socket));
    else
      add(std::move(socket));
    accept();
  }

  // Out of descriptors, most likely: others close some, we must not spin.
  void accept_later(const error_code& err) {
    if (!std::exchange(starved_, true))
      log::warn("cannot accept clients: " + err.message());
    retry_.expires_after(std::chrono::milliseconds{100});
    retry_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && acceptor_.is_open())
        accept();
    });
  }

  void add(tcp::socket socket) {
    auto executor = socket.get_executor();
    auto connection = std::make_shared<line_connection>(std::move(socket),
                                                        count_);
    forget_closed();
    connections_.push_back(connection);
    asio::post(executor, [this, connection] { connection->start(*client_); });
  }

  static void refuse(tcp::socket socket) {
    error_code ignored;
    constexpr std::string_view text = "ERROR\r\n";
    socket.write_some(asio::buffer(text), ignored);
  }

  // Amortized: the list is at most twice as long as there are connections.
  void forget_closed() {
    if (connections_.size() < 2 * (count_->value() + 8))
      return;
    std::erase_if(connections_, [](auto& weak) { return weak.expired(); });
  }

  line_server_options options_;
  std::optional<kv::client> client_;
  std::shared_ptr<client_count> count_ = std::make_shared<client_count>();
  std::list<io_thread> threads_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  uint16_t port_ = 0;
  size_t turn_ = 0;
  bool starved_ = false; ///< The last client could not be accepted.
  std::vector<std::weak_ptr<line_connection>> connections_;
};

line_server::line_server(const line_server_options& options)
  : impl_(std::make_unique<impl>(options)) {
  // nop
}

line_server::~line_server() = default;

void line_server::start(kv::client client) {
  impl_->start(std::move(client));
}

void line_server::close() {
  impl_->close();
}

bool line_server::wait(std::chrono::milliseconds timeout) const {
  return impl_->wait(timeout);
}

uint16_t line_server::port() const noexcept {
  return impl_->port();
}

} // namespace kv::server
