#include "app/actor_types.hpp"

#include "actors/examples/bucket_census.hpp"
#include "actors/examples/cache.hpp"
#include "actors/examples/counter.hpp"
#include "actors/examples/hsum_command.hpp"
#include "actors/examples/presence.hpp"
#include "actors/examples/price_board.hpp"
#include "actors/examples/rate_limiter.hpp"
#include "actors/examples/session_store.hpp"
#include "actors/examples/worker_pool.hpp"

#include <map>

namespace kv::app {

namespace {

/// The actor types that can be started by name: a new one is one line here.
const std::map<std::string, otp::start_function>& actor_types() {
  static const std::map<std::string, otp::start_function> instance{
    {"bucket_census", otp::starts<examples::bucket_census_state>()},
    {"cache", otp::starts<examples::cache_state>()},
    {"cashier", otp::starts<examples::cashier_state>()},
    {"counter", otp::starts<examples::counter_state>()},
    {"hsum", examples::start_hsum_command},
    {"presence", examples::start_presence},
    {"price_board", otp::starts<examples::price_board_state>()},
    {"rate_limiter", otp::starts<examples::rate_limiter_state>()},
    {"session_store", otp::starts<examples::session_store_state>()},
    {"worker_pool", otp::starts<examples::worker_pool_state>(
                      examples::job_function{examples::reversed})},
  };
  return instance;
}

} // namespace

std::vector<std::string> actor_type_names() {
  std::vector<std::string> result;
  for (const auto& [name, start] : actor_types())
    result.push_back(name);
  return result;
}

otp::child_spec actor_type_spec(const std::string& name) {
  return {name, actor_types().at(name)};
}

} // namespace kv::app
