// `kv serve` with one more child, which makes its start or its end difficult:
//   kv_stuck WHAT SECONDS
// where WHAT is what the child does, and SECONDS the program's `stop-time`.

#include "actors/base/atoms.hpp"
#include "actors/otp/state_actor.hpp"
#include "app/serve.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>

namespace {

using namespace kv;

[[noreturn]] void block() {
  for (;;)
    std::this_thread::sleep_for(std::chrono::hours{1});
}

/// Gets a signal, and returns once it has been heard.
void get(int number) {
  std::raise(number);
  struct sigaction now {};
  do
    ::sigaction(number, nullptr, &now);
  while (number != SIGHUP && now.sa_handler != SIG_DFL);
}

class difficult_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.difficult";

  difficult_state(caf::event_based_actor* self, std::string what)
    : what_(std::move(what)) {
    if (what_ == "start") {
      std::cout << "blocked" << std::endl;
      block();
    }
    for (auto number : {SIGHUP, SIGINT, SIGTERM})
      if (what_ == std::string{"SIG"} + ::sigabbrev_np(number))
        get(number);
    if (what_ == "ignores")
      self->set_exit_handler([](caf::exit_msg&) {});
    if (what_ == "handler")
      self->send(self, atom::put_v, std::string{"secret"});
    if (what_ == "exit")
      self->set_exit_handler([](caf::exit_msg&) { block(); });
  }

  ~difficult_state() {
    if (what_ == "end")
      block();
  }

  caf::behavior make_behavior() {
    return {
      [](atom::put, const std::string&) {
        std::cout << "blocked" << std::endl;
        block();
      },
    };
  }

private:
  std::string what_;
};

otp::child_spec difficult(const std::string& what) {
  otp::child_spec result{"difficult", otp::starts<difficult_state>(what)};
  result.shutdown.deadline = std::chrono::milliseconds{100};
  if (what == "patience")
    result.start = otp::starts<difficult_state>(std::string{"ignores"});
  if (what == "patience")
    result.shutdown = otp::shutdown::infinity();
  return result;
}

} // namespace

int main(int, char** argv) {
  app::config cfg;
  app::options opts;
  opts.bind = "127.0.0.1";
  opts.line_port = 0;
  opts.max_clients = 1;
  opts.log_level = log::level::off;
  opts.stop_time = std::chrono::seconds{std::stoi(argv[2])};
  return app::serve(cfg, opts, {difficult(argv[1])});
}
