#pragma once

#include <caf/actor_system_config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// CAF's configuration. It is filled by `load_settings`, never by CAF itself,
/// which would read `./caf-application.ini` and the command line once more and
/// drop whatever it does not expect.
class config : public caf::actor_system_config {
public:
  config();

  /// Returns the keys that a configuration file may set, with their sections:
  /// those of CAF's core.
  std::vector<std::string> keys() const;

  /// Returns whether `name` is a section of `keys()`.
  bool has_section(std::string_view name) const;

  /// Returns whether `key` is one of `keys()`.
  bool has_key(std::string_view key) const;

  /// Returns what `key` expects, as in `a number from 1 to 256`.
  /// @pre `has_key(key)`
  std::string expectation(std::string_view key) const;

  /// Returns whether `key` may have that value.
  /// @pre `has_key(key)`
  bool accepts(std::string_view key, const caf::config_value& value) const;
};

} // namespace kv::app
