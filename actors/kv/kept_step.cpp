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

uint64_t kept_step::end() {
  constexpr size_t most_spare = size_t{1} << 20;
  active = false;
  auto* k = std::exchange(keeper_, nullptr);
  auto& [changes, wants_sync] = told();
  if (changes.empty())
    return 0;
  auto result = k->append(changes, std::exchange(wants_sync, false));
  if (changes.bytes() > most_spare)
    changes = {};
  changes.clear();
  return result;
}

bool kept_step::wait(keeper::answer f) {
  auto* k = keeper_;
  auto position = end();
  if (position == 0)
    return false;
  k->when_kept(position, std::move(f));
  return true;
}

} // namespace kv
