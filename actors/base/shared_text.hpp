#pragma once

#include "actors/ets/key.hpp"
#include "actors/ets/read_ahead.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace kv {

/// Immutable text for rows of tables: 24 bytes, in which up to 23 bytes of text
/// are kept; copies of a longer one share one block.
/// Thread safety: like a `std::shared_ptr`.
class shared_text {
public:
  shared_text() noexcept = default;

  /// Copies `text`. Complexity: O(text).
  explicit shared_text(std::string_view text) {
    if (text.size() <= most_inline) {
      std::memcpy(bytes_.data(), text.data(), text.size());
      bytes_.back() = static_cast<char>(text.size());
      return;
    }
    auto* fresh = make(text);
    std::memcpy(bytes_.data(), &fresh, sizeof(void*));
    bytes_.back() = in_block;
  }

  shared_text(const shared_text& other) noexcept : bytes_(other.bytes_) {
    if (auto* shared = shared_block())
      shared->references.fetch_add(1, std::memory_order_relaxed);
  }

  shared_text(shared_text&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})) {
    // nop
  }

  shared_text& operator=(shared_text other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  ~shared_text() {
    auto* shared = shared_block();
    if (shared != nullptr
        && shared->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      ::operator delete(shared);
  }

  std::string_view view() const noexcept {
    if (const auto* shared = shared_block())
      return {static_cast<const char*>(text_of(shared)), shared->size};
    return {bytes_.data(), static_cast<unsigned char>(bytes_.back())};
  }

  size_t size() const noexcept {
    return view().size();
  }

  /// Returns how many bytes a longer text takes beside these.
  size_t heap_bytes() const noexcept {
    const auto* shared = shared_block();
    return shared == nullptr ? 0 : sizeof(block) + shared->size;
  }

  /// Reads the text ahead, so that a `view` that follows does not wait.
  void prefetch() const noexcept {
    if (const auto* shared = shared_block())
      ets::read_ahead(shared);
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

  static constexpr size_t most_inline = 23;
  static constexpr char in_block = most_inline + 1;

  static void* text_of(block* x) noexcept {
    return x + 1;
  }

  static const void* text_of(const block* x) noexcept {
    return x + 1;
  }

  static block* make(std::string_view text) {
    auto size = static_cast<uint32_t>(text.size());
    auto* result = new (::operator new(sizeof(block) + size)) block{1, size};
    std::memcpy(text_of(result), text.data(), size);
    return result;
  }

  block* shared_block() const noexcept {
    block* result = nullptr;
    if (bytes_.back() == in_block)
      std::memcpy(&result, bytes_.data(), sizeof(void*));
    return result;
  }

  /// The text, or the address of its block; last its size, or `in_block`.
  alignas(void*) std::array<char, most_inline + 1> bytes_{};
};

} // namespace kv

/// Looked up by a view of the text: no allocation.
template <>
struct kv::ets::key_traits<kv::shared_text>
  : kv::ets::key_traits<std::string_view> {};
