#include "actors/otp/restart_window.hpp"

#include "tests/support/catch.hpp"

#include <chrono>

using namespace std::chrono_literals;
using kv::otp::restart_window;

namespace {

constexpr restart_window::time_point start{1h};

} // namespace

TEST_CASE("three restarts in five seconds are survived, the fourth is not") {
  restart_window window{3, 5s};
  CHECK(window.record(start));
  CHECK(window.record(start + 1s));
  CHECK(window.record(start + 2s));
  CHECK_FALSE(window.record(start + 3s));
}

TEST_CASE("restarts at one moment count one by one") {
  restart_window window{3, 5s};
  for (auto i = 0; i < 3; ++i)
    CHECK(window.record(start));
  CHECK_FALSE(window.record(start));
}

TEST_CASE("a restart exactly one period old still counts") {
  restart_window window{1, 5s};
  CHECK(window.record(start));
  CHECK_FALSE(window.record(start + 5s));
}

TEST_CASE("a restart just over one period old counts no more") {
  restart_window window{1, 5s};
  CHECK(window.record(start));
  CHECK(window.record(start + 5s + 1ns));
  CHECK_FALSE(window.record(start + 10s + 1ns));
}

TEST_CASE("the window slides") {
  restart_window window{3, 5s};
  for (auto t = start; t < start + 1min; t += 2s)
    CHECK(window.record(t)); // three in any five seconds
}

TEST_CASE("a quiet period does not pay for a burst") {
  restart_window window{3, 5s};
  CHECK(window.record(start));
  const auto later = start + 24h;
  for (auto i = 0; i < 3; ++i)
    CHECK(window.record(later));
  CHECK_FALSE(window.record(later));
}

TEST_CASE("an intensity of zero allows no restart") {
  restart_window window{0, 5s};
  CHECK_FALSE(window.record(start));
  CHECK_FALSE(window.record(start + 1h));
}

TEST_CASE("a period of zero counts what happens at one moment") {
  restart_window window{1, 0s};
  CHECK(window.record(start));
  CHECK_FALSE(window.record(start));
  CHECK(window.record(start + 1ns));
}
