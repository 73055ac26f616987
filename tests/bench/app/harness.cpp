#include "tests/bench/app/harness.hpp"

#include "actors/base/awake_workers.hpp"

#include <array>
#include <cstdio>
#include <thread>

namespace kv::bench {

namespace {

caf::actor_system_config& configure(caf::actor_system_config& cfg) {
  use_awake_workers(cfg);
  cfg.set("scheduler.max-threads", size_t{1}); // as `kv serve` on 2 cores
  return cfg;
}

} // namespace

std::string bucket_name(size_t i) {
  std::array<char, 32> buffer{};
  auto n = std::snprintf(buffer.data(), buffer.size(), "bucket-%09zu", i);
  return {buffer.data(), static_cast<size_t>(n)};
}

running_application::running_application()
  : sys(configure(cfg_)),
    app(std::make_unique<application>(sys)),
    client(app->client()),
    counter_(std::make_unique<subscription>(
      client.subscribe([this](const bucket_event& x) {
        if (x.kind == event_kind::create)
          ++creates_;
        else if (++exits_ == awaited_)
          exits_.notify_all(); // once, as the peer tells its own caller
      }))) {
  // nop
}

running_application::~running_application() {
  app.reset();
}

void running_application::await_exits(uint64_t n) {
  awaited_ = n;
  for (auto seen = exits_.load(); seen < n; seen = exits_.load())
    exits_.wait(seen);
}

} // namespace kv::bench
