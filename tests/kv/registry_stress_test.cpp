// Real threads, and a registry that is killed all the while.

#include "tests/support/live_fixture.hpp"
#include "tests/support/seed.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace kv;

namespace {

constexpr size_t threads = 8;
constexpr size_t registry_deaths = 200;

std::string name_of(uint64_t x) {
  return "bucket-" + std::to_string(x % 8);
}

/// What went wrong in the clients.
class complaints {
public:
  void add(const caf::error& reason) {
    if (reason == ec::timeout)
      ++late_;
    else if (reason != ec::no_such_bucket) // killed under a put
      add(describe(reason));
  }

  void add(std::string what) {
    std::lock_guard guard{mtx_};
    wrong_.push_back(std::move(what));
  }

  /// A machine that has other things to do may keep each client waiting once;
  /// a registry that loses requests at its deaths does so more often.
  void check() {
    std::lock_guard guard{mtx_};
    CHECK(wrong_ == std::vector<std::string>{});
    CHECK(late_ <= threads);
  }

private:
  std::atomic<size_t> late_ = 0;
  std::mutex mtx_;
  std::vector<std::string> wrong_;
};

/// Creates, looks up, puts or kills.
void act(const client& kv, std::mt19937_64& random) {
  auto name = name_of(random());
  switch (random() % 4) {
    case 0:
      kv.create(name);
      break;
    case 1:
      if (auto bucket = kv.lookup(name))
        bucket->get("key");
      break;
    case 2:
      if (auto bucket = kv.lookup(name))
        bucket->put("key", std::to_string(random()));
      break;
    default:
      if (auto bucket = kv.lookup(name))
        caf::anon_send_exit(bucket->actor(), caf::exit_reason::kill);
  }
}

/// Acts at random until told to stop.
void run_client(const std::stop_token& stop, const client& kv, uint64_t seed,
                complaints& to) {
  std::mt19937_64 random{seed};
  while (!stop.stop_requested()) {
    try {
      act(kv, random);
    } catch (const failure& x) {
      to.add(x.reason());
    } catch (const std::exception& x) {
      to.add(std::string{x.what()});
    }
  }
}

tree_options patient_tree() {
  tree_options result;
  result.flags.intensity = 1000;
  result.flags.period = std::chrono::seconds{1};
  return result;
}

/// Waits, busily, until `done` holds; the deadline is generous.
template <class F>
bool await(F done) {
  auto deadline = std::chrono::steady_clock::now()
                  + test::live_fixture::deadline;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::yield();
  }
  return true;
}

struct stress_fixture : test::live_fixture {
  stress_fixture() : live_fixture(patient_tree()) {
    // nop
  }

  /// Returns the events by number; fails on a repetition that is not marked.
  std::map<uint64_t, bucket_event> distinct_events() {
    std::map<uint64_t, bucket_event> result;
    for (auto& x : events())
      if (!result.emplace(x.event.number, x.event).second && !x.event.replayed)
        FAIL_CHECK("event " << x.event.number << " was told twice unmarked");
    return result;
  }

  uint64_t child_count() {
    caf::scoped_actor self{sys};
    uint64_t result = 0;
    auto buckets = await_actor<otp::dynamic_supervisor_actor>(
      registry_state::bucket_supervisor_id);
    self->request(buckets, deadline, atom::count_children_v)
      .receive([&](const otp::child_counts& x) { result = x.active; },
               [](const caf::error& x) { FAIL(describe(x)); });
    return result;
  }

  /// Returns whether as many buckets are alive as there are entries and as
  /// events say.
  bool at_rest() {
    uint64_t alive = 0;
    for (auto& [number, x] : distinct_events())
      alive += x.kind == event_kind::create ? 1 : -1;
    return alive == names.size() && alive == child_count();
  }
};

} // namespace

TEST_CASE_METHOD(stress_fixture,
                 "names stay right while the registry is killed 200 times",
                 "[registry][live]") {
  auto seed = test::test_seed();
  CAPTURE(seed);
  complaints wrong;
  std::vector<std::jthread> clients;
  for (size_t i = 0; i < threads; ++i)
    clients.emplace_back([&, i](const std::stop_token& stop) {
      run_client(stop, client, seed + i, wrong);
    });
  for (size_t i = 0; i < registry_deaths; ++i)
    restart_registry();
  clients.clear();
  wrong.check();
  REQUIRE(await([this] { return at_rest(); }));

  SECTION("no event is missing") {
    auto all = distinct_events();
    REQUIRE_FALSE(all.empty());
    CHECK(all.begin()->first == 1);
    CHECK(all.rbegin()->first == all.size());
  }
  SECTION("a name has one bucket at a time") {
    std::map<std::string, bucket_actor> living;
    for (auto& [number, x] : distinct_events()) {
      if (x.kind == event_kind::create) {
        CHECK(living.emplace(x.name, x.bucket).second);
      } else {
        CHECK(living[x.name] == x.bucket);
        living.erase(x.name);
      }
    }
    for (auto& [name, bucket] : living)
      CHECK(lookup(name) == bucket);
  }
  SECTION("every entry is monitored") {
    names.for_each([this](const bucket_entry& x) { kill(x.bucket.actor); });
    CHECK(await([this] { return names.size() == 0 && at_rest(); }));
  }
}
