#pragma once

#include "actors/base/log.hpp"
#include "actors/kv/durable.hpp"
#include "actors/server/io_method.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace kv::app {

/// What the program's exit status means.
enum class exit_status : int {
  ok = 0,
  failed = 1,        ///< It did not work, or there is no such thing.
  usage = 2,         ///< The command line is wrong.
  no_connection = 3, ///< There is no server, or it does not let us in.
  configuration = 4, ///< A file or an environment variable is wrong.
  gave_up = 5,       ///< The tree reached its restart intensity.
  stuck = 70,        ///< It did not end in time; a line says who blocks.
  overloaded = 75,   ///< Try again later.
};

/// The program's options, checked. `option_table` describes each of them.
struct options {
  std::string bind;                  ///< A numeric IPv4 or IPv6 address.
  std::string host;                  ///< For clients; empty: `bind`.
  std::optional<uint16_t> line_port; ///< None: no line server. 0: any free one.
  std::optional<uint16_t> resp_port; ///< The same for Redis clients.
  unsigned io_threads = 1;
  server::io_method io_method = server::io_method::automatic;
  unsigned max_clients = 0;
  std::chrono::seconds stop_time{10};   ///< From a signal to the end.
  std::chrono::seconds idle_timeout{0}; ///< 0: clients may be silent.
  std::string tls_cert;                 ///< Empty: no TLS.
  std::string tls_key;
  std::string tls_ca;        ///< Empty: clients need no certificate.
  std::string password;      ///< What KV_PASSWORD said, unless a file counts.
  std::string password_file; ///< Empty: none.
  std::string data_dir;      ///< Empty: nothing is kept.
  durability mode = durability::everysec;
  log::level log_level = log::level::info;
  std::string log_file;          ///< Empty: standard error.
  std::vector<std::string> with; ///< Example actor types to start.
  std::string config_file; ///< As the user named it. Empty: none was read.
};

/// Why the program does not start. `what()` is one line that says where the
/// mistake is and what was expected.
class refusal : public std::runtime_error {
public:
  refusal(exit_status status, const std::string& line)
    : std::runtime_error(line), status_(status) {
    // nop
  }

  exit_status status() const noexcept {
    return status_;
  }

private:
  exit_status status_;
};

} // namespace kv::app
