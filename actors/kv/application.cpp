#include "actors/kv/application.hpp"

#include "actors/base/in_place.hpp"

#include <caf/send.hpp>

#include <memory>
#include <utility>

namespace kv {

namespace {

otp::supervisor_actor start_tree(caf::actor_system& sys,
                                 const ets::owner<otp::names_table>& actors,
                                 tree_options options, tree_readers& readers) {
  // Not by `whereis`: a tree that gives up at once has no tables by then.
  auto init = make_tree(std::move(options), actors.reader(), &readers);
  auto ended = std::make_shared<mailslot<caf::unit_t>>();
  auto watched = [&](caf::local_actor* self) {
    self->attach_functor([ended](const caf::error&) { ended->put(caf::unit); });
    return init(self);
  };
  auto root = otp::start_root(sys, actors.writer(), watched);
  if (!root) {
    // What had started still ends in order; after that nothing is left of it.
    constexpr auto patience = std::chrono::minutes{1};
    ended->take(std::chrono::steady_clock::now() + patience);
    throw failure{root.error()};
  }
  return *root;
}

} // namespace

application::application(caf::actor_system& sys, tree_options options)
  : sys_(&sys),
    actors_({.name = "kv.names"}),
    actors_reader_(actors_.reader()),
    root_(start_tree(sys, actors_, std::move(options), readers_)) {
  // nop
}

application::~application() {
  stop();
  // Every child has a deadline; this one is for a handler that blocks.
  wait(std::chrono::minutes{1});
}

client application::client() const {
  return {*sys_, readers_, actors_reader_, root_};
}

void application::on_end(std::function<void(const caf::error&)> f) const {
  caf::actor_cast<caf::abstract_actor*>(root_)->attach_functor(std::move(f));
}

void application::stop() const {
  caf::anon_send_exit(root_, caf::exit_reason::user_shutdown);
}

bool application::wait(std::chrono::milliseconds timeout) const {
  auto slot = std::make_shared<mailslot<caf::unit_t>>();
  on_end([slot](const caf::error&) { slot->put(caf::unit); });
  auto deadline = std::chrono::steady_clock::now() + timeout;
  return static_cast<bool>(slot->take(deadline));
}

} // namespace kv
