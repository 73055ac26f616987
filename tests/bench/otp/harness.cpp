#include "tests/bench/otp/harness.hpp"

#include "actors/base/awake_workers.hpp"

#include <caf/send.hpp>

#include <array>
#include <cstdio>
#include <future>
#include <memory>
#include <stdexcept>

namespace kv::bench {

caf::actor_system_config&
running_system::configure(caf::actor_system_config& cfg) {
  use_awake_workers(cfg);
  cfg.set("scheduler.max-threads", size_t{1});
  return cfg;
}

running_system::running_system() : sys(configure(cfg_)) {
  // nop
}

void running_tree::start(const otp::init_function& init) {
  auto made = otp::start_root(sys, names.writer(), init);
  if (!made)
    throw std::runtime_error("the tree does not start");
  root = *made;
}

running_tree::~running_tree() {
  if (!root)
    return;
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  caf::actor_cast<caf::abstract_actor*>(root)->attach_functor(
    [ended] { ended->set_value(); });
  caf::anon_send_exit(root, caf::exit_reason::kill);
  root = nullptr;
  future.wait();
}

std::string worker_name(size_t i) {
  std::array<char, 32> buffer{};
  auto n = std::snprintf(buffer.data(), buffer.size(), "worker-%09zu", i);
  return {buffer.data(), static_cast<size_t>(n)};
}

void kill_all(const std::vector<server_actor>& xs) {
  for (auto& x : xs)
    caf::anon_send_exit(x, caf::exit_reason::kill);
}

} // namespace kv::bench
