#pragma once

#include "actors/ets/lines.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <new>
#include <string>
#include <type_traits>

namespace kv::ets::detail {

/// Whether the key of a row is a string that is a part of it, whose text is
/// perhaps elsewhere.
template <class Row, class KeyFn>
concept has_string_key = requires(const KeyFn& key_of, const Row& row) {
  { key_of(row) } -> std::same_as<const std::string&>;
};

/// Whether a node of so many bytes gets a cache line.
constexpr bool fills_line(std::size_t bytes) noexcept {
  return bytes > 48 && bytes <= line_size;
}

/// The alignment of a node of so many bytes.
template <class Row>
constexpr std::size_t node_alignment(std::size_t bytes) noexcept {
  return fills_line(bytes) ? line_size : std::max(alignof(Row), alignof(void*));
}

/// Where nodes come from: those that are a line from the pool of lines, all
/// others from the heap.
template <std::size_t Alignment>
struct node_memory {
  static void* operator new(std::size_t bytes) {
    if (is_line(bytes))
      return allocate_line();
    if constexpr (is_over_aligned)
      return ::operator new (bytes, std::align_val_t{Alignment});
    else
      return ::operator new(bytes);
  }

  static void operator delete(void* node, std::size_t bytes) noexcept {
    if (is_line(bytes))
      free_line(node);
    else if constexpr (is_over_aligned)
      ::operator delete (node, bytes, std::align_val_t{Alignment});
    else
      ::operator delete(node, bytes);
  }

private:
  static constexpr bool is_over_aligned = Alignment
                                          > __STDCPP_DEFAULT_NEW_ALIGNMENT__;

  static constexpr bool is_line(std::size_t bytes) noexcept {
    return Alignment == line_size && bytes == line_size;
  }
};

} // namespace kv::ets::detail
