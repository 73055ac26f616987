#include "tests/bench/ets/data.hpp"

#include <cmath>
#include <cstring>
#include <memory>
#include <random>

namespace kv::bench {

namespace {

constexpr std::size_t handle_targets = 1 << 20;

counted* targets() {
  static auto* all = new counted[handle_targets];
  return all;
}

/// Draws ranks with a probability of 1 / (rank + 1)^0.99, after Gray et al.,
/// "Quickly generating billion-record synthetic databases" (1994).
class zipf_ranks {
public:
  explicit zipf_ranks(std::uint64_t n) : n_(static_cast<double>(n)) {
    for (std::uint64_t i = 1; i <= n; ++i)
      sum_ += 1 / std::pow(static_cast<double>(i), skew);
    const double first_two = 1 + std::pow(0.5, skew);
    eta_ = (1 - std::pow(2 / n_, 1 - skew)) / (1 - first_two / sum_);
  }

  std::uint64_t operator()(std::mt19937_64& random) {
    const double u = std::uniform_real_distribution<double>{}(random);
    if (u * sum_ < 1)
      return 0;
    if (u * sum_ < 1 + std::pow(0.5, skew))
      return 1;
    return static_cast<std::uint64_t>(
      (n_ - 1) * std::pow(eta_ * u - eta_ + 1, 1 / (1 - skew)));
  }

private:
  static constexpr double skew = 0.99;

  double n_;
  double sum_ = 0;
  double eta_ = 0;
};

} // namespace

handle::handle(std::size_t i) : to_(&targets()[i % handle_targets]), id_(i) {
  to_->references.fetch_add(1, std::memory_order_relaxed);
}

std::string key_at(std::uint64_t i) {
  const std::uint64_t words[2] = {ets::mix(i + 1), ets::mix(~i)};
  std::string result(sizeof words, '\0');
  std::memcpy(result.data(), words, sizeof words);
  return result;
}

// `mix` in reverse, with the inverses of its factors.
std::uint64_t number_of(std::uint64_t word) noexcept {
  word ^= word >> 33;
  word *= 0x9cb4b2f8129337dbULL;
  word ^= word >> 33;
  word *= 0x4f74430c22a54005ULL;
  word ^= word >> 33;
  return word - 1;
}

std::vector<std::string> draw_keys(std::uint64_t first, std::uint64_t rows,
                                   distribution how, std::size_t count,
                                   std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<std::string> result;
  result.reserve(count);
  if (how == distribution::uniform) {
    for (std::size_t i = 0; i < count; ++i)
      result.push_back(key_at(first + random() % rows));
    return result;
  }
  zipf_ranks ranks{rows};
  // Ranks are spread over the keys in the order of insertion.
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(key_at(first + ets::mix(ranks(random)) % rows));
  return result;
}

} // namespace kv::bench
