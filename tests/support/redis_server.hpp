#pragma once

#include "tests/support/line_client.hpp"
#include "tests/support/process.hpp"
#include "tests/support/reserved_port.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace kv::test {

/// A redis-server of its own on a free port of 127.0.0.1, which keeps nothing
/// on disk; it ends with this, or with the thread that made it.
/// Errors: what fails or lasts too long throws `std::runtime_error`.
class redis_server {
public:
  /// @param options More of its options, as `{"--requirepass", "secret"}`.
  explicit redis_server(const std::vector<std::string>& options = {})
    : process_(command(port_.number(), options)) {
    constexpr auto most_lines = 50;
    std::string said;
    for (auto i = 0; i < most_lines; ++i) {
      auto line = process_.read_line();
      if (line.ends_with("Ready to accept connections"))
        return;
      if (!line.empty())
        said += line + '\n';
    }
    throw std::runtime_error("redis-server does not start: " + said
                             + process_.err());
  }

  uint16_t port() const {
    return port_.number();
  }

  pid_t id() const {
    return process_.id();
  }

  /// Returns all that it answers to `requests` on a connection of their own.
  std::string talk(std::string_view requests) const {
    return line_client{port()}.talk(requests);
  }

private:
  static std::vector<std::string>
  command(uint16_t port, const std::vector<std::string>& options) {
    std::vector<std::string> result{"setpriv",
                                    "--pdeathsig",
                                    "KILL",
                                    "redis-server",
                                    "--port",
                                    std::to_string(port),
                                    "--bind",
                                    "127.0.0.1",
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "no",
                                    "--enable-debug-command",
                                    "yes"};
    result.insert(result.end(), options.begin(), options.end());
    return result;
  }

  reserved_port port_;
  process process_;
};

} // namespace kv::test
