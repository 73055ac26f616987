// Step 1: state that others ask for. A bucket is a map; an agent keeps it.

#include "actors/otp/agent.hpp"

#include "tests/support/deterministic_fixture.hpp"

#include <map>
#include <string>

namespace {

using fields = std::map<std::string, std::string>;

TEST_CASE_METHOD(kv::test::deterministic_fixture,
                 "tutorial: a bucket is an agent", "[tutorial]") {
  auto bucket = kv::otp::agent<fields>::start(sys, [] { return fields{}; });
  REQUIRE(bucket);
  run();
  // What is sent runs in the agent, one after the other.
  bucket->update([](fields& x) { x["milk"] = "3"; });
  auto milk = bucket->get([](const fields& x) { return x.at("milk"); });
  CHECK(*milk == "3");
  kill(bucket->actor());
}

} // namespace
