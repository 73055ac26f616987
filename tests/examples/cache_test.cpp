#include "actors/examples/cache.hpp"

#include "tests/support/deterministic_fixture.hpp"
#include "tests/support/manual_clock.hpp"

using namespace kv;
using namespace kv::examples;
using namespace std::chrono_literals;

namespace {

using state = basic_cache_state<test::manual_clock>;

/// Two clocks: rows have that of the test, timers that of the scheduler.
struct fixture : test::deterministic_fixture {
  fixture() {
    test::manual_clock::ms = 0;
  }

  void pass(std::chrono::milliseconds time) {
    test::manual_clock::ms += time.count();
    advance(time);
  }

  std::optional<std::string> get(const cache_actor& cache, std::string key) {
    return call<std::optional<std::string>>(cache, atom::get_v, std::move(key));
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "a cache forgets after its time to live",
                 "[examples]") {
  auto cache = start_supervised<state>("cache", 10s);
  call<caf::ok_atom>(cache, atom::put_v, std::string{"k"}, std::string{"v"});
  pass(9999ms);
  CHECK(get(cache, "k") == "v");
  pass(1ms);
  CHECK_FALSE(get(cache, "k"));
}

TEST_CASE_METHOD(fixture, "a cache gives memory back by itself", "[examples]") {
  auto cache = start_supervised<state>("cache", 10s);
  for (auto key : {"a", "b", "c"})
    call<caf::ok_atom>(cache, atom::put_v, std::string{key}, std::string{"v"});
  pass(5s);
  call<caf::ok_atom>(cache, atom::put_v, std::string{"c"}, std::string{"w"});
  CHECK(call<uint64_t>(cache, atom::size_v) == 3);
  pass(5s);
  CHECK(call<uint64_t>(cache, atom::size_v) == 1);
  CHECK(get(cache, "c") == "w");
}
