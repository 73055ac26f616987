#include "actors/otp/strategy.hpp"

#include "tests/support/catch.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <vector>

using namespace kv;
using otp::auto_shutdown;
using otp::child_facts;
using otp::judge;
using otp::plan;
using otp::restart;
using otp::strategy;
using otp::verdict;

namespace {

std::vector<caf::error> orderly() {
  return {
    caf::error{},
    caf::error{caf::exit_reason::normal},
    caf::error{caf::exit_reason::user_shutdown},
    caf::make_error(ec::max_restarts),
    caf::make_error(ec::max_restarts, std::string{"kv.registry"}),
  };
}

std::vector<caf::error> abnormal() {
  return {
    caf::error{caf::exit_reason::kill},
    caf::error{caf::exit_reason::unreachable},
    caf::error{caf::exit_reason::out_of_workers},
    caf::error{caf::sec::runtime_error},
    caf::error{caf::sec::request_receiver_down},
    caf::make_error(ec::crashed, std::string{"boom"}),
    caf::make_error(ec::start_failed),
    caf::make_error(ec::shutting_down),
    caf::make_error(ec::timeout),
  };
}

} // namespace

TEST_CASE("what ends in order") {
  for (const auto& reason : orderly())
    CHECK(is_orderly(reason));
  for (const auto& reason : abnormal()) {
    CAPTURE(describe(reason));
    CHECK_FALSE(is_orderly(reason));
  }
}

TEST_CASE("a permanent child is always restarted") {
  for (const auto& reason : orderly())
    CHECK(judge(restart::permanent, reason) == verdict::restart);
  for (const auto& reason : abnormal())
    CHECK(judge(restart::permanent, reason) == verdict::restart);
}

TEST_CASE("a transient child is restarted after an abnormal end only") {
  for (const auto& reason : orderly())
    CHECK(judge(restart::transient, reason) == verdict::keep);
  for (const auto& reason : abnormal())
    CHECK(judge(restart::transient, reason) == verdict::restart);
}

TEST_CASE("a temporary child is never restarted and its spec goes with it") {
  for (const auto& reason : orderly())
    CHECK(judge(restart::temporary, reason) == verdict::forget);
  for (const auto& reason : abnormal())
    CHECK(judge(restart::temporary, reason) == verdict::forget);
}

// -- which children a restart concerns ----------------------------------------

namespace {

constexpr auto p = restart::permanent;
constexpr auto x = restart::transient;
constexpr auto t = restart::temporary;

const std::vector<child_facts> five{{p}, {t}, {x}, {t}, {p}};

} // namespace

TEST_CASE("one_for_one starts the one that ended") {
  for (size_t i : {0, 2, 4})
    CHECK(plan_restart(strategy::one_for_one, five, i) == plan{{}, {i}, {}});
}

TEST_CASE("rest_for_one stops what was started later, last first, and starts "
          "it again, but for temporary ones") {
  CHECK(plan_restart(strategy::rest_for_one, five, 0)
        == plan{{4, 3, 2, 1}, {0, 2, 4}, {1, 3}});
  CHECK(plan_restart(strategy::rest_for_one, five, 2)
        == plan{{4, 3}, {2, 4}, {3}});
  CHECK(plan_restart(strategy::rest_for_one, five, 4) == plan{{}, {4}, {}});
}

TEST_CASE("one_for_all stops all others, last first, and starts all, but for "
          "temporary ones") {
  CHECK(plan_restart(strategy::one_for_all, five, 0)
        == plan{{4, 3, 2, 1}, {0, 2, 4}, {1, 3}});
  CHECK(plan_restart(strategy::one_for_all, five, 2)
        == plan{{4, 3, 1, 0}, {0, 2, 4}, {1, 3}});
  CHECK(plan_restart(strategy::one_for_all, five, 4)
        == plan{{3, 2, 1, 0}, {0, 2, 4}, {1, 3}});
}

TEST_CASE("a shutdown stops everything, last first") {
  CHECK(otp::plan_shutdown(0) == plan{});
  CHECK(otp::plan_shutdown(3) == plan{{2, 1, 0}, {}, {}});
}

TEST_CASE("significant children end their supervisor") {
  std::vector<child_facts> children{
    {p, false, true}, {x, true, true}, {x, true, true}, {x, false, true}};
  auto ends = [&](auto_shutdown how, size_t who) {
    return otp::ends_supervisor(how, children, who);
  };
  for (size_t i = 0; i < children.size(); ++i) {
    CHECK_FALSE(ends(auto_shutdown::never, i));
    CHECK(ends(auto_shutdown::any_significant, i) == children[i].significant);
    CHECK_FALSE(ends(auto_shutdown::all_significant, i));
  }
  children[1].present = false;
  CHECK(ends(auto_shutdown::all_significant, 2));
  CHECK_FALSE(ends(auto_shutdown::all_significant, 3));
}
