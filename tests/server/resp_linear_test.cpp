// What 8 clients see of one name is what one after the other could have seen.

#include "tests/server/resp_fixture.hpp"
#include "tests/support/seed.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

using namespace kv;
using test::line_client;

namespace {

enum class kind : uint8_t { set, get, incr, hset, hget, hdel, del, both };

/// A request, and when it was asked and answered.
struct call {
  kind what;
  int value;
  std::string reply{};
  std::chrono::steady_clock::time_point begin{};
  std::chrono::steady_clock::time_point end{};
};

/// What the name means.
struct state {
  enum class type : uint8_t { none, string, bucket } now = type::none;
  int value = 0;

  auto tuple() const {
    return std::tuple{now, value};
  }
};

std::string request_of(const call& x) {
  auto value = std::to_string(x.value);
  switch (x.what) {
    case kind::set:
      return "SET k " + value;
    case kind::get:
      return "GET k";
    case kind::incr:
      return "INCR k";
    case kind::hset:
      return "HSET k f " + value;
    case kind::hget:
      return "HGET k f";
    case kind::hdel:
      return "HDEL k f";
    case kind::del:
      return "DEL k";
    case kind::both:
      return "HMGET k f f";
  }
  return {};
}

std::string when(std::chrono::steady_clock::duration x) {
  return std::to_string(std::chrono::nanoseconds{x}.count()) + ' ';
}

constexpr auto wrong = "wrong";

std::string reply_of_string(state& x, const call& y) {
  if (x.now == state::type::bucket)
    return wrong;
  if (y.what == kind::get)
    return x.now == state::type::none ? "nil" : std::to_string(x.value);
  x.value = x.now == state::type::none ? 1 : x.value + 1;
  x.now = state::type::string;
  return ":" + std::to_string(x.value);
}

std::string reply_of_bucket(state& x, const call& y) {
  if (x.now == state::type::string)
    return wrong;
  auto existed = x.now == state::type::bucket;
  auto value = existed ? std::to_string(x.value) : "nil";
  switch (y.what) {
    case kind::hset:
      x = {state::type::bucket, y.value};
      return existed ? ":0" : ":1";
    case kind::hdel:
      x = {};
      return existed ? ":1" : ":0";
    case kind::both:
      return value + " " + value;
    default:
      return value;
  }
}

/// Returns what a request replies in a state, and changes the state.
std::string reply_of(state& x, const call& y) {
  switch (y.what) {
    case kind::set:
      x = {state::type::string, y.value};
      return "+OK";
    case kind::del: {
      auto existed = x.now != state::type::none;
      x = {};
      return existed ? ":1" : ":0";
    }
    case kind::get:
    case kind::incr:
      return reply_of_string(x, y);
    default:
      return reply_of_bucket(x, y);
  }
}

/// Looks for an order of the calls in which every reply is right, and no call
/// comes before one that had ended when it began (Wing and Gong, with what was
/// tried before remembered).
class order_search {
public:
  explicit order_search(std::vector<call> calls) : calls_(std::move(calls)) {
    // nop
  }

  bool run() {
    return search(0, {});
  }

private:
  bool search(uint64_t done, state now) {
    if (done + 1 == uint64_t{1} << calls_.size())
      return true;
    if (!tried_.emplace(done, now.tuple()).second)
      return false;
    auto first_end = std::chrono::steady_clock::time_point::max();
    for (size_t i = 0; i < calls_.size(); ++i)
      if ((done >> i & 1) == 0)
        first_end = std::min(first_end, calls_[i].end);
    for (size_t i = 0; i < calls_.size(); ++i) {
      if ((done >> i & 1) != 0 || calls_[i].begin > first_end)
        continue;
      auto next = now;
      if (reply_of(next, calls_[i]) == calls_[i].reply
          && search(done | uint64_t{1} << i, next))
        return true;
    }
    return false;
  }

  std::vector<call> calls_;
  std::set<std::pair<uint64_t, std::tuple<state::type, int>>> tried_;
};

std::string read_reply(line_client& peer) {
  auto line = peer.read_line();
  if (line.starts_with("-WRONGTYPE"))
    return wrong;
  if (line == "$-1")
    return "nil";
  if (line.starts_with('$'))
    return peer.read_line();
  if (line != "*2")
    return line;
  auto first = read_reply(peer);
  return first + " " + read_reply(peer);
}

void perform(line_client& peer, std::vector<call>& calls) {
  for (auto& x : calls) {
    x.begin = std::chrono::steady_clock::now();
    peer.send(request_of(x) + "\r\n");
    x.reply = read_reply(peer);
    x.end = std::chrono::steady_clock::now();
  }
}

struct many_threads : test::resp_fixture {
  many_threads() : resp_fixture(3) {
    // nop
  }
};

} // namespace

TEST_CASE_METHOD(many_threads, "8 clients see one name in one order",
                 "[resp][tcp]") {
  constexpr size_t clients = 8;
  constexpr size_t calls_each = 7;
  constexpr auto rounds = 60;
  std::mt19937_64 random{test::test_seed()};
  std::vector<line_client> peers;
  for (size_t i = 0; i < clients; ++i)
    peers.push_back(connect());
  auto value = 0;
  for (auto round = 0; round < rounds; ++round) {
    std::vector<std::vector<call>> calls(clients);
    for (auto& own : calls)
      for (size_t i = 0; i < calls_each; ++i)
        own.push_back({static_cast<kind>(random() % 8), value += 10});
    std::vector<std::thread> threads;
    for (size_t i = 0; i < clients; ++i)
      threads.emplace_back([&, i] { perform(peers[i], calls[i]); });
    for (auto& x : threads)
      x.join();
    std::vector<call> all;
    for (auto& own : calls)
      all.insert(all.end(), own.begin(), own.end());
    std::string history;
    for (const auto& x : all)
      history += when(x.begin - all[0].begin) + when(x.end - all[0].begin)
                 + request_of(x) + " -> " + x.reply + '\n';
    INFO("round " << round << ", each client in its order, ns:\n" << history);
    REQUIRE(order_search{all}.run());
    peers[0].send("DEL k\r\n");
    read_reply(peers[0]);
  }
}

TEST_CASE("a search finds that replies have no order", "[resp]") {
  auto at = [](int x) {
    return std::chrono::steady_clock::time_point{std::chrono::seconds{x}};
  };
  call set{kind::set, 1, "+OK", at(0), at(1)};
  call stale{kind::get, 0, "nil", at(2), at(3)};
  call overlapping{kind::get, 0, "nil", at(0), at(3)};
  CHECK_FALSE(order_search{{set, stale}}.run());
  CHECK(order_search{{set, overlapping}}.run());
}
