#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kv::bench {

enum class verb : uint8_t { get, set, hget, hset };

/// What the clients of a server do.
struct load {
  verb what;
  size_t connections;
  size_t buckets;  ///< Over which the fields of HGET and HSET are spread.
  size_t pipeline; ///< Requests that a connection sends at once.
};

/// What the clients saw.
struct load_result {
  size_t requests;
  double seconds;
  double median; ///< Microseconds from a batch's sending to its last reply.
  double p99;    ///< Microseconds, of the same.
};

/// Keys, fields and values have 16 bytes; every load uses this many of them.
constexpr size_t load_keys = 100'000;

/// Writes whatever `x` will read or overwrite.
/// Errors: a reply other than expected throws `std::runtime_error`.
void prepare_load(uint16_t port, const load& x);

/// Runs the clients on this thread: each sends a batch of requests for keys at
/// random when it has the replies to the last one.
/// Errors: a reply other than expected throws `std::runtime_error`.
load_result run_load(uint16_t port, const load& x,
                     std::chrono::duration<double> duration);

/// Connections that do nothing, each after one PING.
class idle_connections {
public:
  idle_connections(uint16_t port, size_t count);

  idle_connections(const idle_connections&) = delete;

  idle_connections& operator=(const idle_connections&) = delete;

  ~idle_connections();

private:
  std::vector<int> sockets_;
};

/// Sends requests one batch after the other and compares all their replies.
/// Errors: a reply other than expected throws `std::runtime_error`.
void ask(uint16_t port, std::string_view requests, std::string_view replies);

} // namespace kv::bench
