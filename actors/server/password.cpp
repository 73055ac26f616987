#include "actors/server/password.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace kv::server {

// Digests have one length, so a comparison tells nothing of the password's.
password::digest password::digest_of(std::string_view text) {
  digest result;
  static_assert(sizeof(result) == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         result.data());
  return result;
}

void password::set(std::string_view text) {
  auto fresh = digest_of(text);
  std::lock_guard guard{mtx_};
  digest_ = fresh;
  required_ = !text.empty();
}

bool password::matches(std::string_view guess) const {
  auto guessed = digest_of(guess);
  std::lock_guard guard{mtx_};
  auto same = CRYPTO_memcmp(guessed.data(), digest_.data(), guessed.size());
  return same == 0 && required_;
}

} // namespace kv::server
