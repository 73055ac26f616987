#include "app/client/server_link.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <hiredis/hiredis.h>

#include <array>
#include <utility>

namespace kv::app {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

reply convert(const redisReply& from) {
  reply result;
  auto text = [&] { return std::string{from.str, from.len}; };
  switch (from.type) {
    case REDIS_REPLY_STATUS:
      return {reply::kind::status, text(), 0, {}};
    case REDIS_REPLY_ERROR:
      return {reply::kind::error, text(), 0, {}};
    case REDIS_REPLY_STRING:
      return {reply::kind::bytes, text(), 0, {}};
    case REDIS_REPLY_INTEGER:
      return {reply::kind::integer, {}, from.integer, {}};
    case REDIS_REPLY_ARRAY:
      result.what = reply::kind::list;
      for (size_t i = 0; i < from.elements; ++i)
        result.items.push_back(convert(*from.element[i]));
      return result;
    default:
      return result;
  }
}

void append(std::string& to, const server_link::words& request) {
  to += '*' + std::to_string(request.size()) + "\r\n";
  for (const auto& word : request)
    to += '$' + std::to_string(word.size()) + "\r\n" + word + "\r\n";
}

} // namespace

std::string server_address::text() const {
  auto v6 = host.find(':') != std::string::npos;
  return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

class server_link::impl {
public:
  explicit impl(server_address where) : where_(std::move(where)) {
    connect();
    if (where_.password.empty())
      return;
    push({"AUTH", where_.password});
    // A server without a password does not mind that we have one.
    if (auto said = receive();
        said.is_error() && !said.text.starts_with("ERR AUTH <password> called"))
      throw cannot_connect{"the server does not take the password"};
  }

  void push(const words& request) {
    append(outbox_, request);
  }

  reply receive() {
    flush();
    for (;;) {
      if (auto x = parsed())
        return std::move(*x);
      if (!read(reply_time))
        fail("no answer within " + std::to_string(reply_time.count()) + " s");
    }
  }

  std::optional<reply> receive_within(std::chrono::milliseconds time) {
    flush();
    auto latest = std::chrono::steady_clock::now() + time;
    for (;;) {
      if (auto x = parsed())
        return x;
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        latest - std::chrono::steady_clock::now());
      if (left.count() < 0 || !read(left))
        return std::nullopt;
    }
  }

  int descriptor() {
    return socket().native_handle();
  }

  const server_address& where() const noexcept {
    return where_;
  }

private:
  struct free_reader {
    void operator()(redisReader* x) const {
      redisReaderFree(x);
    }
  };

  [[noreturn]] void fail(const std::string& reason) const {
    throw cannot_connect{where_.text() + ": " + reason};
  }

  void check(const error_code& err) const {
    if (err == asio::error::eof || err == ssl::error::stream_truncated)
      fail("the server has closed the connection");
    if (err)
      fail(err.message());
  }

  tcp::socket& socket() {
    return stream_.next_layer();
  }

  /// Runs until `done()`, and returns true, or until the time is over.
  template <class Done>
  bool run_until(std::chrono::milliseconds time, Done done) {
    auto latest = std::chrono::steady_clock::now() + time;
    io_.restart();
    while (!done())
      if (io_.run_one_until(latest) == 0)
        return done();
    return true;
  }

  /// Runs one operation; returns whether it ended in time.
  template <class Start>
  bool run(std::chrono::milliseconds time, Start start) {
    auto result = std::make_shared<std::optional<error_code>>();
    start([result](const error_code& err, auto&&...) { *result = err; });
    if (!run_until(time, [&] { return result->has_value(); }))
      return false;
    check(**result);
    return true;
  }

  template <class Start>
  void run_or_fail(const char* what, Start start) {
    if (!run(connect_time, std::move(start)))
      fail(std::string{what} + " takes too long");
  }

  void connect() {
    tcp::resolver resolver{io_};
    error_code err;
    auto found = resolver.resolve(where_.host, std::to_string(where_.port),
                                  err);
    check(err);
    run_or_fail("connecting",
                [&](auto done) { asio::async_connect(socket(), found, done); });
    socket().set_option(tcp::no_delay{true}, err);
    if (!where_.tls)
      return;
    prepare_tls();
    run_or_fail("agreeing on a key", [&](auto done) {
      stream_.async_handshake(ssl::stream_base::client, done);
    });
  }

  void prepare_tls() {
    error_code err;
    auto load = [&](const std::string& file) {
      if (err)
        throw cannot_connect{file + ": " + err.message()};
    };
    if (where_.tls_ca.empty())
      context_.set_default_verify_paths(err);
    else
      context_.load_verify_file(where_.tls_ca, err);
    load(where_.tls_ca);
    if (!where_.tls_cert.empty()) {
      // The stream was made before, and has a copy of what the context had.
      auto* native = stream_.native_handle();
      if (SSL_use_certificate_chain_file(native, where_.tls_cert.c_str()) != 1)
        throw cannot_connect{where_.tls_cert + ": no certificate"};
      if (SSL_use_PrivateKey_file(native, where_.tls_key.c_str(),
                                  SSL_FILETYPE_PEM)
          != 1)
        throw cannot_connect{where_.tls_key + ": not the certificate's key"};
    }
    // What SSL_set_tlsext_host_name does, without its cast.
    SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
             TLSEXT_NAMETYPE_host_name, where_.host.data());
    stream_.set_verify_mode(ssl::verify_peer);
    stream_.set_verify_callback(ssl::host_name_verification{where_.host});
  }

  void flush() {
    if (outbox_.empty())
      return;
    auto bytes = std::exchange(outbox_, {});
    auto sent = run(reply_time, [&](auto done) {
      if (where_.tls)
        asio::async_write(stream_, asio::buffer(bytes), done);
      else
        asio::async_write(socket(), asio::buffer(bytes), done);
    });
    if (!sent) {
      socket().close();
      io_.run();
      fail("the server does not read");
    }
  }

  /// Reads some bytes; returns false if there are none in time. The read goes
  /// on: the next call waits for it.
  bool read(std::chrono::milliseconds time) {
    if (!reading_) {
      reading_ = true;
      arrived_ = std::nullopt;
      auto done = [this](const error_code& err, size_t n) {
        reading_ = false;
        arrived_ = {err, n};
      };
      if (where_.tls)
        stream_.async_read_some(asio::buffer(inbox_), done);
      else
        socket().async_read_some(asio::buffer(inbox_), done);
    }
    if (!run_until(time, [&] { return arrived_.has_value(); }))
      return false;
    auto [err, n] = *std::exchange(arrived_, std::nullopt);
    check(err);
    redisReaderFeed(reader_.get(), inbox_.data(), n);
    return true;
  }

  std::optional<reply> parsed() {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK)
      fail(std::string{"this is no server for Redis clients: "}
           + reader_->errstr);
    if (raw == nullptr)
      return std::nullopt;
    auto* x = static_cast<redisReply*>(raw);
    auto result = convert(*x);
    freeReplyObject(x);
    return result;
  }

  server_address where_;
  asio::io_context io_{1};
  ssl::context context_{ssl::context::tls_client};
  ssl::stream<tcp::socket> stream_{io_, context_};
  std::unique_ptr<redisReader, free_reader> reader_{redisReaderCreate()};
  std::string outbox_;
  std::array<char, 65536> inbox_;
  bool reading_ = false;
  std::optional<std::pair<error_code, size_t>> arrived_;
};

server_link::server_link(server_address where)
  : impl_(std::make_unique<impl>(std::move(where))) {
  // nop
}

server_link::server_link(server_link&&) noexcept = default;

server_link& server_link::operator=(server_link&&) noexcept = default;

server_link::~server_link() = default;

reply server_link::call(const words& request) {
  push(request);
  return receive();
}

void server_link::push(const words& request) {
  impl_->push(request);
}

reply server_link::receive() {
  return impl_->receive();
}

std::optional<reply>
server_link::receive_within(std::chrono::milliseconds time) {
  return impl_->receive_within(time);
}

int server_link::descriptor() const {
  return impl_->descriptor();
}

const server_address& server_link::where() const noexcept {
  return impl_->where();
}

} // namespace kv::app
