#include "actors/otp/names.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/typed_actor.hpp>

using namespace kv;
using test::otp_fixture;

TEST_CASE_METHOD(otp_fixture, "whereis finds who goes by a name") {
  start({spec("a"), spec("b")});
  CHECK(call<std::string>(whereis("a"), std::string{"who?"}) == "a");
  CHECK(call<std::string>(whereis("b"), std::string{"who?"}) == "b");
}

TEST_CASE_METHOD(otp_fixture, "whereis of an absent name is a null handle") {
  CHECK_FALSE(whereis("nobody"));
  CHECK_FALSE(whereis(""));
}

TEST_CASE_METHOD(otp_fixture, "a name may have any length and any bytes") {
  const std::string odd = std::string(10'000, 'x') + '\0' + "\xff";
  start({spec(odd)});
  CHECK(call<std::string>(whereis(odd), std::string{"who?"}) == odd);
}

TEST_CASE("whereis in a closed table, or in none, is a null handle") {
  ets::reader<otp::names_table> names;
  CHECK_FALSE(otp::whereis<caf::actor>(names, "a"));
  {
    ets::owner<otp::names_table> table;
    names = table.reader();
  }
  CHECK_FALSE(otp::whereis<caf::actor>(names, "a"));
}
