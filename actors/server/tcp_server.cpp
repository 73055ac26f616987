#include "actors/server/tcp_server.hpp"

#include "actors/base/log.hpp"
#include "actors/kv/kept_gathering.hpp"
#include "actors/server/dropped_client.hpp"
#include "actors/server/refusal.hpp"
#include "actors/server/spare_descriptor.hpp"
#include "actors/server/streams.hpp"
#include "actors/server/uring.hpp"
#include "actors/server/uring_connection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <list>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

// Invariants
// I1  Listeners and the list of connections belong to the first io thread; the
//     destructor, when all of them have ended.
// I2  A listener that is open accepts, or waits to accept again; if it cannot,
//     for want of memory, it is asked again and again.

namespace kv::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Between two attempts to accept clients.
constexpr std::chrono::milliseconds accept_pause{100};

/// A reactor and the thread that runs it.
struct io_thread {
  asio::io_context context{1};
  std::unique_ptr<uring> ring; ///< Null: epoll serves all its clients.
  asio::executor_work_guard<asio::io_context::executor_type> work{
    context.get_executor()};
  std::thread thread;
};

/// A socket that listens, and what is spoken there.
struct listener {
  listener(asio::io_context& context, std::string_view refusal,
           session_factory make_session)
    : acceptor(context),
      retry(context),
      refusal(refusal),
      make_session(std::move(make_session)) {
    // nop
  }

  /// Returns whether something is under way that will accept clients.
  bool accepts() const noexcept {
    return accepting.use_count() > 1;
  }

  void bind(const tcp::endpoint& endpoint) {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address{true});
    acceptor.bind(endpoint);
    acceptor.listen();
  }

  tcp::acceptor acceptor;
  asio::steady_timer retry;
  std::string_view refusal;
  session_factory make_session;
  bool starved = false; ///< The last client could not be accepted.
  /// Held, too, by what is going to accept, which may throw.
  std::shared_ptr<bool> accepting = std::make_shared<bool>(true);
};

} // namespace

