#pragma once

#include "actors/ets/key.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace kv {

/// Immutable text whose copies share one block: 8 bytes each, for text that
/// stands in several tables at once.
/// Thread safety: like a `std::shared_ptr`.
class shared_text {
public:
  shared_text() noexcept = default;

  /// Copies `text`. Complexity: O(text).
  explicit shared_text(std::string_view text) : block_(make(text)) {
    // nop
  }

  shared_text(const shared_text& other) noexcept : block_(other.block_) {
    if (block_ != nullptr)
      block_->references.fetch_add(1, std::memory_order_relaxed);
  }

  shared_text(shared_text&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)) {
    // nop
  }

  shared_text& operator=(shared_text other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }

  ~shared_text() {
    if (block_ != nullptr
        && block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      ::operator delete(block_);
  }

  std::string_view view() const noexcept {
    if (block_ == nullptr)
      return {};
    return {static_cast<const char*>(text_of(block_)), block_->size};
  }

  /// Reads the text ahead, so that a `view` that follows does not wait.
  void prefetch() const noexcept {
    __builtin_prefetch(block_);
  }

  operator std::string_view() const noexcept { // NOLINT: it is its text
    return view();
  }

  friend bool operator==(const shared_text& x, std::string_view y) noexcept {
    return x.view() == y;
  }

private:
  /// Followed by the text.
  struct block {
    std::atomic<uint32_t> references;
    uint32_t size;
  };

  static void* text_of(block* x) noexcept {
    return x + 1;
  }

  static block* make(std::string_view text) {
    auto size = static_cast<uint32_t>(text.size());
    auto* result = new (::operator new(sizeof(block) + size)) block{1, size};
    std::memcpy(text_of(result), text.data(), size);
    return result;
  }

  block* block_ = nullptr;
};

} // namespace kv

/// Looked up by a view of the text: no allocation.
template <>
struct kv::ets::key_traits<kv::shared_text>
  : kv::ets::key_traits<std::string_view> {};
