#include "actors/kv/kept_modes.hpp"

namespace kv {

std::optional<durability> kept_modes::find(std::string_view bucket) const {
  if (!any_.load(std::memory_order_acquire))
    return std::nullopt;
  std::shared_lock guard{mtx_};
  auto i = modes_.find(bucket);
  return i != modes_.end() ? std::optional{i->second} : std::nullopt;
}

void kept_modes::set(std::string_view bucket, durability mode) {
  std::lock_guard guard{mtx_};
  modes_.insert_or_assign(std::string{bucket}, mode);
  any_ = true;
}

void kept_modes::forget(std::string_view bucket) {
  if (!any_.load(std::memory_order_acquire))
    return;
  std::lock_guard guard{mtx_};
  if (auto i = modes_.find(bucket); i != modes_.end())
    modes_.erase(i);
}

bool kept_modes::want(std::string_view bucket, durability mode) {
  std::lock_guard guard{mtx_};
  auto i = wanted_.try_emplace(std::string{bucket}, wish{mode, 0}).first;
  if (i->second.mode != mode)
    return false;
  ++i->second.count;
  any_ = true;
  return true;
}

void kept_modes::unwant(std::string_view bucket) {
  std::lock_guard guard{mtx_};
  auto i = wanted_.find(bucket);
  if (i != wanted_.end() && --i->second.count == 0)
    wanted_.erase(i);
}

std::optional<durability> kept_modes::begin(std::string_view bucket) {
  if (!any_.load(std::memory_order_acquire))
    return std::nullopt;
  std::lock_guard guard{mtx_};
  auto i = wanted_.find(bucket);
  if (i == wanted_.end()) {
    if (auto old = modes_.find(bucket); old != modes_.end())
      modes_.erase(old);
    return std::nullopt;
  }
  modes_.insert_or_assign(std::string{bucket}, i->second.mode);
  return i->second.mode;
}

} // namespace kv
