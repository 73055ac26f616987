#pragma once

#include "tests/support/actor_fixture.hpp"
#include "tests/support/expectations.hpp"

#include <chrono>

namespace kv::test {

/// CAF's deterministic scheduler, for `expectations`.
class virtual_time : public actor_fixture {
public:
  static constexpr std::chrono::seconds patience{0};

protected:
  void end() {
    shutdown();
  }
};

/// What most tests of actors start from: nothing runs until the test says so,
/// time moves only when the test moves it.
using deterministic_fixture = expectations<virtual_time>;

} // namespace kv::test
