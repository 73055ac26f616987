// A name is a string or a bucket, and what is decided stays so.

#include "actors/kv/strings.hpp"

#include "tests/support/app_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;

namespace {

struct strings_fixture : test::app_fixture {
  /// Runs `op(string_keys)` in the strings' actor.
  template <class Op>
  void in_strings(Op op) {
    auto names = tables().names;
    auto work = [op, names](const bucket_fields& fields) {
      op(string_keys{fields, names});
      return true;
    };
    auto done = std::make_shared<bool>(false);
    caf::anon_send(app->client().strings(),
                   make_bucket_task<bool>(work,
                                          [done](const caf::expected<bool>& x) {
                                            *done = static_cast<bool>(x);
                                          }));
    run();
    REQUIRE(*done);
  }

  void set(const std::string& key, const std::string& value) {
    in_strings([=](const string_keys& keys) { keys.put(key, value); });
  }

  tree_readers tables() const {
    return app->client().tables();
  }

  name_kind kind_of(std::string_view name) const {
    return tables().names.kind_of(name);
  }
};

} // namespace

TEST_CASE_METHOD(strings_fixture, "a string takes the name of a bucket",
                 "[strings]") {
  auto bucket = create("a");
  put(bucket, "k", "v");
  CHECK(kind_of("a") == name_kind::bucket);
  set("a", "1");
  CHECK(kind_of("a") == name_kind::string);
  CHECK_FALSE(lookup("a"));
  CHECK(await_event(event_kind::exit, bucket));
}

TEST_CASE_METHOD(strings_fixture, "a bucket does not take a string's name",
                 "[strings]") {
  set("a", "1");
  auto made = try_call<bucket_actor>(registry(), atom::create_v,
                                     std::string{"a"});
  REQUIRE_FALSE(made);
  CHECK(made.error() == ec::name_taken);
  CHECK(kind_of("a") == name_kind::string);
}

TEST_CASE_METHOD(strings_fixture,
                 "a bucket that is revoked does not come back with its name",
                 "[strings]") {
  auto bucket = create("a");
  put(bucket, "k", "v");
  in_strings([](const string_keys& keys) {
    keys.put("a", "1");
    CHECK(keys.erase("a") == name_kind::string);
    // It has not ended yet, but nobody finds it.
    CHECK(string_keys::held_name{keys, "a"}.is_absent());
  });
  auto successor = create("a");
  CHECK(successor != bucket);
  CHECK_FALSE(get(successor, "k"));
}

TEST_CASE_METHOD(strings_fixture,
                 "strings survive their actor and the registry", "[strings]") {
  set("a", "1");
  create("b");
  auto before = app->client().strings();
  kill(before);
  run();
  restart_registry();
  run();
  CHECK(app->client().strings() != before);
  CHECK(kind_of("a") == name_kind::string);
  CHECK(lookup("b"));
  set("a", "2");
  std::string value;
  tables().names.visit_string("a", [&](const field& x) { value = x.value; });
  CHECK(value == "2");
}

TEST_CASE_METHOD(strings_fixture, "a watched name tells every change",
                 "[strings]") {
  auto& feed = change_feed::of_process();
  auto changed_by = [&](const std::string& name, auto change) {
    name_watch watch{feed, name};
    CHECK_FALSE(watch.changed());
    change();
    return watch.changed();
  };
  auto bucket = create("b");
  CHECK(changed_by("s", [&] { set("s", "1"); }));
  CHECK(changed_by("s", [&] { set("s", "1"); }));
  CHECK_FALSE(changed_by("s", [&] { set("other", "1"); }));
  CHECK(changed_by("s", [&] {
    in_strings([](const string_keys& keys) { keys.erase("s"); });
  }));
  CHECK(changed_by("b", [&] { put(bucket, "k", "v"); }));
  CHECK_FALSE(changed_by("c", [&] { put(bucket, "k", "v"); }));
  CHECK(changed_by("b", [&] { set("b", "1"); }));
}
