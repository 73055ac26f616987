// Step 3: whoever wants to know is told, without being known.

#include "actors/otp/event_manager_state.hpp"
#include "actors/otp/state_actor.hpp"

#include "tests/support/deterministic_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <string>
#include <vector>

namespace {

class diary {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "tutorial.diary";

  explicit diary(caf::event_based_actor*) {
    // nop
  }

  caf::behavior make_behavior() {
    return {
      [this](kv::atom::event, uint64_t n, const std::string& what) {
        pages_.push_back(what);
        return kv::otp::ack(n); // the next one may come
      },
      [this](kv::atom::get) { return pages_; },
    };
  }

private:
  std::vector<std::string> pages_;
};

TEST_CASE_METHOD(kv::test::deterministic_fixture,
                 "tutorial: a handler hears of events", "[tutorial]") {
  using pages = std::vector<std::string>;
  // Who the handlers are outlives the manager.
  kv::ets::owner<kv::otp::handlers_table> handlers;
  auto manager = sys.spawn<kv::otp::state_actor<kv::otp::event_manager_state>>(
    kv::otp::event_manager_options{handlers.writer()});
  auto handler = start_supervised<diary>("diary");
  call<caf::ok_atom>(manager, kv::atom::add_handler_v, handler);
  self->send(manager, kv::atom::notify_v,
             caf::make_message(std::string{"created shopping"}));
  run();
  CHECK(call<pages>(handler, kv::atom::get_v) == pages{"created shopping"});
  kill(manager); // before its table ends
}

} // namespace
