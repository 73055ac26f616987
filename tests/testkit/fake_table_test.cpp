// Tables that stand in for those of others.

#include "tests/support/fake_table.hpp"

#include "actors/ets/expiring.hpp"

#include "tests/support/catch.hpp"

#include <string>

using namespace kv;
using namespace std::chrono_literals;

namespace {

struct session {
  std::string token;
  test::manual_deadline end{};
};

using sessions
  = ets::expiring<ets::set<session, &session::token>, &session::end>;

/// What a test is about: code that reads a table of somebody else's.
bool may_enter(const ets::reader<sessions>& known, const std::string& token) {
  return known.member(token);
}

} // namespace

TEST_CASE("rows of a fake table expire when the test says so", "[testkit]") {
  test::fake_table<sessions> known{{"soon", test::at_ms(1000)}, {"never"}};
  CHECK(may_enter(known.reader(), "soon"));
  test::fake_table<sessions>::advance(1s);
  CHECK_FALSE(may_enter(known.reader(), "soon"));
  CHECK(may_enter(known.reader(), "never"));
}
