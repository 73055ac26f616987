// What a registry does not do: what comes too late, and what is too much.

#include "tests/otp/registry_fixture.hpp"

using namespace kv;
using namespace kv::test;

namespace {

using unique_fixture = registry_fixture<unique_names>;

} // namespace

TEST_CASE_METHOD(unique_fixture, "what comes too late is not done",
                 "[registry]") {
  auto a = actor();
  add("x", a, 1);
  std::vector<caf::error> failures;
  auto soon = now() + std::chrono::seconds{1};
  auto fail = [&](const auto& x) {
    failures.push_back(x ? caf::error{} : x.error());
  };
  auto late = [&]<class T>(T, auto what, auto request) {
    caf::anon_send(registry(), what, std::move(request),
                   completion<T>::make(fail, soon));
  };
  using list = otp::key_list<unique_names>;
  late(caf::unit, atom::register_name_v,
       otp::registration<unique_names>{"y", a, 0});
  late(uint64_t{}, atom::unregister_name_v,
       otp::unregistration<unique_names>{"x", a});
  late(uint64_t{}, atom::update_value_v,
       otp::registration<unique_names>{"x", a, 2});
  late(caf::strong_actor_ptr{}, atom::await_v,
       otp::awaited_key<unique_names>{"x"});
  late(list{}, atom::keys_v, a);
  advance_clock(std::chrono::seconds{1});
  run();
  REQUIRE(failures.size() == 5);
  for (auto& x : failures)
    CHECK(x == ec::timeout);
  CHECK(keys_of(a) == strings{"x"});
  CHECK(values("x") == std::vector{1});
}

TEST_CASE_METHOD(unique_fixture, "a registry that has too much to do says so",
                 "[registry]") {
  ets::owner<unique_names::table> more;
  constexpr uint32_t room = 5;
  auto crowded = sys.spawn<otp::state_actor<otp::registry_state<unique_names>>>(
    otp::registry_options<unique_names>{.entries = more.writer(),
                                        .mailbox_limit = room});
  run();
  auto a = actor();
  std::vector<caf::error> failures;
  auto send = [&]<class T>(T, auto what, auto request) {
    auto on_answer = [&](const caf::expected<T>& x) {
      failures.push_back(x ? caf::error{} : x.error());
    };
    caf::anon_send(crowded, what, std::move(request),
                   completion<T>::make(on_answer));
  };
  auto send_all = [&] {
    using list = otp::key_list<unique_names>;
    using registration = otp::registration<unique_names>;
    send(caf::unit, atom::register_name_v, registration{"x", a, 0});
    send(uint64_t{}, atom::update_value_v, registration{"x", a, 1});
    send(caf::strong_actor_ptr{}, atom::await_v,
         otp::awaited_key<unique_names>{"x"});
    send(list{}, atom::keys_v, a);
    send(uint64_t{}, atom::unregister_name_v,
         otp::unregistration<unique_names>{"x", a});
  };
  send_all();
  CHECK(failures.empty());
  send_all();
  REQUIRE(failures.size() == room);
  for (auto& x : failures) {
    CHECK(x == ec::overloaded);
    CHECK(retry_after(x));
  }
  failures.clear();
  run();
  CHECK(failures == std::vector<caf::error>(room));
  caf::anon_send_exit(crowded, caf::exit_reason::kill);
  run();
}
