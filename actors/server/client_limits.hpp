#pragma once

#include <chrono>
#include <cstddef>

namespace kv::server {

/// What one client may cost: who exceeds it is dropped, without an answer.
struct client_limits {
  /// Bytes of requests that are not complete.
  size_t input = size_t{1} << 30;

  /// Bytes of answers that it has not read yet.
  size_t output = size_t{64} << 20;

  /// The same, for those who do not catch up within `lasting`.
  size_t lasting_output = size_t{16} << 20;
  std::chrono::milliseconds lasting{30'000};

  /// How long it may be silent, unless it listens to events; 0: for ever.
  std::chrono::milliseconds idle{0};

  /// How long it may take to say the password, if there is one.
  std::chrono::milliseconds authentication{60'000};

  /// How long it may take to agree on a key, with TLS.
  std::chrono::milliseconds handshake{10'000};
};

} // namespace kv::server
