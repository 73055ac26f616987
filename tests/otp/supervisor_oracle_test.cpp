// The same scripts, run by our supervisor and by Erlang's: equal traces.

#include "tests/otp/supervisor_script.hpp"
#include "tests/support/seed.hpp"

#include <cstdint>
#include <random>

using namespace kv::test::supervisor_script;
using kv::test::strings;

TEST_CASE("strategies, restart types and reasons as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string type : interpreter::types)
      for (std::string reason : reasons)
        scripts.push_back(strategy + ":3:5:a:permanent:b:" + type
                          + ":c:permanent:d:temporary " + reason + ":b crash:c "
                          + reason + ":b");
  REQUIRE(scripts.size() == 36);
  compare(scripts);
}

TEST_CASE("restart intensity as in Erlang") {
  strings scripts;
  for (auto intensity : {0, 1, 2, 3, 5})
    for (auto period : {1, 2, 5, 10})
      for (auto late : {0, 1}) { // the last restart is one period old, or more
        auto script = "one_for_one:" + std::to_string(intensity) + ':'
                      + std::to_string(period) + ":a:permanent:b:permanent"
                      + " crash:a advance:" + std::to_string(period + late);
        for (auto i = 0; i < intensity; ++i)
          script += " kill:b";
        scripts.push_back(script);
      }
  REQUIRE(scripts.size() == 40);
  compare(scripts);
}

TEST_CASE("starts that fail as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string who : {"a", "b", "c"})
      for (std::string starts : {"1", "2", "3", "4"})
        scripts.push_back(strategy + ":3:5:a:permanent:b:transient:c:permanent"
                          + " fail:" + who + ':' + starts + " crash:b crash:a");
  compare(scripts);
}

TEST_CASE("shutdowns as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string how : {"", "/brutal", "/infinity", "/stubborn"})
      for (std::string step : {"crash:a", "terminate:b", "terminate:c"})
        scripts.push_back(strategy + ":3:30:a:permanent:b:permanent" + how
                          + ":c:transient:d:permanent" + how + ' ' + step
                          + " kill:b crash:d restart:b crash:a crash:a");
  compare(scripts);
}

TEST_CASE("significant children as in Erlang") {
  strings scripts;
  for (std::string strategy : strategies)
    for (std::string policy : {"any", "all"})
      for (std::string type : {"transient", "temporary"})
        for (std::string reason : reasons)
          scripts.push_back(
            strategy + '/' + policy + "_significant:3:5:a:permanent:b:" + type
            + "/significant:c:transient/significant:d:"
              "temporary/significant:e:transient crash:a normal:"
              "e terminate:d "
            + reason + ":b " + reason + ":c normal:c");
  REQUIRE(scripts.size() == 48);
  compare(scripts);
}

TEST_CASE("specs of significant children as in Erlang") {
  compare({
    "one_for_one:3:5:a:permanent start:b:transient/significant",
    "one_for_one/any_significant:3:5:a:permanent start:b:permanent/significant",
    "one_for_one/any_significant:3:5:a:permanent "
    "start:b:transient/significant terminate:b delete:b normal:a",
    "one_for_one/all_significant:3:5:a:permanent fail:b:1 "
    "start:b:temporary/significant start:b:temporary/significant normal:b",
    // A supervisor that ends because of its children is a significant one.
    "one_for_one/any_significant:3:5:a:permanent:n:transient/significant "
    "define:n:one_for_one/any_significant:3:5:x:transient/significant normal:x",
  });
}

namespace {

/// Makes up scripts for a tree: the root has the children a, b, n and m; n and
/// m are supervisors, of x and y, and of z.
class composer {
public:
  explicit composer(uint64_t seed) : rng_(seed) {
    // nop
  }

  std::string compose() {
    auto result = tree({"a", "n", "b", "m"}) + " define:n:" + tree({"x", "y"})
                  + " define:m:" + tree({"z"});
    for (auto steps = below(25); steps > 0; --steps)
      result += ' ' + step();
    return result;
  }

private:
  uint64_t below(uint64_t n) {
    return rng_() % n;
  }

  template <class T, size_t N>
  std::string pick(const T (&xs)[N]) {
    return xs[below(N)];
  }

  std::string tree(const strings& children) {
    static constexpr const char* ends[] = {"", "", "/any_significant",
                                           "/all_significant"};
    auto how = pick(ends);
    auto result = pick(strategies) + how + ':' + std::to_string(below(6)) + ':'
                  + std::to_string(1 + below(5));
    for (auto& x : children)
      result += ':' + x + ':' + type(x == "n" || x == "m", !how.empty());
    return result;
  }

  /// Nobody waits for ever, and supervisors are not killed.
  std::string type(bool is_supervisor, bool may_be_significant) {
    static constexpr const char* shutdowns[] = {"", "", "/brutal", "/infinity"};
    auto result = pick(interpreter::types);
    if (may_be_significant && result != "permanent" && below(2) == 0)
      result += "/significant";
    return is_supervisor ? result : result + pick(shutdowns);
  }

  std::string start(const std::string& who) {
    return "start:" + who + ':' + type(who == "n" || who == "m", below(2) == 0);
  }

  std::string step() {
    static constexpr const char* workers[] = {"a", "b", "x", "y", "z"};
    static constexpr const char* children[] = {"a", "b", "n", "m", "c"};
    static constexpr const char* requests[] = {"terminate", "restart",
                                               "delete"};
    switch (below(6)) {
      case 0:
        return "advance:" + std::to_string(below(4));
      case 1:
        return pick(requests) + ':' + pick(children);
      case 2:
        return start(pick(children));
      case 3:
        return "fail:" + pick(workers) + ':' + std::to_string(below(4));
      default:
        return pick(reasons) + ':' + pick(workers);
    }
  }

  std::mt19937_64 rng_;
};

} // namespace

TEST_CASE("random trees as in Erlang") {
  composer from{kv::test::test_seed()};
  strings scripts;
  for (auto n = 0; n < 300; ++n)
    scripts.push_back(from.compose());
  compare(scripts);
}
