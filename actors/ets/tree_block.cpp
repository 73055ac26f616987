#include "actors/ets/tree_block.hpp"

#include <algorithm>
#include <memory>
#include <new>

namespace kv::ets::detail {

tree_block* tree_block::make(bool leaf, unsigned capacity,
                             std::string_view prefix) {
  prefix = prefix.substr(0, max_prefix);
  auto* block = ::operator new(bytes_for(leaf, capacity, prefix.size()));
  return ::new (block) tree_block(leaf, capacity, prefix);
}

void tree_block::destroy(tree_block* block) noexcept {
  const auto bytes = block->bytes();
  std::destroy_at(block);
  ::operator delete(block, bytes);
}

tree_block::tree_block(bool leaf, unsigned capacity,
                       std::string_view prefix) noexcept
  : capacity_(static_cast<std::uint8_t>(capacity)),
    prefix_size_(static_cast<std::uint8_t>(prefix.size())),
    leaf_(leaf) {
  std::uninitialized_value_construct_n(slots(), capacity + (leaf ? 0 : 1));
  auto* text = static_cast<char*>(const_cast<void*>(end()));
  std::copy(prefix.begin(), prefix.end(), text);
}

} // namespace kv::ets::detail
