// When the keeper's thread wakes, and when it ends.

#include "actors/kv/keeper_thread.hpp"

#include "actors/base/error.hpp"
#include "actors/kv/kept_gathering.hpp"

#include "tests/support/memory_engine.hpp"
#include "tests/support/patience.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <new>
#include <thread>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;
using namespace std::literals;

namespace {

using steady = std::chrono::steady_clock;

/// Takes its time for every append.
class slow_engine : public memory_engine {
public:
  using memory_engine::memory_engine;

  void append(const kept_changes& xs, bool sync) override {
    auto end = steady::now() + 1ms;
    while (steady::now() < end)
      std::this_thread::yield();
    memory_engine::append(xs, sync);
  }
};

kept_changes one_change(int64_t number = 1) {
  kept_changes result;
  result.add({.what = kept_change::op::event, .number = number});
  return result;
}

void save(keeper_thread& to) {
  std::promise<void> done;
  to.save([&](const auto&) { done.set_value(); });
  done.get_future().wait();
}

/// A thread that hands over itself, see `kept_gathering`.
struct gathering_thread {
  /// Appends a change; returns whether this thread has handed it over.
  bool append_to(keeper_thread& to) {
    auto done_here = std::make_shared<std::atomic<bool>>(false);
    to.append(one_change(), false,
              [done_here, mine = std::this_thread::get_id()](const auto&) {
                *done_here = std::this_thread::get_id() == mine;
              });
    for (auto& f : std::exchange(later, {}))
      f();
    return *done_here;
  }

  std::vector<kept_gathering::function> later;
  kept_gathering gathering{
    [this](kept_gathering::function f) { later.push_back(std::move(f)); }};
};

} // namespace

TEST_CASE("it ends though it has just been woken for something else") {
  for (auto i = 0; i < 5000; ++i) {
    auto disk = std::make_shared<memory_disk>();
    {
      keeper_thread sut{std::make_unique<memory_engine>(disk), 1s};
      sut.begin();
      sut.append(one_change(), true);
    }
    REQUIRE(disk->synced.last_event == 1);
  }
}

TEST_CASE("what others hand over twice in a row is on the disk soon") {
  gathering_thread here;
  std::vector<std::unique_ptr<keeper_thread>> suts;
  for (auto i = 0; i < 8; ++i) {
    auto& sut = *suts.emplace_back(std::make_unique<keeper_thread>(
      std::make_unique<slow_engine>(std::make_shared<memory_disk>()), 1s));
    sut.begin();
    // The first has the thread woken for when it is due, in the second's time.
    do {
      save(sut);
      std::this_thread::yield();
    } while (!here.append_to(sut));
    here.append_to(sut);
  }
  auto latest = steady::now() + kv::test::patience;
  auto is_late = [&](const auto& sut) {
    while (sut->status().unsaved > 0)
      if (steady::now() > latest)
        return true;
    return false;
  };
  CHECK(std::none_of(suts.begin(), suts.end(), is_late));
}

TEST_CASE("a thread that gathers asks again if it could not the first time") {
  auto fails = true;
  std::vector<kept_gathering::function> later;
  kept_gathering sut{[&](kept_gathering::function f) {
    if (fails)
      throw std::bad_alloc{};
    later.push_back(std::move(f));
  }};
  auto calls = 0;
  CHECK_THROWS_AS(sut.in_the_end([&] { ++calls; }), std::bad_alloc);
  fails = false;
  sut.in_the_end([&] { ++calls; });
  sut.in_the_end([&] { ++calls; });
  REQUIRE(later.size() == 1);
  later.front()();
  CHECK(calls == 1);
  sut.in_the_end([&] { ++calls; });
  CHECK(later.size() == 2);
}

TEST_CASE("what comes after its end is answered, and not kept") {
  auto disk = std::make_shared<memory_disk>();
  keeper_thread sut{std::make_unique<memory_engine>(disk), 1s};
  sut.begin();
  sut.append(one_change(), true);
  sut.end();
  CHECK(disk->synced.last_event == 1);
  std::vector<caf::error> answers;
  auto hear = [&](const caf::error& reason) { answers.push_back(reason); };
  CHECK(sut.refuses());
  auto position = sut.append(one_change(2), false, hear);
  sut.when_kept(position, hear);
  sut.save(hear);
  sut.checkpoint("/copy", hear);
  REQUIRE(answers.size() == 4);
  for (const auto& x : answers)
    CHECK(x == ec::not_kept);
  CHECK(disk->written.last_event == 1);
}
