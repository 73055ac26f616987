#include "actors/server/notifications.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

using namespace kv;
using namespace kv::server;

namespace {

/// Someone to tell of events.
struct events_fixture {
  std::shared_ptr<notifications::waiter>
  await_event(std::optional<bool>& heard) {
    auto result = std::make_shared<notifications::waiter>(
      [&heard](bool happened) { heard = happened; });
    subject.await_event(result);
    return result;
  }

  pubsub channels;
  notifications subject{channels};
};

} // namespace

TEST_CASE_METHOD(events_fixture, "a waiter fires once, and keeps nothing then",
                 "[events]") {
  auto needed = std::make_shared<int>(0);
  notifications::waiter waiter{[needed](bool) { ++*needed; }};
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
    auto waiter = await_event(heard);
    waiter->fire(false);
    all.push_back(waiter);
  }
  auto kept = std::count_if(all.begin(), all.end(),
                            [](const auto& x) { return !x.expired(); });
  CHECK(kept < 50);
}
