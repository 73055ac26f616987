// Restarts, many children, memory per child.

#include "actors/otp/dynamic_supervisor.hpp"
#include "actors/otp/via.hpp"

#include "tests/bench/common/calls.hpp"
#include "tests/bench/common/memory.hpp"
#include "tests/bench/otp/harness.hpp"

#include <caf/send.hpp>

#include <stdexcept>
#include <thread>

namespace kv::bench {

namespace {

constexpr size_t kills = 501;
constexpr size_t parts = 100'000;

/// Kills a server again and again, from an actor, and measures each time until
/// the next one has answered.
class killer {
public:
  killer(const otp::resolver& who, caf::event_based_actor* self,
         std::vector<double>& times, std::function<void()> done)
    : self_(self),
      who_(who),
      server_(otp::via<server_actor>(self->home_system(), who)),
      times_(times),
      done_(std::move(done)) {
    // nop
  }

  void step() {
    from_ = clock::now();
    self_->send_exit(caf::actor_cast<server_actor>(who_.now()),
                     caf::exit_reason::kill);
    // By name: whoever answers, it is the next one.
    self_->request(server_, caf::infinite, atom::get_v, int64_t{1})
      .then([this](int64_t) {
        times_.push_back(since(from_) * 1e6);
        if (times_.size() < kills)
          step();
        else
          done_();
      });
  }

private:
  caf::event_based_actor* self_;
  otp::resolver who_;
  server_actor server_;
  std::vector<double>& times_;
  std::function<void()> done_;
  clock::time_point from_;
};

double restart() {
  running_tree tree;
  tree.start([](caf::local_actor*) {
    otp::supervisor_init init;
    init.flags.intensity = 2 * kills;
    init.children.push_back({"server", otp::starts<server_state>()});
    return init;
  });
  auto who = otp::child_name(tree.names.reader(), tree.root, "server");
  std::vector<double> times;
  run_in_actor(tree.sys, [&](caf::event_based_actor* self, auto done) {
    auto* x = new killer{who, self, times, done};
    self->attach_functor([x] { delete x; });
    x->step();
  });
  return median(times);
}

double children(size_t count) {
  std::vector<otp::child_spec> specs;
  for (size_t i = 0; i < count; ++i)
    specs.push_back({worker_name(i), otp::starts<server_state>()});
  running_tree tree;
  auto from = clock::now();
  tree.start([&](caf::local_actor*) {
    otp::supervisor_init init;
    init.children = specs;
    return init;
  });
  auto ended = std::make_shared<std::promise<void>>();
  caf::actor_cast<caf::abstract_actor*>(tree.root)->attach_functor(
    [ended] { ended->set_value(); });
  caf::anon_send_exit(tree.root, caf::exit_reason::user_shutdown);
  tree.root = nullptr;
  ended->get_future().wait();
  return since(from);
}

/// All children end by themselves, and their supervisor keeps their specs.
double ends(size_t count) {
  std::vector<otp::child_spec> specs;
  for (size_t i = 0; i < count; ++i)
    specs.push_back(
      {worker_name(i), otp::starts<server_state>(), otp::restart::transient});
  running_tree tree;
  tree.start([&](caf::local_actor*) {
    otp::supervisor_init init;
    init.children = specs;
    return init;
  });
  std::vector<caf::strong_actor_ptr> all;
  tree.names.for_each([&](auto& x) { all.push_back(x.actor); });
  auto from = clock::now();
  for (auto& x : all)
    caf::anon_send_exit(caf::actor_cast<caf::actor>(x),
                        caf::exit_reason::user_shutdown);
  while (tree.names.size() > 0)
    std::this_thread::yield();
  return since(from);
}

double memory() {
  running_tree tree;
  tree.start([](caf::local_actor*) {
    otp::supervisor_init init;
    auto start = [](caf::local_actor* parent, const std::string&) {
      return otp::start<server_state>(parent);
    };
    init.children.push_back(
      {"workers", otp::starts<otp::dynamic_supervisor_state>(
                    otp::tagged_start_function{start})});
    return init;
  });
  auto workers = otp::whereis<otp::dynamic_supervisor_actor>(
    tree.names.reader(), "workers");
  auto start = [&](size_t n) {
    call_from_actor<atom::started, otp::start_result>(
      tree.sys, n, 1, [&](caf::event_based_actor* self, size_t i) {
        return self->request(workers, caf::infinite, atom::start_child_v,
                             uint64_t{i}, std::string{});
      });
  };
  start(1);
  auto before = allocated();
  start(parts);
  return static_cast<double>(allocated() - before) / parts;
}

} // namespace

std::vector<measurement> supervision_measurements() {
  return {
    {"restart", "server", "us", "otp restart server", "erlang", restart},
    {"children", "1k", "s", "otp children 1k", "erlang",
     [] { return children(1000); }},
    {"children", "10k", "s", "otp children 10k", "erlang",
     [] { return children(10'000); }},
    {"children", "10k.ends", "s", "", "", [] { return ends(10'000); }},
    {"memory", "child", "bytes", "otp memory child", "elixir", memory},
  };
}

} // namespace kv::bench
