// Many trees on real threads: nothing is left of them.

#include "actors/base/awake_workers.hpp"
#include "actors/otp/dynamic_supervisor.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"
#include "tests/support/seed.hpp"

#include <caf/send.hpp>
#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

using namespace kv;
using namespace std::chrono_literals;

namespace {

/// Does nothing; the message "throw" ends it.
class idle_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.idle";

  idle_state(caf::event_based_actor*, std::shared_ptr<std::atomic<int>> starts,
             int good_starts) {
    if (++*starts > good_starts)
      throw std::runtime_error("no more");
  }

  caf::behavior make_behavior() {
    return {[](const std::string&) { throw std::runtime_error("told to"); }};
  }
};

class fixture {
public:
  fixture() : sys(configure(cfg)), before(sys.registry().running()) {
    log::init(log::level::off, "");
  }

  /// Waits until no more actors run than at the begin.
  bool settled() {
    auto latest = std::chrono::steady_clock::now() + 60s;
    while (sys.registry().running() != before) {
      if (std::chrono::steady_clock::now() > latest)
        return false;
      std::this_thread::yield();
    }
    return true;
  }

  otp::child_spec worker(const std::string& id,
                         otp::restart policy = otp::restart::permanent) const {
    return {id, otp::starts<idle_state>(starts, 1'000'000'000), policy};
  }

  otp::supervisor_init random_tree(std::mt19937_64& rng,
                                   const ets::writer<otp::names_table>& names,
                                   int depth, const std::string& prefix) {
    otp::supervisor_init result;
    result.flags.strategy = static_cast<otp::strategy>(rng() % 3);
    result.flags.intensity = rng() % 3;
    for (auto i = 0; i < 3; ++i) {
      auto id = prefix + static_cast<char>('a' + i);
      if (depth > 0 && rng() % 2 == 0)
        result.children.push_back(otp::supervisor_spec(
          id, names, [=, this, seed = rng()](caf::local_actor*) {
            std::mt19937_64 own{seed};
            return random_tree(own, names, depth - 1, id);
          }));
      else
        result.children.push_back(
          worker(id, static_cast<otp::restart>(rng() % 3)));
    }
    return result;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  size_t before;
  std::shared_ptr<std::atomic<int>> starts
    = std::make_shared<std::atomic<int>>(0);

private:
  static caf::actor_system_config& configure(caf::actor_system_config& x) {
    use_awake_workers(x);
    x.set("scheduler.max-threads", size_t{4});
    return x;
  }
};

/// Seconds of CPU that this process has used.
double cpu_time() {
  rusage x{};
  ::getrusage(RUSAGE_SELF, &x);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(x.ru_utime) + seconds(x.ru_stime);
}

} // namespace

TEST_CASE_METHOD(fixture,
                 "a thousand trees come and go, and no actor is left") {
  std::mt19937_64 rng{test::test_seed()};
  std::vector<ets::owner<otp::names_table>> tables(10);
  for (auto round = 0; round < 100; ++round) {
    std::vector<otp::supervisor_actor> roots;
    for (auto& names : tables) {
      auto writer = names.writer();
      auto root = otp::start_root(sys, writer, [&](caf::local_actor*) {
        return random_tree(rng, writer, 2, "x");
      });
      REQUIRE(root);
      roots.push_back(*root);
    }
    for (size_t i = 0; i < roots.size(); ++i) {
      // Some of its children crash meanwhile.
      std::vector<caf::actor> victims;
      tables[i].for_each([&](const otp::name_entry& x) {
        if (rng() % 4 == 0)
          victims.push_back(caf::actor_cast<caf::actor>(x.actor));
      });
      for (auto& x : victims)
        caf::anon_send(x, std::string{"throw"});
      caf::anon_send_exit(roots[i], rng() % 2 == 0
                                      ? caf::exit_reason::kill
                                      : caf::exit_reason::user_shutdown);
    }
    roots.clear();
    REQUIRE(settled());
    for (auto& names : tables)
      CHECK(names.size() == 0);
  }
}

TEST_CASE_METHOD(fixture,
                 "a child that never starts again ends its supervisor, "
                 "and nobody is busy after") {
  ets::owner<otp::names_table> names;
  auto init = [&](caf::local_actor*) {
    otp::supervisor_init result;
    result.children.push_back({"a", otp::starts<idle_state>(starts, 1)});
    return result;
  };
  auto root = otp::start_root(sys, names.writer(), init);
  REQUIRE(root);
  auto child = otp::whereis<caf::actor>(names.reader(), "a");
  REQUIRE(child);
  caf::scoped_actor self{sys};
  self->monitor(*root);
  caf::anon_send(child, std::string{"throw"});
  self->receive(
    [](const caf::down_msg& x) { CHECK(x.reason == ec::max_restarts); });
  CHECK(*starts == 1 + 3); // the fourth was one too many
  root = caf::error{};
  child = nullptr;
  // Nothing will notify it: this is a pause in which something could be busy.
  std::mutex mtx;
  std::condition_variable never;
  std::unique_lock guard{mtx};
  auto used = cpu_time();
  never.wait_for(guard, 300ms);
  CHECK(cpu_time() - used < 0.1);
}
