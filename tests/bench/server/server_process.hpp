#pragma once

#include "tests/support/process.hpp"
#include "tests/support/reserved_port.hpp"

#include <cstdint>
#include <string>

namespace kv::bench {

/// A server under test; it ends with this.
class server_process {
public:
  /// Starts it and waits until it answers PING.
  /// @param command Words, quoted as in inline commands; `{port}` stands for a
  ///                free port.
  /// Errors: throws `std::runtime_error`.
  explicit server_process(const std::string& command);

  uint16_t port() const {
    return port_.number();
  }

  /// Returns the CPU seconds that its living threads have used.
  double cpu_seconds() const;

  /// Returns the bytes it has in memory.
  double resident_bytes() const;

private:
  test::reserved_port port_;
  test::process process_;
};

} // namespace kv::bench
