#include "actors/otp/backoff.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kv::otp::backoff;
using kv::otp::delay_before;

TEST_CASE("by default nobody waits") {
  for (uint64_t n = 0; n < 100; ++n)
    CHECK(delay_before({}, n, 0.5) == 0ms);
}

TEST_CASE("each wait is longer than the last, up to the longest") {
  backoff how{.min = 100ms, .max = 1s, .factor = 2};
  CHECK(delay_before(how, 0, 0) == 100ms);
  CHECK(delay_before(how, 1, 0) == 200ms);
  CHECK(delay_before(how, 3, 0) == 800ms);
  CHECK(delay_before(how, 4, 0) == 1s);
  CHECK(delay_before(how, 1'000'000'000, 0) == 1s);
}

TEST_CASE("jitter leaves out a part at random") {
  backoff how{.min = 100ms, .max = 1s, .factor = 2, .jitter = 0.5};
  CHECK(delay_before(how, 0, 0) == 100ms);
  CHECK(delay_before(how, 0, 0.5) == 75ms);
  CHECK(delay_before(how, 4, 0.999) >= 500ms);
}

TEST_CASE("options that make no sense do no harm") {
  CHECK(delay_before({.min = 2s, .max = 1s}, 5, 0) == 2s);
  CHECK(delay_before({.min = 1s, .factor = 0.1}, 9, 0) == 1s);
  CHECK(delay_before({.min = 1s, .jitter = 7}, 0, 0.999) < 1s);
  CHECK(delay_before({.min = 1s, .jitter = -7}, 0, 0.999) == 1s);
}
