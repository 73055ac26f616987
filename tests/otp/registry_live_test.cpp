// Registries on real threads, while actors and registries are killed.

#include "actors/base/awake_workers.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/registry.hpp"

#include "tests/otp/otp_fixture.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/seed.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <random>
#include <thread>

using namespace kv;

namespace {

using rooms = otp::unique_keys<std::string, int>;
using topics = otp::duplicate_keys<std::string, int>;

constexpr size_t clients = 4;
constexpr size_t rounds = 3000; ///< Of each client.
constexpr size_t deaths = 100;  ///< Of registries.

using steady = std::chrono::steady_clock;

/// Waits, busily, until `done` holds; the deadline is generous.
template <class F>
bool await(F done) {
  auto deadline = steady::now() + test::patience;
  while (!done()) {
    if (steady::now() > deadline)
      return false;
    std::this_thread::yield();
  }
  return true;
}

template <class Keys>
class live_registry {
public:
  live_registry() : sys(configure(cfg_)) {
    log::init(log::level::off, "");
    auto made = otp::start_root(
      sys, names.writer(), [this](caf::local_actor* x) {
        otp::supervisor_init init;
        init.flags.intensity = 2 * deaths;
        all = otp::registry<Keys>::add_to(init, x, names.reader(), {"live", 2});
        return init;
      });
    REQUIRE(made);
    root = *made;
  }

  ~live_registry() {
    all = {};
    caf::scoped_actor self{sys};
    self->send_exit(root, caf::exit_reason::user_shutdown);
    self->wait_for(std::exchange(root, nullptr));
  }

  caf::strong_actor_ptr start() {
    return caf::actor_cast<caf::strong_actor_ptr>(
      sys.spawn([] { return caf::behavior{[](int) {}}; }));
  }

  /// Ends an actor, and returns once it has ended.
  void end(const caf::strong_actor_ptr& x) {
    auto hdl = caf::actor_cast<caf::actor>(x);
    caf::scoped_actor self{sys};
    self->send_exit(hdl, caf::exit_reason::kill);
    self->wait_for(hdl);
  }

  /// Kills a registry, and returns once there is another one.
  void kill_registry(size_t i) {
    auto id = "live/" + std::to_string(i % 2);
    auto who = [&] { return otp::whereis<caf::actor>(names.reader(), id); };
    auto old = who();
    caf::anon_send_exit(old, caf::exit_reason::kill);
    REQUIRE(await([&] {
      auto next = who();
      return next && next != old;
    }));
  }

  size_t rows() const {
    return ets::whereis<typename Keys::table>("live/0").size()
           + ets::whereis<typename Keys::table>("live/1").size();
  }

private:
  static caf::actor_system_config& configure(caf::actor_system_config& cfg) {
    use_awake_workers(cfg);
    cfg.set("scheduler.max-threads", size_t{2});
    return cfg;
  }

  caf::actor_system_config cfg_;

public:
  caf::actor_system sys;
  ets::owner<otp::names_table> names;
  otp::supervisor_actor root;
  otp::registry<Keys> all;
};

/// One thread's actor, and under which keys it is for sure.
template <class Keys>
class client {
public:
  client(live_registry<Keys>& x, uint64_t seed)
    : live_(x), random_(seed), who_(x.start()) {
    // nop
  }

  void run() {
    for (size_t i = 0; i < rounds; ++i)
      act("key " + std::to_string(random_() % 10));
    live_.end(who_);
    check_gone();
  }

  std::string complaint; ///< Of the last thing that was wrong.
  size_t late = 0;       ///< Requests that were not answered in time.

private:
  void act(const std::string& key) {
    switch (random_() % 8) {
      default:
        add(key);
        break;
      case 0:
      case 1:
        remove(key);
        break;
      case 2:
        start_over();
    }
    for (auto& [mine, count] : mine_)
      if (found(mine) != count)
        complaint = "an entry of an actor that is alive: " + mine;
  }

  void add(const std::string& key) {
    auto err = live_.all.register_name(key, who_, 0);
    if (!err)
      ++mine_[key];
    else if (err == ec::timeout)
      on_timeout(key);
    else if (err != ec::name_taken)
      complaint = describe(err);
  }

  void remove(const std::string& key) {
    auto removed = live_.all.unregister_name(key, who_);
    if (!removed && removed.error() == ec::timeout) {
      on_timeout(key);
      return;
    }
    if (!removed || *removed != mine_[key])
      complaint = "unregister: " + key;
    mine_.erase(key);
  }

  // It may have been done: nobody knows under which keys the actor is.
  void on_timeout(const std::string& key) {
    ++late;
    mine_[key];
    start_over();
  }

  void start_over() {
    live_.end(who_);
    check_gone();
    who_ = live_.start();
    mine_.clear();
  }

  size_t found(const std::string& key) const {
    return live_.all.values(key, who_).size();
  }

  void check_gone() {
    for (auto& [mine, count] : mine_)
      if (found(mine) != 0)
        complaint = "an entry of an actor that has ended: " + mine;
  }

  live_registry<Keys>& live_;
  std::mt19937_64 random_;
  caf::strong_actor_ptr who_;
  std::map<std::string, size_t> mine_;
};

} // namespace

TEMPLATE_TEST_CASE("names stay right on threads, while registries are killed",
                   "[registry][live]", rooms, topics) {
  auto seed = test::test_seed();
  CAPTURE(seed);
  live_registry<TestType> live;
  std::vector<std::unique_ptr<client<TestType>>> all;
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < clients; ++i) {
    all.push_back(std::make_unique<client<TestType>>(live, seed + i));
    threads.emplace_back([x = all.back().get()] { x->run(); });
  }
  for (size_t i = 0; i < deaths; ++i)
    live.kill_registry(i);
  for (auto& x : threads)
    x.join();
  size_t late = 0;
  for (auto& x : all) {
    CHECK(x->complaint == "");
    late += x->late;
  }
  // A machine that has other things to do may keep each client waiting once; a
  // registry that loses requests at its deaths does so more often.
  CHECK(late <= clients);
  CHECK(await([&] { return live.rows() == 0; }));
}
