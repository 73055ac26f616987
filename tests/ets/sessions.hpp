#pragma once

#include "actors/ets/expiring.hpp"
#include "actors/ets/table.hpp"

#include "tests/support/manual_clock.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace kv::test {

/// A row with a deadline.
struct session {
  std::string token;
  int user = 0;
  manual_deadline end{};

  bool operator==(const session&) const = default;
};

template <class T>
using timed = ets::expiring<T, &session::end>;

using timed_set = timed<ets::set<session, &session::token>>;
using timed_tree = timed<ets::ordered_set<session, &session::token>>;
using timed_bag = timed<ets::bag<session, &session::token>>;
using timed_heap = timed<ets::duplicate_bag<session, &session::token>>;

struct clock_at_0 {
  clock_at_0() {
    manual_clock::ms = 0;
  }
};

inline void add_ms(std::int64_t n) {
  manual_clock::ms += n;
}

template <class T>
std::multiset<std::string> tokens(const ets::owner<T>& table) {
  std::multiset<std::string> result;
  table.for_each([&result](const session& x) { result.insert(x.token); });
  return result;
}

/// What a sweep without bounds erases.
template <class T>
std::multiset<std::string> swept(const ets::owner<T>& table) {
  std::multiset<std::string> result;
  ets::sweeper<T> sweeper{table};
  sweeper.step(1'000'000, [&](const session& x) { result.insert(x.token); });
  return result;
}

using names = std::multiset<std::string>;

} // namespace kv::test
