// Buckets that nobody created: they come with the first field and go with the
// last.

#include "tests/kv/registry_fixture.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct ephemeral_fixture : registry_fixture {
  /// Asks for a bucket; its answer is in `ensured` once the test has run it.
  void ensure_later(const std::string& name) {
    auto done
      = completion<bucket_ref>::make([this](caf::expected<bucket_ref> x) {
          if (x)
            ensured.push_back(std::move(*x));
          else
            errors.push_back(x.error());
        });
    self->send(registry(), atom::ensure_v, name, done);
  }

  bucket_ref ensure(const std::string& name) {
    ensure_later(name);
    run();
    REQUIRE_FALSE(ensured.empty());
    return ensured.back();
  }

  void put(const bucket_ref& bucket, const std::string& key) {
    self->send(bucket.actor,
               make_bucket_task<bool>(
                 [key](auto& fields) {
                   fields.insert({key, "1"});
                   return true;
                 },
                 [this](const caf::expected<bool>& x) { heard(x); }));
  }

  void erase(const bucket_ref& bucket, const std::string& key) {
    self->send(bucket.actor,
               make_bucket_task<bool>(
                 [key](auto& fields) { return fields.erase(key) > 0; },
                 [this](const caf::expected<bool>& x) { heard(x); }));
  }

  void heard(const caf::expected<bool>& x) {
    open_when_heard.push_back(lookup("b").has_value());
    (x ? done : dropped) += 1;
  }

  std::vector<bucket_ref> ensured;
  std::vector<caf::error> errors;
  std::vector<bool> open_when_heard;
  int done = 0;
  int dropped = 0;
};

} // namespace

TEST_CASE_METHOD(ephemeral_fixture, "it goes with its last field", "[bucket]") {
  auto bucket = ensure("b");
  CHECK(lookup("b") == bucket.actor);
  put(bucket, "x");
  put(bucket, "y");
  erase(bucket, "x");
  run();
  CHECK(lookup("b") == bucket.actor);
  erase(bucket, "y");
  run();
  CHECK_FALSE(lookup("b"));
  CHECK(told() == std::vector{created, ended});
  CHECK_FALSE(events()[1].event.reason); // normal
  CHECK(child_count() == 0);
}

TEST_CASE_METHOD(ephemeral_fixture,
                 "whoever hears of its last work finds it gone", "[bucket]") {
  auto bucket = ensure("b");
  put(bucket, "x");
  erase(bucket, "x");
  put(bucket, "y"); // too late: this is for a successor
  run();
  CHECK(open_when_heard == std::vector{true, false, false});
  CHECK(done == 2);
  CHECK(dropped == 1);
}

TEST_CASE_METHOD(ephemeral_fixture, "a bucket that was created stays empty",
                 "[bucket]") {
  auto created_first = create("b");
  auto bucket = ensure("b");
  CHECK(bucket.actor == created_first);
  put(bucket, "x");
  erase(bucket, "x");
  run();
  CHECK(lookup("b") == created_first);
}

TEST_CASE_METHOD(ephemeral_fixture, "create makes it stay", "[bucket]") {
  auto bucket = ensure("b");
  CHECK(create("b") == bucket.actor);
  put(bucket, "x");
  erase(bucket, "x");
  run();
  CHECK(lookup("b") == bucket.actor);
  CHECK(told() == std::vector{created});
}

TEST_CASE_METHOD(ephemeral_fixture,
                 "who ensures does not wait for handlers, who creates does",
                 "[bucket]") {
  add_gate();
  ensure_later("b");
  create_later("b");
  run();
  CHECK(ensured.size() == 1);
  CHECK(answers.empty());
  ensure_later("b");
  run();
  CHECK(ensured.size() == 2);
  hold.open();
  run();
  REQUIRE(answers.size() == 1);
  // One of them created it.
  put(ensured[0], "x");
  erase(ensured[0], "x");
  run();
  CHECK(lookup("b") == answers[0]);
}

TEST_CASE_METHOD(ephemeral_fixture,
                 "a new registry knows which buckets nobody created",
                 "[bucket]") {
  auto bucket = ensure("b");
  kill(registry());
  run();
  CHECK(create("b") == bucket.actor);
  put(bucket, "x");
  erase(bucket, "x");
  run();
  CHECK(lookup("b") == bucket.actor);
}

TEST_CASE_METHOD(ephemeral_fixture,
                 "it lasts once it was created, however busy it is",
                 "[bucket]") {
  auto bucket = ensure("b");
  put(bucket, "x");
  run();
  for (uint32_t i = 0; i < bucket_mailbox_limit; ++i)
    caf::anon_send(bucket.actor, ends_when_empty(true));
  auto response = self->request(registry(), caf::infinite, atom::create_v,
                                std::string{"b"});
  REQUIRE(step(registry())); // before the bucket has done any of that
  run();
  response.receive([](const bucket_actor&) {},
                   [](const caf::error&) { FAIL(); });
  erase(bucket, "x");
  run();
  CHECK(lookup("b") == bucket.actor);
}
