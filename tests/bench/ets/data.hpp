#pragma once

#include "actors/ets/key.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kv::bench {

/// What a handle counts references to; one cache line, as the control block of
/// an actor.
struct alignas(64) counted {
  std::atomic<std::uint64_t> references{1};
};

/// 16 bytes whose copy counts references. The objects belong to nobody: they
/// outlive all tables.
class handle {
public:
  handle() = default;

  explicit handle(std::size_t i);

  handle(const handle& other) noexcept : to_(other.to_), id_(other.id_) {
    if (to_ != nullptr)
      to_->references.fetch_add(1, std::memory_order_relaxed);
  }

  handle(handle&& other) noexcept : to_(other.to_), id_(other.id_) {
    other.to_ = nullptr;
  }

  handle& operator=(handle other) noexcept {
    std::swap(to_, other.to_);
    id_ = other.id_;
    return *this;
  }

  ~handle() {
    if (to_ != nullptr)
      to_->references.fetch_sub(1, std::memory_order_acq_rel);
  }

  std::uint64_t id() const noexcept {
    return id_;
  }

private:
  counted* to_ = nullptr;
  std::uint64_t id_ = 0;
};

static_assert(sizeof(handle) == 16);

/// The other kind of value.
class blob {
public:
  blob() = default;

  explicit blob(std::size_t i) {
    words_.fill(i);
  }

  std::uint64_t id() const noexcept {
    return words_[0];
  }

private:
  std::array<std::uint64_t, 8> words_{};
};

/// The hash that every C++ map gets: the table's own.
struct key_hash {
  using is_avalanching = void;
  using is_transparent = void;

  std::size_t operator()(std::string_view key) const noexcept {
    return ets::key_traits<std::string_view>::hash(key);
  }
};

/// Returns key `i`: 16 bytes that look random, the same in every run.
std::string key_at(std::uint64_t i);

/// The number of the key that begins with this word.
std::uint64_t number_of(std::uint64_t word) noexcept;

/// What all keys begin with where they have a long beginning in common.
inline constexpr std::string_view common_prefix
  = "/accounts/2026/europe/customers/";

/// How often keys are drawn.
enum class distribution { uniform, zipf };

/// Returns `count` keys drawn from [first, first + rows).
std::vector<std::string> draw_keys(std::uint64_t first, std::uint64_t rows,
                                   distribution how, std::size_t count,
                                   std::uint64_t seed);

} // namespace kv::bench
