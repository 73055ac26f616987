// TLS: the same sessions behind another stream.

#include "actors/server/tls.hpp"

#include "tests/server/resp_cases.hpp"
#include "tests/server/resp_fixture.hpp"
#include "tests/support/certificates.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

using namespace kv;
using namespace std::literals;
namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;

namespace {

/// A blocking client; whatever fails throws.
class tls_client {
public:
  explicit tls_client(uint16_t port, const std::string& ca,
                      const std::string& cert = {},
                      const std::string& key = {}) {
    context_.load_verify_file(ca);
    context_.set_verify_mode(ssl::verify_peer);
    if (!cert.empty()) {
      context_.use_certificate_chain_file(cert);
      context_.use_private_key_file(key, ssl::context::pem);
    }
    stream_.emplace(io_, context_);
    stream_->next_layer().connect({asio::ip::address_v4::loopback(), port});
    timeval limit{20, 0};
    ::setsockopt(stream_->next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO,
                 &limit, sizeof(limit));
    stream_->handshake(ssl::stream_base::client);
  }

  void send(std::string_view bytes) {
    asio::write(*stream_, asio::buffer(bytes));
  }

  std::string read(size_t n) {
    std::string result(n, '\0');
    asio::read(*stream_, asio::buffer(result));
    return result;
  }

  std::string read_all() {
    std::string result;
    boost::system::error_code err;
    char buffer[4096];
    while (auto n = stream_->read_some(asio::buffer(buffer), err))
      result.append(buffer, n);
    return result;
  }

private:
  asio::io_context io_;
  ssl::context context_{ssl::context::tls_client};
  std::optional<ssl::stream<tcp::socket>> stream_;
};

struct tls_fixture : test::live_fixture {
  explicit tls_fixture(bool with_ca = false, server::client_limits limits = {})
    : tls(std::make_shared<server::tls>(server::tls_files{
      files.cert("server"), files.key("server"), with_ca ? files.ca() : ""})),
      server({.limits = limits, .tls = tls}) {
    port = server.listen({}, [this](server::session::home where) {
      return std::make_shared<server::resp_session>(client, service,
                                                    std::move(where));
    });
    server.start();
  }

  ~tls_fixture() {
    server.close();
    server.wait(deadline);
    app.reset();
  }

  test::certificates files;
  std::shared_ptr<server::tls> tls;
  std::shared_ptr<server::resp_service> service
    = std::make_shared<server::resp_service>();
  server::tcp_server server;
  uint16_t port = 0;
};

struct strict_fixture : tls_fixture {
  strict_fixture() : tls_fixture(true) {
    // nop
  }
};

struct hasty_fixture : tls_fixture {
  hasty_fixture() : tls_fixture(false, {.handshake = 1s}) {
    // nop
  }
};

std::string failure_of(const server::tls_files& files) {
  try {
    server::tls x{files};
  } catch (const std::runtime_error& reason) {
    return reason.what();
  }
  return "none";
}

} // namespace

TEST_CASE_METHOD(tls_fixture, "clients are served over TLS", "[tls]") {
  tls_client peer{port, files.ca()};
  peer.send("PING\r\n");
  CHECK(peer.read(7) == "+PONG\r\n");
  std::string big(5'000'000, 'v');
  peer.send(test::multibulk({"HSET", "b", "k", big}));
  CHECK(peer.read(4) == ":1\r\n");
  peer.send(test::multibulk({"HGET", "b", "k"}));
  CHECK((peer.read(10 + big.size() + 2) == "$5000000\r\n" + big + "\r\n"));
  peer.send("QUIT\r\n");
  CHECK(peer.read_all() == "+OK\r\n");
}

TEST_CASE_METHOD(tls_fixture, "many requests at once are answered in order",
                 "[tls]") {
  tls_client peer{port, files.ca()};
  std::string batch;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    auto text = std::to_string(i);
    batch += test::multibulk({"ECHO", text});
    expected += "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  }
  peer.send(batch);
  CHECK(peer.read(expected.size()) == expected);
}

TEST_CASE_METHOD(tls_fixture, "who speaks no TLS is dropped, others are served",
                 "[tls]") {
  tls_client peer{port, files.ca()};
  test::line_client plain{port};
  plain.send("PING\r\n");
  try {
    CHECK(plain.read_all().find("PONG") == std::string::npos);
  } catch (const std::system_error&) {
    // A reset is fine.
  }
  test::line_client gone{port};
  gone.reset();
  peer.send("PING\r\n");
  CHECK(peer.read(7) == "+PONG\r\n");
}

TEST_CASE_METHOD(hasty_fixture, "a handshake has to end in time", "[tls]") {
  test::line_client silent{port};
  CHECK(silent.read_all().empty());
  test::line_client half{port};
  half.send("\x16\x03\x01\x02"sv);
  CHECK(half.read_all().empty());
  CHECK(server.wait(deadline));
}

TEST_CASE_METHOD(strict_fixture, "with a CA clients need a certificate of it",
                 "[tls]") {
  tls_client known{port, files.ca(), files.cert("client"), files.key("client")};
  known.send("PING\r\n");
  CHECK(known.read(7) == "+PONG\r\n");
  auto talk = [&](auto... own) {
    // With TLS 1.3 a client learns of it when it reads.
    tls_client peer{port, files.ca(), own...};
    peer.send("PING\r\n");
    return peer.read(7);
  };
  CHECK_THROWS(talk());
  test::certificates strangers;
  CHECK_THROWS(talk(strangers.cert("client"), strangers.key("client")));
  known.send("PING\r\n");
  CHECK(known.read(7) == "+PONG\r\n");
}

TEST_CASE_METHOD(tls_fixture, "a server that closes answers what it received",
                 "[tls]") {
  tls_client peer{port, files.ca()};
  peer.send("PING\r\n");
  CHECK(peer.read(7) == "+PONG\r\n");
  tls_client silent{port, files.ca()};
  test::line_client half{port};
  server.close();
  CHECK(peer.read_all().empty());
  CHECK(silent.read_all().empty());
  CHECK(server.wait(deadline));
}

TEST_CASE_METHOD(tls_fixture, "certificates are read again on demand",
                 "[tls]") {
  test::certificates fresh;
  CHECK_THROWS(tls_client(port, fresh.ca()));
  tls_client before{port, files.ca()};
  files.replace("server", fresh);
  tls->reload();
  CHECK_NOTHROW(tls_client(port, fresh.ca()));
  CHECK_THROWS(tls_client(port, files.ca()));
  before.send("PING\r\n");
  CHECK(before.read(7) == "+PONG\r\n");
  files.spoil("server");
  CHECK_THROWS_AS(tls->reload(), std::runtime_error);
  CHECK_NOTHROW(tls_client(port, fresh.ca()));
}

TEST_CASE("wrong files are refused with option, name and reason", "[tls]") {
  test::certificates files;
  auto cert = files.cert("server");
  auto key = files.key("server");
  CHECK(failure_of({cert, key, files.ca()}) == "none");
  CHECK(failure_of({"no.pem", key, ""}).starts_with("tls-cert: no.pem: "));
  CHECK(failure_of({cert, "no.pem", ""}).starts_with("tls-key: no.pem: "));
  CHECK(failure_of({cert, key, "no.pem"}).starts_with("tls-ca: no.pem: "));
  CHECK(failure_of({key, key, ""}).starts_with("tls-cert: " + key + ": "));
  auto other = files.key("client");
  CHECK(failure_of({cert, other, ""}).starts_with("tls-key: " + other + ": "));
  CHECK(failure_of({cert, files.locked_key(), ""}).starts_with("tls-key: "));
}
