#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <random>

namespace kv::test {

/// Makes random keys and rows of dynamic tables: keys that meet, and are of
/// every type that JSON has.
class term_source {
public:
  explicit term_source(std::uint64_t seed) : random_(seed) {
    // nop
  }

protected:
  using json = nlohmann::json;

  bool chance(unsigned percent) {
    return below(100) < percent;
  }

  unsigned below(unsigned n) {
    return static_cast<unsigned>(random_() % n);
  }

  template <class... Ts>
  json one_of(Ts... xs) {
    const json all{xs...};
    return all[below(sizeof...(xs))];
  }

  json key();
  json field();
  json row();
  json rows();
  json rows_with_keys();

private:
  std::mt19937_64 random_;
};

} // namespace kv::test
