#pragma once

namespace kv::test {

/// How often something is done that is done `n` times without sanitizers, which
/// slow it down tenfold.
constexpr int scaled(int n) noexcept {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return n / 10;
#else
  return n;
#endif
}

} // namespace kv::test
