// The running application, described as JSON.

#include "tests/support/app_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using nlohmann::json;
using test::app_fixture;

namespace {

class fixture : public app_fixture {
public:
  /// Calls `f(done)` and returns what `done` gets.
  template <class F>
  caf::expected<json> get(F f) {
    auto result = std::make_shared<std::optional<caf::expected<json>>>();
    f(completion<json>::make(
      [result](caf::expected<json> x) { result->emplace(std::move(x)); }));
    run();
    REQUIRE(*result);
    return **result;
  }

  json tree() {
    auto result = get([&](auto done) { client.tree(done); });
    REQUIRE(result);
    return *result;
  }

  caf::expected<json> inspect(const std::string& who) {
    return get([&](auto done) { client.inspect(who, done); });
  }

  json crashes() {
    auto result = get([&](auto done) { client.crashes(10, done); });
    REQUIRE(result);
    return *result;
  }

  kv::client client = app->client();
};

json child(const json& parent, const std::string& id) {
  for (const auto& x : parent["children"])
    if (x["id"] == id)
      return x;
  FAIL("no child " << id);
  return {};
}

} // namespace

TEST_CASE_METHOD(fixture, "the tree shows the application's own actors") {
  create("a");
  auto x = tree();
  CHECK(x["id"] == "kv");
  auto registry = child(x, "kv.registry");
  CHECK(registry["status"] == "running");
  CHECK(registry["state"]
        == "1 names, 0 are being created, 0 events are awaited");
  auto buckets = child(x, "kv.bucket_supervisor");
  CHECK(buckets["children_total"] == 1);
  CHECK(buckets["children"][0]["name"] == "kv.bucket");
  CHECK(buckets["children"][0]["monitored_by"] == 1); // by the registry
  child(x, "kv.event_manager");
}

TEST_CASE_METHOD(fixture, "children and buckets are found by their names") {
  auto bucket = create("a");
  auto x = inspect("a");
  REQUIRE(x);
  CHECK((*x)["actor"] == bucket.id());
  CHECK((*x)["parent"] == buckets().id());
  CHECK((*inspect("kv.registry"))["actor"] == registry().id());
  CHECK(inspect("b").error() == ec::no_such_actor);
}

TEST_CASE_METHOD(fixture, "crashes are told, newest first") {
  CHECK(crashes()["total"] == 0);
  auto bucket = create("a");
  advance(1min);
  kill(bucket);
  stop(create("b")); // asked for
  restart_registry();
  auto x = crashes();
  CHECK(x["total"] == 2);
  CHECK(x["crashes"][0]["who"] == "kv.registry");
  CHECK(x["crashes"][0]["reason"] == "kill");
  CHECK(x["crashes"][1]["who"] == "bucket a");
  CHECK(x["crashes"][1]["uptime_ms"] == 60'000);
}

TEST_CASE_METHOD(fixture, "messages to a bucket can be traced") {
  auto bucket = create("a");
  auto x = get([&](auto done) {
    client.trace("a", 1, 10s, done);
    run();
    put(bucket, "milk", "1");
  });
  REQUIRE(x);
  REQUIRE(x->size() == 1);
  CHECK((*x)[0]["message"] == "'put', \"milk\", \"1\"");
  auto nobody = get([&](auto done) { client.trace("b", 1, 10s, done); });
  CHECK(nobody.error() == ec::no_such_actor);
}

TEST_CASE_METHOD(fixture, "an application that has ended says so") {
  app->stop();
  run();
  auto x = tree();
  CHECK(x.contains("failure"));
  CHECK_FALSE(get([&](auto done) { client.crashes(1, done); }));
  CHECK(inspect("a").error() == ec::no_such_actor);
}
