// Registries: named children started, keys registered, the death of many.

#include "actors/otp/dynamic_supervisor.hpp"
#include "actors/otp/registry.hpp"

#include "tests/bench/common/calls.hpp"
#include "tests/bench/otp/harness.hpp"

#include <stdexcept>
#include <thread>

namespace kv::bench {

namespace {

constexpr size_t starts = 50'000;

using unique_names = otp::unique_keys<std::string, int>;
using topics = otp::duplicate_keys<std::string, int>;

/// A registry beside a dynamic supervisor.
template <class Keys>
class registry_tree : public running_tree {
public:
  registry_tree() {
    start([this](caf::local_actor* self) {
      otp::supervisor_init init;
      all = otp::registry<Keys>::add_to(init, self, names.reader(), {id});
      auto start_worker = [](caf::local_actor* parent, const std::string&) {
        return otp::start<server_state>(parent);
      };
      init.children.push_back(
        {workers_id, otp::starts<otp::dynamic_supervisor_state>(
                       otp::tagged_start_function{start_worker})});
      return init;
    });
    entries = ets::whereis<typename Keys::table>(id);
  }

  ~registry_tree() {
    all = {};
  }

  otp::dynamic_supervisor_actor workers() const {
    return otp::whereis<otp::dynamic_supervisor_actor>(names.reader(),
                                                       workers_id);
  }

  otp::registry_actor<Keys> registry() const {
    return otp::whereis<otp::registry_actor<Keys>>(names.reader(), id);
  }

  otp::registry<Keys> all;
  ets::reader<typename Keys::table> entries;

private:
  static constexpr const char* id = "bench.registry";
  static constexpr const char* workers_id = "bench.workers";
};

/// Starts named workers from an actor, so many at a time: a start, then a
/// registration.
class creator {
public:
  using tree = registry_tree<unique_names>;

  creator(tree& x, caf::event_based_actor* self, std::function<void()> done)
    : self_(self),
      workers_(x.workers()),
      registry_(x.registry()),
      done_(std::move(done)) {
    // nop
  }

  void step() {
    if (next_ == starts)
      return;
    auto n = next_++;
    self_
      ->request(workers_, caf::infinite, atom::start_child_v, uint64_t{n},
                std::string{})
      .then([this, n](atom::started, const otp::start_result& x) {
        give_name(n, x.ptr);
      });
  }

private:
  void give_name(size_t n, const caf::strong_actor_ptr& who) {
    self_
      ->request(registry_, caf::infinite, atom::register_name_v,
                otp::registration<unique_names>{worker_name(n), who, 0})
      .then([this](caf::ok_atom) {
        if (++named_ == starts)
          done_();
        else
          step();
      });
  }

  caf::event_based_actor* self_;
  otp::dynamic_supervisor_actor workers_;
  otp::registry_actor<unique_names> registry_;
  std::function<void()> done_;
  size_t next_ = 0;
  size_t named_ = 0;
};

double create(size_t outstanding) {
  creator::tree tree;
  auto from = clock::now();
  run_in_actor(tree.sys, [&](caf::event_based_actor* self, auto done) {
    auto* x = new creator{tree, self, done};
    self->attach_functor([x] { delete x; });
    for (size_t i = 0; i < outstanding; ++i)
      x->step();
  });
  auto seconds = since(from);
  if (tree.entries.size() != starts)
    throw std::logic_error("an entry is missing");
  return mops(starts, seconds);
}

// One actor under many keys.
double register_from_thread() {
  creator::tree tree;
  auto hdl = tree.sys.spawn<otp::state_actor<server_state>>();
  auto who = caf::actor_cast<caf::strong_actor_ptr>(hdl);
  auto from = clock::now();
  for (size_t i = 0; i < starts; ++i)
    tree.all.register_name(worker_name(i), who);
  auto seconds = since(from);
  if (tree.entries.size() != starts)
    throw std::logic_error("an entry is missing");
  kill_all({hdl});
  return mops(starts, seconds);
}

/// Registers `count` actors, kills them all, and waits until no entry is left.
template <class Keys, class KeyOf>
double die(size_t count, KeyOf key_of) {
  registry_tree<Keys> tree;
  std::vector<server_actor> owners;
  for (size_t i = 0; i < count; ++i) {
    owners.push_back(tree.sys.template spawn<otp::state_actor<server_state>>());
    auto err = tree.all.register_name(
      key_of(i), caf::actor_cast<caf::strong_actor_ptr>(owners.back()));
    if (err)
      throw std::logic_error("an owner was not registered");
  }
  auto from = clock::now();
  kill_all(owners);
  while (tree.entries.size() > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return since(from);
}

double owners(size_t count) {
  return die<unique_names>(count, worker_name);
}

double subscribers(size_t count) {
  return die<topics>(count, [](size_t) { return "topic"; });
}

} // namespace

std::vector<measurement> name_measurements() {
  return {
    {"create", "one.actor", "Mops/s", "otp create one", "elixir",
     [] { return create(1); }},
    {"create", "64.actor", "Mops/s", "otp create 64", "elixir",
     [] { return create(64); }},
    {"register", "one.thread", "Mops/s", "otp register one", "elixir",
     register_from_thread},
    {"death", "owners.10k", "s", "otp death owners.10k", "elixir",
     [] { return owners(10'000); }},
    {"death", "owners.100k", "s", "otp death owners.100k", "elixir",
     [] { return owners(100'000); }},
    {"death", "subscribers.10k", "s", "otp death subscribers.10k", "elixir",
     [] { return subscribers(10'000); }},
    // Elixir's time for these is in minutes: quadratic.
    {"death", "subscribers.100k", "s", "", "",
     [] { return subscribers(100'000); }},
  };
}

} // namespace kv::bench
