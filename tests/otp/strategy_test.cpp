#include "actors/otp/strategy.hpp"

#include "tests/support/catch.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <vector>

using namespace kv;
using otp::judge;
using otp::restart;
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
