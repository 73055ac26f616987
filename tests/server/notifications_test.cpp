#include "actors/server/notifications.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace kv;
using namespace kv::server;

namespace {

/// The registry's events, told by the test.
struct events_fixture {
  static void tell(uint64_t number) {
    auto text = std::to_string(number);
    change_feed::of_events().tell(
      {"b", change_kind::key, 'e', "create", {}, text});
  }

  std::shared_ptr<notifications::waiter>
  await_from(uint64_t first, std::optional<bool>& heard) {
    auto result = std::make_shared<notifications::waiter>(
      first, [&heard](bool happened) { heard = happened; });
    subject.await_event(result);
    return result;
  }

  pubsub channels;
  notifications subject{channels};
};

} // namespace

TEST_CASE_METHOD(events_fixture, "an event fires those who wait for it",
                 "[events]") {
  std::optional<bool> first;
  std::optional<bool> second;
  await_from(7, first);
  await_from(8, second);
  tell(6);
  CHECK_FALSE(first);
  tell(7);
  CHECK(first == true);
  CHECK_FALSE(second);
  tell(9);
  CHECK(second == true);
}

TEST_CASE_METHOD(events_fixture, "a waiter fires once, and keeps nothing then",
                 "[events]") {
  auto needed = std::make_shared<int>(0);
  notifications::waiter waiter{1, [needed](bool) { ++*needed; }};
  waiter.fire(false);
  waiter.fire(true);
  CHECK(*needed == 1);
  CHECK(needed.use_count() == 1);
}

TEST_CASE_METHOD(events_fixture, "waiters that have been given up are let go",
                 "[events]") {
  std::optional<bool> heard;
  std::vector<std::weak_ptr<notifications::waiter>> all;
  for (auto i = 0; i < 1000; ++i) {
    auto waiter = await_from(1, heard);
    waiter->fire(false);
    all.push_back(waiter);
  }
  auto kept = std::count_if(all.begin(), all.end(),
                            [](const auto& x) { return !x.expired(); });
  CHECK(kept < 50);
}
