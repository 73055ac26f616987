#include "actors/base/error.hpp"

#include "tests/support/catch.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

using namespace kv;

TEST_CASE("error codes keep their numbers for ever") {
  const std::pair<ec, int> codes[] = {
    {ec::none, 0},
    {ec::badarg, 1},
    {ec::no_such_table, 2},
    {ec::name_taken, 3},
    {ec::access_denied, 4},
    {ec::no_such_bucket, 5},
    {ec::no_such_child, 6},
    {ec::shutting_down, 7},
    {ec::start_failed, 8},
    {ec::timeout, 9},
    {ec::max_restarts, 10},
    {ec::crashed, 11},
    {ec::no_such_actor, 12},
    {ec::already_present, 13},
    {ec::already_started, 14},
    {ec::running, 15},
    {ec::restarting, 16},
    {ec::max_children, 17},
    {ec::quarantined, 18},
    {ec::overloaded, 19},
  };
  for (auto [code, number] : codes) {
    CHECK(static_cast<int>(code) == number);
    CHECK(to_string(code) != "invalid");
  }
  CHECK(to_string(ec::already_present) == "already_present");
  CHECK(to_string(static_cast<ec>(200)) == "invalid");
}

TEST_CASE("errors describe themselves in one line") {
  CHECK(describe({}) == "normal");
  CHECK(describe(caf::exit_reason::normal) == "normal");
  CHECK(describe(ec::badarg) == "badarg");
  CHECK(describe(caf::make_error(ec::crashed, std::string{"boom"}))
        == "crashed(\"boom\")");
  CHECK(describe(caf::exit_reason::kill) == "kill");
  CHECK(describe(caf::sec::request_receiver_down) == "request_receiver_down");
  CHECK(describe(caf::error{7, caf::atom("other")}) == "other/7");
}

TEST_CASE("a crash carries details that its description leaves out") {
  auto crash = make_crash("boom", {"'get', std::string", 7});
  CHECK(crash == ec::crashed);
  CHECK(describe(crash) == "crashed(\"boom\")");
  auto details = crash_details_of(crash);
  REQUIRE(details);
  CHECK(details->last_message == "'get', std::string");
  CHECK(details->mailbox == 7);
  CHECK_FALSE(crash_details_of({}));
  CHECK_FALSE(crash_details_of(caf::make_error(ec::crashed, "boom")));
  CHECK_FALSE(crash_details_of(caf::exit_reason::kill));
}
