// The application's beginning and end.

#include "actors/kv/application.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/patience.hpp"

#include <caf/send.hpp>

#include <future>
#include <memory>

using namespace kv;
using namespace std::literals;

namespace {

/// Crashes as soon as it runs.
class brief_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.brief";

  explicit brief_state(caf::event_based_actor* self) {
    self->send(self, caf::atom("crash"));
  }

  caf::behavior make_behavior() {
    return {
      [](caf::atom_value) { throw std::runtime_error("brief"); },
    };
  }
};

tree_options with_brief_child() {
  tree_options result;
  result.children.push_back({"brief", otp::starts<brief_state>()});
  return result;
}

} // namespace

TEST_CASE("a tree that gives up at once says why", "[application]") {
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  auto reason = std::make_shared<std::promise<caf::error>>();
  application app{sys, with_brief_child()};
  app.on_end([reason](const caf::error& x) { reason->set_value(x); });
  REQUIRE(app.wait(kv::test::patience));
  CHECK(reason->get_future().get() == ec::max_restarts);
  CHECK_FALSE(app.client().names().is_open());
}

TEST_CASE("a child that cannot be started is why the tree is not",
          "[application]") {
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  tree_options options;
  options.children.push_back(
    {"never", [](caf::local_actor*) -> caf::expected<otp::child> {
       return caf::make_error(ec::badarg, "never");
     }});
  CHECK_THROWS_AS(application(sys, options), failure);
  // Nothing of it is left: the next one starts.
  application app{sys};
  CHECK_FALSE(app.client().lookup("shopping"));
}
