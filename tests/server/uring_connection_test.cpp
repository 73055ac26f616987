#include "actors/server/uring_connection.hpp"

#include "tests/server/uring_fixture.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <functional>
#include <memory>
#include <string>
#include <utility>

using namespace kv;
using namespace kv::server;
using boost::asio::ip::tcp;
using test::recorded;
using test::socket_pair;

namespace {

/// A session that says what the test wants.
struct puppet final : session {
  explicit puppet(const home& where)
    : session(where), progress(where.on_progress) {
    // nop
  }

  void say(const std::string& text) {
    said_ = text;
    progress();
  }

  void quit(const std::string& text) {
    end();
    output() += text;
    progress();
  }

  /// Has the client wait for an answer; it gets one by this.
  std::function<void(caf::expected<bool>)> wait() {
    auto result = answer_later<bool>([](const caf::expected<bool>&) {});
    progress();
    return result;
  }

  std::function<void()> progress;

protected:
  bool handle_input(size_t) override {
    output() += std::exchange(said_, {});
    input().clear();
    return false;
  }

private:
  std::string said_;
};

/// A client of a ring with next to no room.
struct one_client : test::tiny_ring {
  /// Returns false if there is no ring.
  bool start() {
    if (!ring)
      return false;
    tcp::socket socket{context, tcp::v4(), sockets.release()};
    descriptor = socket.native_handle();
    connection = make_uring_connection(std::move(socket), limits, count, *ring);
    connection->start([this](const session::home& where) {
      auto result = std::make_shared<puppet>(where);
      session = result.get();
      return result;
    });
    return true;
  }

  /// Runs until the ring has done what it had been told, and what came of it.
  void settle() {
    for (auto i = 0; i < 2; ++i) {
      socket_pair others;
      recorded last;
      others.write("x");
      boost::asio::post(context,
                        [&] { ring->receive(others.ends[0], false, last); });
      run_until([&] { return last.result.has_value(); });
    }
  }

  bool is_open() const {
    return ::fcntl(descriptor, F_GETFD) >= 0;
  }

  socket_pair sockets;
  client_limits limits{.output = 10};
  std::shared_ptr<client_count> count = std::make_shared<client_count>();
  std::shared_ptr<server::connection> connection;
  puppet* session = nullptr;
  int descriptor = -1;
};

} // namespace

TEST_CASE_METHOD(one_client,
                 "what is queued for a client that is dropped harms no other",
                 "[uring]") {
  if (!start())
    return;
  session->say("more than it may leave unread"); // beside a receive
  CHECK(sockets.at_end());
  socket_pair other; // it would get the same descriptor
  other.write("hello");
  std::exchange(connection, nullptr);
  run_until([this] { return count->value() == 0; });
  CHECK(other.read(1).empty());
  CHECK(other.read(0) == "hello");
}

TEST_CASE_METHOD(one_client,
                 "a dropped client's descriptor is free before its answer is "
                 "there",
                 "[uring]") {
  if (!start())
    return;
  auto answer = session->wait();
  session->output() = "more than it may leave unread";
  session->progress();
  std::exchange(connection, nullptr);
  CHECK(sockets.at_end());
  run_until([this] { return !is_open(); });
  CHECK(count->value() == 1);
  answer(true);
  run_until([this] { return count->value() == 0; });
}

TEST_CASE_METHOD(one_client,
                 "a silent client goes although other clients had all buffers",
                 "[uring]") {
  socket_pair first;
  socket_pair second;
  recorded one;
  recorded two;
  first.write("1");
  second.write("2");
  if (ring) {
    ring->receive(first.ends[0], false, one);
    ring->receive(second.ends[0], false, two);
  }
  if (!start())
    return;
  std::exchange(connection, nullptr)->close(); // before it knows of that
  run_until([this] { return count->value() == 0; });
  CHECK(one.bytes == "1");
  CHECK(two.bytes == "2");
  CHECK(sockets.at_end());
}

TEST_CASE_METHOD(one_client,
                 "a client that is left the time to read keeps it when the "
                 "server ends",
                 "[uring]") {
  if (!start())
    return;
  session->quit("bye");
  run_until([this] { return sockets.read(1) == "bye"; });
  sockets.write("dropped");
  settle();
  connection->close();
  settle();
  CHECK(is_open());
  ::shutdown(sockets.ends[1], SHUT_WR);
  std::exchange(connection, nullptr);
  run_until([this] { return count->value() == 0; });
}