class tcp_server::impl {
public:
  explicit impl(const server_options& options)
    : options_(options), threads_(std::max(options.io_threads, 1U)) {
    if (options.tls == nullptr && options.method != io_method::epoll)
      make_rings();
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

  uint16_t listen(const listener_options& where, session_factory make_session) {
    listener fresh{threads_.front().context, where.refusal,
                   std::move(make_session)};
    try {
      fresh.bind({asio::ip::make_address(where.address), where.port});
    } catch (const boost::system::system_error& x) {
      throw std::system_error{x.code(), "cannot listen on " + where.address
                                          + " port "
                                          + std::to_string(where.port)};
    }
    auto port = fresh.acceptor.local_endpoint().port();
    listeners_.push_back(std::move(fresh));
    return port;
  }

  void start() {
    for (auto& x : threads_)
      x.thread = std::thread{[this, &x] {
        const kept_gathering here{[&x](kept_gathering::function f) {
          asio::post(x.context, std::move(f));
        }};
        run(x);
      }};
  }

  void close() {
    asio::post(threads_.front().context, [this] {
      error_code ignored;
      for (auto& x : listeners_) {
        x.acceptor.close(ignored);
        x.retry.cancel();
      }
      for (auto& weak : connections_)
        if (auto connection = weak.lock())
          connection->close();
    });
  }

  bool wait(std::chrono::milliseconds timeout) const {
    return count_->wait_for_none(timeout);
  }

private:
  void make_rings() {
    try {
      for (auto& x : threads_)
        x.ring = uring::make(x.context);
    } catch (const std::system_error& reason) {
      if (options_.method == io_method::io_uring)
        throw;
      log::info(std::string{reason.what()} + ", epoll serves the clients");
      for (auto& x : threads_)
        x.ring = nullptr;
    }
  }

  // What throws, out of memory most likely, costs its connection alone.
  void run(io_thread& x) {
    while (!x.context.stopped()) {
      try {
        if (&x != &threads_.front() || all_accept())
          x.context.run();
        else
          x.context.run_for(accept_pause);
      } catch (const std::exception& reason) {
        log_dropped_client(reason);
      }
    }
  }

  /// Has all listeners accept; returns false if one cannot.
  bool all_accept() {
    try {
      for (auto& x : listeners_)
        if (x.acceptor.is_open() && !x.accepts())
          accept(x);
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  io_thread& next_thread() {
    auto i = threads_.begin();
    std::advance(i, static_cast<ptrdiff_t>(turn_++ % threads_.size()));
    return *i;
  }

  void accept(listener& from) {
    auto& thread = next_thread();
    from.acceptor.async_accept(
      thread.context, [this, &from, &thread, accepting = from.accepting](
                        const error_code& err, tcp::socket socket) mutable {
        accepting = nullptr;
        on_accept(from, thread, err, std::move(socket));
      });
  }

  void on_accept(listener& from, io_thread& thread, const error_code& err,
                 tcp::socket socket) {
    if (!from.acceptor.is_open())
      return;
    if (err) {
      accept_later(from, err);
      return;
    }
    from.starved = false;
    if (count_->value() >= options_.max_clients)
      refuse(std::move(socket), refusal_of(from));
    else
      add(std::move(socket), thread, from.make_session);
    accept(from);
  }

  // Out of descriptors, most likely. With the spare one the client hears that
  // it is one too many; without it, or out of memory, it waits: we must not
  // spin.
  void accept_later(listener& from, const error_code& err) {
    if (!std::exchange(from.starved, true))
      log::warn("cannot accept clients: " + err.message());
    if (spare_.refuse(from.acceptor.native_handle(), refusal_of(from))) {
      accept(from);
      return;
    }
    from.retry.expires_after(accept_pause);
    from.retry.async_wait([this, &from, accepting = from.accepting](
                            const error_code& cancelled) mutable {
      accepting = nullptr;
      if (!cancelled && from.acceptor.is_open())
        accept(from);
    });
  }

  void add(tcp::socket socket, io_thread& thread,
           const session_factory& make_session) {
    auto client = make_connection(std::move(socket), thread);
    forget_closed();
    connections_.push_back(client);
    asio::post(thread.context,
               [client, &make_session] { client->start(make_session); });
  }

  std::shared_ptr<connection> make_connection(tcp::socket socket,
                                              const io_thread& thread) {
    if (options_.tls != nullptr)
      return make_tls_connection(std::move(socket), *options_.tls->context(),
                                 options_.limits, count_);
    if (thread.ring != nullptr)
      return make_uring_connection(std::move(socket), options_.limits, count_,
                                   *thread.ring);
    return make_plain_connection(std::move(socket), options_.limits, count_);
  }

  // Who expects TLS would not understand it.
  std::string_view refusal_of(const listener& from) const {
    return options_.tls == nullptr ? from.refusal : std::string_view{};
  }

  // Amortized: the list is at most twice as long as there are connections.
  void forget_closed() {
    if (connections_.size() < 2 * (count_->value() + 8))
      return;
    std::erase_if(connections_, [](auto& weak) { return weak.expired(); });
  }

  server_options options_;
  std::shared_ptr<client_count> count_ = std::make_shared<client_count>();
  std::list<io_thread> threads_;
  std::list<listener> listeners_;
  spare_descriptor spare_;
  size_t turn_ = 0;
  std::vector<std::weak_ptr<connection>> connections_;
};

tcp_server::tcp_server(const server_options& options)
  : impl_(std::make_unique<impl>(options)) {
  // nop
}

tcp_server::~tcp_server() = default;

uint16_t tcp_server::listen(const listener_options& where,
                            session_factory make_session) {
  return impl_->listen(where, std::move(make_session));
}

void tcp_server::start() {
  impl_->start();
}

void tcp_server::close() {
  impl_->close();
}

bool tcp_server::wait(std::chrono::milliseconds timeout) const {
  return impl_->wait(timeout);
}

} // namespace kv::server
