#include "tests/server/server_fixture.hpp"
#include "tests/server/uring_fixture.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

using namespace kv;
using namespace kv::server;
using test::recorded;
using test::socket_pair;
using test::tiny_ring;

TEST_CASE_METHOD(tiny_ring, "a ring receives what is there and what comes",
                 "[uring]") {
  if (!ring)
    return;
  socket_pair sockets;
  recorded first;
  sockets.write("early");
  ring->receive(sockets.ends[0], false, first);
  run_until([&] { return first.result.has_value(); });
  CHECK(*first.result == 5);
  CHECK(first.bytes == "early");
  recorded second;
  ring->receive(sockets.ends[0], true, second);
  context.poll();
  CHECK_FALSE(second.result);
  sockets.write("late");
  run_until([&] { return second.result.has_value(); });
  CHECK(second.bytes == "late");
}

TEST_CASE_METHOD(tiny_ring, "a ring takes more than it has room for",
                 "[uring]") {
  if (!ring)
    return;
  struct client {
    socket_pair sockets;
    recorded receive;
    recorded send;
    std::string text;
  };
  constexpr auto count = 100; // ten times the completions, fifty the buffers
  std::list<client> clients;
  for (auto i = 0; i < count; ++i) {
    auto& x = clients.emplace_back();
    x.text = "client " + std::to_string(i);
    ring->receive(x.sockets.ends[0], true, x.receive);
    ring->send(x.sockets.ends[0], x.text, x.send);
  }
  for (auto& x : clients)
    x.sockets.write(x.text);
  for (auto& x : clients) {
    run_until([&] { return x.receive.result && x.send.result; });
    while (*x.receive.result == -ENOBUFS) { // another one had it
      x.receive.result.reset();
      ring->receive(x.sockets.ends[0], false, x.receive);
      run_until([&] { return x.receive.result.has_value(); });
    }
    CHECK(x.receive.bytes == x.text);
    CHECK(*x.send.result == static_cast<int>(x.text.size()));
    std::array<char, 32> buffer{};
    auto n = ::read(x.sockets.ends[1], buffer.data(), buffer.size());
    CHECK(std::string(buffer.data(), static_cast<size_t>(n)) == x.text);
  }
}

TEST_CASE_METHOD(tiny_ring, "a receive that is under way can be cancelled",
                 "[uring]") {
  if (!ring)
    return;
  socket_pair sockets;
  recorded receive;
  ring->receive(sockets.ends[0], true, receive);
  ring->cancel_receive(receive);
  run_until([&] { return receive.result.has_value(); });
  CHECK(*receive.result == -ECANCELED);
}

TEST_CASE_METHOD(tiny_ring, "a ring tells what went wrong", "[uring]") {
  if (!ring)
    return;
  recorded receive;
  ring->receive(-1, false, receive);
  socket_pair sockets;
  ::shutdown(sockets.ends[1], SHUT_RD);
  recorded send;
  ring->send(sockets.ends[0], "nobody reads it", send);
  run_until([&] { return receive.result && send.result; });
  CHECK(*receive.result == -EBADF);
  CHECK(*send.result == -EPIPE); // and no signal
}

TEST_CASE_METHOD(tiny_ring, "an operation that throws costs no other one",
                 "[uring]") {
  if (!ring)
    return;
  socket_pair sockets;
  socket_pair others;
  recorded bad;
  recorded good;
  bad.throws = true;
  sockets.write("bad");
  others.write("good");
  ring->receive(sockets.ends[0], false, bad);
  ring->receive(others.ends[0], false, good);
  CHECK_THROWS_AS(run_until([&] { return good.result.has_value(); }),
                  std::runtime_error);
  CHECK(bad.bytes == "bad");
  run_until([&] { return good.result.has_value(); });
  CHECK(good.bytes == "good");
}

// -- where there is none ------------------------------------------------------

namespace {

/// Calls `f` on a thread that may not use io_uring, as in many containers.
template <class F>
void without_uring(F f) {
  std::thread{[f] {
    std::array<sock_filter, 4> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    sock_fprog program{filter.size(), filter.data()};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
      f();
    else
      WARN("system calls cannot be forbidden here");
  }}.join();
}

} // namespace

TEST_CASE_METHOD(test::live_fixture,
                 "where io_uring is forbidden epoll serves the clients",
                 "[uring]") {
  std::unique_ptr<tcp_server> server;
  without_uring(
    [&] { server = std::make_unique<tcp_server>(server_options{}); });
  if (!server)
    return;
  auto port = server->listen({}, test::line_sessions(client));
  server->start();
  {
    test::line_client peer{port};
    CHECK(peer.ask("CREATE shopping") == "OK");
  }
  server->close();
  server->wait(deadline);
  app.reset();
}

TEST_CASE("io_uring that must be there and is forbidden is an error",
          "[uring]") {
  std::optional<int> code;
  auto forbidden = false;
  without_uring([&] {
    forbidden = true;
    try {
      tcp_server server{{.method = io_method::io_uring}};
    } catch (const std::system_error& reason) {
      code = reason.code().value();
    }
  });
  if (forbidden)
    CHECK(code == EPERM);
}
