#include "actors/otp/backoff.hpp"

#include <random>

namespace kv::otp {

std::chrono::milliseconds next_delay(const backoff& how, uint64_t& failures) {
  thread_local std::minstd_rand rng{std::random_device{}()};
  if (how.min.count() == 0)
    return how.min;
  std::uniform_real_distribution<double> random;
  return delay_before(how, failures++, how.jitter > 0 ? random(rng) : 0);
}

} // namespace kv::otp
