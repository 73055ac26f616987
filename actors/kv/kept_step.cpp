#include "actors/kv/kept_step.hpp"

namespace kv {

// Steps keep its memory.
kept_step::told_changes& kept_step::told() {
  static thread_local told_changes result;
  return result;
}

void kept_step::add(const kept_change& x, bool wants_sync) {
  auto& mine = told();
  mine.changes.add(x);
  mine.wants_sync = mine.wants_sync || wants_sync;
}

void kept_step::begin(keeper* k) {
  keeper_ = k;
  active = true;
}

bool kept_step::end(keeper::answer f) {
  constexpr size_t most_spare = size_t{1} << 20;
  active = false;
  auto* k = std::exchange(keeper_, nullptr);
  auto& spare = told();
  if (spare.changes.empty())
    return false;
  // Whatever is thrown: what has been told is not told again.
  auto [changes, wants_sync] = std::exchange(spare, {});
  auto large = changes.bytes() > most_spare;
  k->thread_.append(changes, wants_sync, std::move(f));
  changes.clear();
  if (!large)
    spare.changes = std::move(changes);
  return true;
}

} // namespace kv
