#include "app/actor_types.hpp"

#include "actors/examples/counter.hpp"

#include <map>

namespace kv::app {

namespace {

/// The actor types that can be started by name: a new one is one line here.
const std::map<std::string, otp::start_function>& actor_types() {
  static const std::map<std::string, otp::start_function> instance{
    {"counter", otp::starts<examples::counter_state>()},
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
