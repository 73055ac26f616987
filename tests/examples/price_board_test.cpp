#include "actors/examples/price_board.hpp"

#include "tests/support/deterministic_fixture.hpp"
#include "tests/support/fake_table.hpp"

using namespace kv;
using namespace kv::examples;

using fixture = test::deterministic_fixture;

TEST_CASE_METHOD(fixture, "a cashier reads the board's table", "[examples]") {
  auto board = start_supervised<price_board_state>("board");
  auto cashier = start_supervised<cashier_state>("cashier");
  call<caf::ok_atom>(board, atom::put_v, std::string{"milk"}, int64_t{120});
  CHECK(call<int64_t>(cashier, atom::put_v, std::string{"milk"}) == 120);
  CHECK(call<int64_t>(cashier, atom::put_v, std::string{"milk"}) == 240);
  auto unknown = try_call<int64_t>(cashier, atom::put_v, std::string{"gold"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error() == ec::badarg);
}

TEST_CASE_METHOD(fixture, "without a board there are no prices", "[examples]") {
  auto board = start_supervised<price_board_state>("board");
  auto cashier = start_supervised<cashier_state>("cashier");
  call<caf::ok_atom>(board, atom::put_v, std::string{"milk"}, int64_t{120});
  crash(board); // its table ends with it
  CHECK_FALSE(try_call<int64_t>(cashier, atom::put_v, std::string{"milk"}));
  auto next = restarted("board", board);
  call<caf::ok_atom>(next, atom::put_v, std::string{"milk"}, int64_t{90});
  CHECK(call<int64_t>(cashier, atom::put_v, std::string{"milk"}) == 90);
}

TEST_CASE_METHOD(fixture, "a cashier reads a table that a test has made",
                 "[examples]") {
  ets::owner<price_table> prices{{.name = price_board_state::table_name}};
  prices.insert({"milk", 7});
  auto cashier = start_supervised<cashier_state>("cashier");
  CHECK(call<int64_t>(cashier, atom::put_v, std::string{"milk"}) == 7);
}
