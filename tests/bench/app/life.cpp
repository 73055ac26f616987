// Mass death, restart of the registry, memory per bucket.

#include "tests/bench/app/harness.hpp"
#include "tests/bench/common/memory.hpp"

#include <caf/send.hpp>

#include <stdexcept>

namespace kv::bench {

namespace {

constexpr size_t buckets = 100'000;

double exit_all() {
  running_application app;
  std::vector<bucket_actor> handles;
  for (size_t i = 0; i < buckets; ++i)
    handles.push_back(app.client.create(bucket_name(i)).actor());
  auto from = clock::now();
  for (auto& x : handles)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  app.await_exits(buckets);
  auto result = since(from);
  if (app.client.names().size() != 0)
    throw std::logic_error("an entry is left");
  return result;
}

double restart() {
  running_application app;
  for (size_t i = 0; i < buckets; ++i)
    app.client.create(bucket_name(i));
  auto name = bucket_name(0);
  auto bucket = app.client.lookup(name);
  auto registry = otp::whereis<registry_actor>(app.app->actors(),
                                               registry_state::name);
  auto from = clock::now();
  caf::anon_send_exit(registry, caf::exit_reason::kill);
  // A create that the old one still answers does not count.
  while (otp::whereis<registry_actor>(app.app->actors(), registry_state::name)
         == registry)
    std::this_thread::yield();
  if (app.client.create(name) != *bucket)
    throw std::logic_error("the bucket has changed");
  return since(from);
}

double memory() {
  running_application app;
  app.client.create("warm-up");
  auto before = allocated();
  for (size_t i = 0; i < buckets; ++i)
    app.client.create(bucket_name(i));
  return static_cast<double>(allocated() - before) / buckets;
}

} // namespace

std::vector<measurement> life_measurements() {
  return {
    {"exit", "100k", "s", "exit 100k", "elixir", exit_all},
    {"restart", "100k", "s", "restart 100k", "elixir", restart},
    {"memory", "bucket", "bytes", "memory bucket", "elixir", memory},
  };
}

} // namespace kv::bench
