#include "actors/examples/session_store.hpp"

#include "actors/server/resp_session.hpp"

#include "tests/server/resp_fixture.hpp"

using namespace kv;
using namespace kv::examples;

namespace {

/// The application with a session store, and a server for Redis clients.
struct fixture : test::resp_fixture {
  fixture()
    : resp_fixture(1, {.children
                       = {{"sessions", otp::starts<session_store_state>()}}}) {
    // nop
  }

  template <class Result, class... Ts>
  Result ask(Ts... xs) {
    auto store = await_actor<session_store_actor>("sessions");
    caf::scoped_actor self{sys};
    Result result;
    self->request(store, deadline, std::move(xs)...)
      .receive([&](Result& x) { result = std::move(x); },
               [](const caf::error& err) { FAIL(describe(err)); });
    return result;
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "Redis clients see the sessions of the store",
                 "[examples]") {
  using user = std::optional<std::string>;
  auto token = ask<std::string>(atom::put_v, std::string{"ann"});
  REQUIRE(token.size() == 32);
  CHECK(ask<user>(atom::get_v, token) == "ann");
  auto redis = connect();
  CHECK(redis.ask("GET session:" + token) == "$3");
  CHECK(redis.read_line() == "ann");
  CHECK(redis.ask("TTL session:" + token) == ":1800");
  CHECK(redis.ask("DEL session:" + token) == ":1");
  CHECK_FALSE(ask<user>(atom::get_v, token));
}

TEST_CASE_METHOD(fixture, "tokens differ", "[examples]") {
  CHECK(ask<std::string>(atom::put_v, std::string{"ann"})
        != ask<std::string>(atom::put_v, std::string{"ann"}));
}
