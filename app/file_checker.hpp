#pragma once

#include "app/config.hpp"
#include "app/ini_file.hpp"
#include "app/offer.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv::app {

/// Checks what a configuration file says, all of it, and hands CAF its part.
class file_checker {
public:
  file_checker(config& cfg, const std::vector<std::string>& actor_types,
               std::string path);

  /// Returns what the file offers for our own options; puts the rest into the
  /// config and its origins, by key, into `caf_origins`.
  /// Errors: throws `refusal` with the mistake that comes first in the file.
  offers run(const ini_file& file,
             std::map<std::string, std::string>& caf_origins);

private:
  std::string at(int line) const;

  void add(int line, const std::string& key, const std::string& text);

  void add_mistake(const ini_mistake& x);

  void add_wrong_value(const std::string& key, int line, std::string_view text);

  void add_unknown_key(const std::string& key, int line);

  /// Says what is expected, and what would help: CAF's grammar has quotes.
  std::string describe(const option_spec& spec, std::string_view text) const;

  void check_section(const ini_section& x);

  /// Returns whether `x` is for CAF and correct; adds to `result` what is ours.
  bool check_entry(const ini_entry& x, offers& result);

  config& cfg_;
  const std::vector<std::string>& actor_types_;
  std::string path_;
  std::map<std::string, int> lines_; ///< Where each key was set first.
  std::vector<std::pair<int, std::string>> mistakes_;
};

} // namespace kv::app
