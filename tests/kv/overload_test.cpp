// More requests than there is room for, and requests that come too late.

#include "tests/support/app_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using test::app_fixture;

namespace {

tree_options small() {
  tree_options result;
  result.registry_mailbox = 3;
  return result;
}

class fixture : public app_fixture {
public:
  using done = completion<bucket_ref>;

  fixture() : app_fixture(small()) {
    // nop
  }

  /// Sends a create that nobody has handled when this returns.
  void create_later(const std::string& name,
                    done::time_point deadline = done::time_point::max()) {
    caf::anon_send(registry(), atom::create_v, name,
                   done::make(
                     [this, name](caf::expected<bucket_ref> x) {
                       answers.emplace_back(name, std::move(x));
                     },
                     deadline));
  }

  std::vector<std::pair<std::string, caf::expected<bucket_ref>>> answers;
};

} // namespace

TEST_CASE_METHOD(fixture, "a registry that has too much to do says so") {
  for (std::string name : {"a", "b", "c"})
    create_later(name);
  CHECK(answers.empty());
  create_later("d");
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].first == "d");
  CHECK(answers[0].second.error() == ec::overloaded);
  CHECK(retry_after(answers[0].second.error()));
  run();
  REQUIRE(answers.size() == 4); // nothing that was taken in is lost
  for (std::string name : {"a", "b", "c"})
    CHECK(lookup(name));
  CHECK_FALSE(lookup("d"));
  create_later("d");
  run();
  CHECK(lookup("d"));
}

TEST_CASE_METHOD(fixture, "a bucket that has too much to do says so") {
  auto bucket = create("shopping");
  size_t done = 0;
  size_t refused = 0;
  auto put_later = [&] {
    caf::anon_send(bucket,
                   make_bucket_task<size_t>(
                     [](const bucket_fields& fields) {
                       fields.insert({"n", std::to_string(fields.size())});
                       return fields.size();
                     },
                     [&](const caf::expected<size_t>& x) {
                       CHECK((x || x.error() == ec::overloaded));
                       ++(x ? done : refused);
                     }));
  };
  for (uint32_t i = 0; i < bucket_mailbox_limit; ++i)
    put_later();
  CHECK(refused == 0);
  for (int i = 0; i < 3; ++i)
    put_later();
  CHECK(refused == 3);
  auto request = self->request(bucket, caf::infinite, atom::size_v);
  run();
  CHECK(done == bucket_mailbox_limit); // nothing that was taken in is lost
  auto overloaded = false;
  request.receive([](uint64_t) {},
                  [&](const caf::error& reason) {
                    overloaded = reason == ec::overloaded;
                  });
  CHECK(overloaded);
  put_later();
  run();
  CHECK(done == bucket_mailbox_limit + 1);
}

TEST_CASE_METHOD(fixture, "a create that comes too late is not begun") {
  create_later("early", now() + 1s);
  run();
  create_later("late", now() + 1s);
  advance_clock(1s);
  run();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].second);
  CHECK(answers[1].second.error() == ec::timeout);
  CHECK_FALSE(lookup("late"));
  CHECK(events().size() == 1);
}

TEST_CASE_METHOD(fixture, "what was queued when the registry crashed is "
                          "answered") {
  caf::anon_send_exit(registry(), caf::exit_reason::kill);
  create_later("a");
  auto response = self->request(registry(), caf::infinite, atom::create_v,
                                std::string{"b"});
  run();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.error() == caf::sec::request_receiver_down);
  auto failed = false;
  response.receive([](const bucket_actor&) {},
                   [&](const caf::error&) { failed = true; });
  CHECK(failed);
}
