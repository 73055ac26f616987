#include "actors/otp/partitions.hpp"

#include "actors/otp/dynamic_supervisor.hpp"
#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <cstdint>
#include <set>

using namespace kv;
using namespace std::chrono_literals;
using test::otp_fixture;
using test::strings;

namespace {

class fixture : public otp_fixture {
public:
  static constexpr size_t n = 4;

  fixture() : parts(names.reader(), "cache", n) {
    auto copy = [this](size_t i) { return spec(std::to_string(i)); };
    otp::partition_options options{copy, n};
    options.flags.intensity = 1;
    start({otp::partitioned_supervisor_spec("cache", names.writer(), options)});
  }

  template <class Key>
  std::string who(const Key& key) {
    return call<std::string>(parts.find<caf::actor>(key), std::string{"who?"});
  }

  otp::partitions parts;
};

} // namespace

TEST_CASE_METHOD(fixture, "integers are routed by their absolute value") {
  for (auto i = -8; i < 8; ++i)
    CHECK(who(i) == std::to_string(std::abs(i) % 4));
  CHECK(parts.index_of(INT64_MIN) == 0);
  CHECK(parts.index_of(UINT64_MAX) == 3);
}

TEST_CASE_METHOD(fixture, "other keys are routed by their hash, always alike") {
  std::set<size_t> used;
  for (auto i = 0; i < 100; ++i) {
    auto key = "key " + std::to_string(i);
    used.insert(parts.index_of(key));
    CHECK(parts.index_of(key) == parts.index_of(std::string_view{key}));
    CHECK(parts.index_of(key) == parts.index_of(key.c_str()));
  }
  CHECK(used.size() == n);
  CHECK(parts.index_of(std::pair{1, 2}) < n);
}

TEST_CASE_METHOD(fixture, "a copy that ends is restarted alone and found "
                          "again") {
  CHECK(trace() == strings{"+0", "+1", "+2", "+3"});
  auto old = parts.find<caf::actor>(2);
  kill(old);
  CHECK(trace() == strings{"-2", "+2"});
  CHECK(parts.find<caf::actor>(2));
  CHECK(parts.find<caf::actor>(2) != old);
  stop();
  CHECK_FALSE(parts.find<caf::actor>(2));
  CHECK(trace() == strings{"-3", "-2", "-1", "-0"});
}

TEST_CASE_METHOD(fixture, "copies share the intensity that was asked for") {
  kill(parts.find<caf::actor>(2));
  trace();
  kill(parts.find<caf::actor>(1)); // one too many: all of them start anew
  CHECK(trace() == strings{"-1", "-3", "-2", "-0", "+0", "+1", "+2", "+3"});
}

TEST_CASE_METHOD(fixture, "copies are listed and counted as any children") {
  auto hdl = otp::whereis<otp::supervisor_actor>(names.reader(), "cache");
  auto xs = call<std::vector<otp::child_info>>(hdl, atom::which_children_v);
  REQUIRE(xs.size() == n);
  CHECK(xs.back().id == "cache/0");
  CHECK(call<otp::child_counts>(hdl, atom::count_children_v).active == n);
}

TEST_CASE_METHOD(otp_fixture,
                 "copies may be supervisors, and take their time") {
  world->stubborn = {"x"};
  auto copy = [this](size_t) {
    auto start = [this](caf::local_actor* parent, const std::string& tag) {
      return otp::start<test::child_state>(parent, tag, world);
    };
    return otp::dynamic_supervisor_spec("", start, {.shutdown = {10s}});
  };
  start({otp::partitioned_supervisor_spec("pool", names.writer(), {copy, 2})});
  otp::partitions pool{names.reader(), "pool", 2};
  auto hdl = pool.find<otp::dynamic_supervisor_actor>(1);
  otp::send(test::as_self(hdl), caf::actor_cast<caf::strong_actor_ptr>(hdl),
            caf::make_message(atom::start_child_v, uint64_t{1},
                              std::string{"x"}));
  run();
  auto top = otp::whereis<otp::supervisor_actor>(names.reader(), "pool");
  CHECK(call<otp::child_counts>(top, atom::count_children_v).supervisors == 2);
  top = nullptr;
  stop();
  advance(9s);
  CHECK(running() > 0);
  advance(1s);
  CHECK(running() == 0);
}

TEST_CASE("there is a copy per core unless one says so") {
  CHECK(otp::default_partitions() >= 1);
  CHECK(otp::partition_options{}.count == otp::default_partitions());
}

TEST_CASE("no partitions make no sense") {
  ets::owner<otp::names_table> names;
  CHECK_THROWS_AS(otp::partitions(names.reader(), "x", 0),
                  std::invalid_argument);
  CHECK_THROWS_AS(otp::partitioned_supervisor_spec("x", names.writer(),
                                                   {{}, 0}),
                  std::invalid_argument);
}
