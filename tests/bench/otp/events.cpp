// Events told to handlers, and acknowledged by all of them.

#include "actors/otp/direct_behavior.hpp"
#include "actors/otp/event_manager_state.hpp"

#include "tests/bench/common/calls.hpp"
#include "tests/bench/otp/harness.hpp"

#include <caf/send.hpp>

namespace kv::bench {

namespace {

/// Enough for a tenth of a second.
constexpr size_t events_for(bool callbacks) {
  return callbacks ? 200'000 : 20'000;
}

/// The peer's handler: it adds up what it is told.
class handler_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "bench.handler";

  explicit handler_state(caf::event_based_actor*) {
    // nop
  }

  caf::behavior make_behavior() {
    return otp::direct_behavior<handle_type>(
      [this](atom::event, uint64_t n, int64_t x) {
        total_ += x;
        return otp::ack(n);
      });
  }

private:
  int64_t total_ = 0;
};

/// @param callbacks Handlers run in the manager, as the peer's do; otherwise
///                  they are actors.
double sync_notify(size_t handlers, bool callbacks) {
  running_system x;
  std::vector<int64_t> totals(handlers);
  ets::owner<otp::handlers_table> table;
  auto manager = x.sys.spawn<otp::state_actor<otp::event_manager_state>>(
    otp::event_manager_options{table.writer()});
  std::vector<caf::actor> all;
  for (size_t i = 0; i < handlers; ++i) {
    all.push_back(x.sys.spawn<otp::state_actor<handler_state>>());
    otp::handler_options options;
    if (callbacks)
      options.callback = [&total = totals[i]](uint64_t, const caf::message& e) {
        total += e.get_as<int64_t>(0);
      };
    caf::anon_send(manager, atom::add_handler_v, all.back(), options);
  }
  auto tell = [&](size_t n) {
    auto ask = [&](caf::event_based_actor* self, size_t i) {
      return self->request(manager, caf::infinite, atom::sync_notify_v,
                           uint64_t{i},
                           caf::make_message(static_cast<int64_t>(i)));
    };
    call_from_actor<atom::told, uint64_t>(x.sys, n, 1, ask);
  };
  auto events = events_for(callbacks);
  tell(events / 10);
  auto from = clock::now();
  tell(events);
  auto result = since(from) * 1e6 / static_cast<double>(events);
  caf::anon_send_exit(manager, caf::exit_reason::kill);
  for (auto& hdl : all)
    caf::anon_send_exit(hdl, caf::exit_reason::kill);
  manager = nullptr;
  all.clear();
  x.sys.await_all_actors_done();
  return result;
}

} // namespace

std::vector<measurement> event_measurements() {
  std::vector<measurement> result;
  for (auto callbacks : {false, true})
    for (size_t n : {1, 10, 100}) {
      auto name = "h" + std::to_string(n);
      result.push_back({"sync_notify", name + (callbacks ? ".callback" : ""),
                        "us", "otp sync_notify " + name, "erlang",
                        [=] { return sync_notify(n, callbacks); }});
    }
  return result;
}

} // namespace kv::bench
