#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string_view>

namespace kv::server {

/// What clients have to know before they may do anything, if it is set. Only a
/// digest of it is kept.
/// Thread safety: any thread.
class password {
public:
  /// None: everybody may do everything.
  password() = default;

  explicit password(std::string_view text) {
    set(text);
  }

  /// Replaces it for the clients to come. Empty: none.
  void set(std::string_view text);

  bool required() const noexcept {
    return required_;
  }

  /// Returns whether `guess` is the password, in a time that depends on the
  /// length of `guess` alone; false if none is set. Complexity: O(guess).
  bool matches(std::string_view guess) const;

private:
  static constexpr size_t digest_size = 32;
  using digest = std::array<unsigned char, digest_size>;

  static digest digest_of(std::string_view text);

  mutable std::mutex mtx_;
  std::atomic<bool> required_ = false;
  digest digest_{};
};

} // namespace kv::server
