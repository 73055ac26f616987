#include "actors/kv/liveness.hpp"

#include "tests/support/catch.hpp"

#include <thread>
#include <vector>

using namespace kv;

TEST_CASE("a liveness tells all copies of the end") {
  auto mine = liveness::start();
  auto other = mine;
  auto third = liveness{};
  third = other;
  CHECK(mine);
  CHECK_FALSE(other.has_ended());
  mine.end();
  CHECK(other.has_ended());
  CHECK(third.has_ended());
  SECTION("also after the first is gone") {
    mine = {};
    CHECK_FALSE(mine);
    CHECK(other.has_ended());
  }
  SECTION("also when it was moved") {
    auto moved = std::move(other);
    CHECK(moved.has_ended());
  }
}

TEST_CASE("a liveness of nobody says nothing") {
  liveness none;
  auto copy = none;
  none.end();
  CHECK_FALSE(none);
  CHECK_FALSE(copy.has_ended());
}

TEST_CASE("a liveness is used again only after its last copy") {
  auto ended = liveness::start();
  ended.end();
  std::vector<liveness> lives;
  for (int i = 0; i < 70'000; ++i) // more than a chunk of them
    lives.push_back(liveness::start());
  CHECK(ended.has_ended());
  for (auto& x : lives)
    REQUIRE_FALSE(x.has_ended());
  lives[69'999].end();
  CHECK_FALSE(lives[69'998].has_ended());
  lives.clear();
  auto next = liveness::start();
  CHECK_FALSE(next.has_ended());
  CHECK(ended.has_ended());
}

TEST_CASE("lives begin and end on several threads") {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (auto& mistakes : wrong)
    threads.emplace_back([&mistakes] {
      std::vector<liveness> lives;
      for (int round = 0; round < 2000; ++round) {
        lives.push_back(liveness::start());
        auto copy = lives.back();
        mistakes += copy.has_ended() ? 1 : 0;
        copy.end();
        mistakes += lives.back().has_ended() ? 0 : 1;
        if (round % 7 == 6)
          lives.erase(lives.begin(), lives.begin() + 6);
      }
    });
  for (auto& x : threads)
    x.join();
  CHECK(wrong == std::vector<int>(4));
}
