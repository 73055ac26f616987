// Step 4: a tree that starts actors in order, and starts again what crashes.

#include "actors/examples/counter.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/support/deterministic_fixture.hpp"

#include <caf/local_actor.hpp>

namespace {

using kv::examples::counter_actor;
using kv::examples::counter_state;

kv::otp::supervisor_init make_tutorial_tree(caf::local_actor*) {
  kv::otp::supervisor_init result;
  // The second needs the first: when that ends, both are started again.
  result.flags.strategy = kv::otp::strategy::rest_for_one;
  result.children.push_back({"first", kv::otp::starts<counter_state>()});
  result.children.push_back({"second", kv::otp::starts<counter_state>()});
  return result;
}

TEST_CASE_METHOD(kv::test::deterministic_fixture,
                 "tutorial: a supervisor restarts what crashes", "[tutorial]") {
  kv::ets::owner<kv::otp::names_table> names;
  auto child = [&](const char* id) {
    return kv::otp::whereis<counter_actor>(names.reader(), id);
  };
  auto root = kv::otp::start_root(sys, names.writer(), make_tutorial_tree);
  REQUIRE(root);
  run();
  auto first = child("first");
  auto second = child("second");
  crash(first);
  CHECK(child("first") != first);
  CHECK(child("second") != second);
  kill(*root, caf::exit_reason::user_shutdown);
}

} // namespace
