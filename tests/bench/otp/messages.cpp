// Messages to one actor: requests, and casts that nobody answers.

#include "actors/base/in_place.hpp"
#include "actors/otp/agent.hpp"

#include "tests/bench/common/calls.hpp"
#include "tests/bench/otp/harness.hpp"

#include <caf/send.hpp>

namespace kv::bench {

namespace {

constexpr size_t calls = 400'000;
constexpr size_t casts = 1000; ///< Between two requests.

struct one_server : running_system {
  one_server() : server(sys.spawn<otp::state_actor<server_state>>()) {
    // nop
  }

  ~one_server() {
    caf::anon_send_exit(server, caf::exit_reason::kill);
  }

  server_actor server;
};

double request_from_actor(size_t outstanding) {
  one_server x;
  auto ask = [&](caf::event_based_actor* self, size_t i) {
    return self->request(x.server, caf::infinite, atom::get_v,
                         static_cast<int64_t>(i));
  };
  call_from_actor<int64_t>(x.sys, calls / 10, outstanding, ask);
  auto from = clock::now();
  call_from_actor<int64_t>(x.sys, calls, outstanding, ask);
  return mops(calls, since(from));
}

// A thread calls an agent: CAF's own actors answer threads through a mailbox.
double request_from_thread() {
  running_system x;
  auto agent = *otp::agent<int64_t>::start(x.sys, [] { return int64_t{0}; });
  auto from = clock::now();
  for (size_t i = 0; i < calls; ++i)
    agent.get([](int64_t n) { return n; });
  auto result = mops(calls, since(from));
  agent.stop();
  return result;
}

double cast_from_actor() {
  one_server x;
  auto ask = [&](caf::event_based_actor* self, size_t i) {
    for (size_t n = 0; n < casts; ++n)
      self->send(x.server, atom::put_v, static_cast<int64_t>(n));
    return self->request(x.server, caf::infinite, atom::get_v,
                         static_cast<int64_t>(i));
  };
  call_from_actor<int64_t>(x.sys, calls / casts / 10, 1, ask);
  auto from = clock::now();
  call_from_actor<int64_t>(x.sys, calls / casts, 1, ask);
  return mops(calls, since(from));
}

double cast_from_thread() {
  running_system x;
  auto agent = *otp::agent<int64_t>::start(x.sys, [] { return int64_t{0}; });
  auto from = clock::now();
  for (size_t i = 0; i < calls / casts; ++i) {
    for (size_t n = 0; n < casts; ++n)
      agent.cast([n](int64_t& total) { total += static_cast<int64_t>(n); });
    agent.get([](int64_t n) { return n; });
  }
  auto result = mops(calls, since(from));
  agent.stop();
  return result;
}

} // namespace

std::vector<measurement> message_measurements() {
  return {
    {"request", "one.actor", "Mops/s", "otp request one", "elixir",
     [] { return request_from_actor(1); }},
    {"request", "64.actor", "Mops/s", "otp request 64", "elixir",
     [] { return request_from_actor(64); }},
    {"request", "one.thread", "Mops/s", "otp request one", "elixir",
     request_from_thread},
    {"cast", "actor", "Mops/s", "otp cast 1k", "elixir", cast_from_actor},
    {"cast", "thread", "Mops/s", "otp cast 1k", "elixir", cast_from_thread},
  };
}

} // namespace kv::bench
