#include "actors/kv/keeper.hpp"

#include "actors/base/error.hpp"
#include "actors/kv/wall_time.hpp"

#include <utility>

// What others than the keeper's thread call; see keeper_thread.cpp for what it
// does, and keeper_start.cpp for what comes back.

namespace kv {

namespace {

using op = kept_change::op;

int64_t number_of(deadline x) {
  return x.is_never() ? kept_changes::never : to_unix(x);
}

} // namespace

// -- kept_step ----------------------------------------------------------------

namespace {

/// What the step of this thread has told; steps keep its memory.
kept_changes& changes_of_step() {
  static thread_local kept_changes result;
  return result;
}

} // namespace

void kept_step::begin(keeper* k) {
  keeper_ = k;
  active = true;
}

uint64_t kept_step::end() {
  constexpr size_t most_spare = size_t{1} << 20;
  active = false;
  auto* k = std::exchange(keeper_, nullptr);
  auto& changes = changes_of_step();
  if (changes.empty())
    return 0;
  auto result = k->append(changes);
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

// -- telling ------------------------------------------------------------------

void keeper::put(bool strings, std::string_view name, std::string_view key,
                 std::string_view value, deadline expires) {
  tell({.what = op::put,
        .strings = strings,
        .name = name,
        .key = key,
        .value = value,
        .number = number_of(expires)});
}

void keeper::erase(bool strings, std::string_view name, std::string_view key) {
  tell({.what = op::erase, .strings = strings, .name = name, .key = key});
}

void keeper::clear(bool strings, std::string_view name) {
  tell({.what = op::clear, .strings = strings, .name = name});
}

void keeper::create(const kept_bucket& x) {
  tell({.what = op::create,
        .ephemeral = x.ephemeral,
        .name = x.name,
        .number = number_of(x.expires)});
}

void keeper::describe(const kept_bucket& x) {
  tell({.what = op::describe,
        .ephemeral = x.ephemeral,
        .name = x.name,
        .number = number_of(x.expires)});
}

void keeper::drop(std::string_view name) {
  tell({.what = op::drop, .name = name});
}

void keeper::note_event(uint64_t number) {
  tell({.what = op::event, .number = static_cast<int64_t>(number)});
}

void keeper::tell(const kept_change& x) {
  if (kept_step::active) {
    changes_of_step().add(x);
    return;
  }
  kept_changes one;
  one.add(x);
  append(one);
}

uint64_t keeper::append(const kept_changes& xs) {
  std::unique_lock lock{mtx_};
  inbox_.changes.add(xs);
  auto result = ++told_;
  wake();
  return result;
}

void keeper::wake() {
  if (std::exchange(idle_, false))
    changed_.notify_all();
}

// -- waiting ------------------------------------------------------------------

uint64_t keeper::told() const {
  std::lock_guard guard{mtx_};
  return told_;
}

void keeper::when_kept(uint64_t position, answer f) {
  {
    std::lock_guard guard{mtx_};
    if (position > kept_) {
      inbox_.waiting.push_back({position, std::move(f)});
      wake();
      return;
    }
  }
  f({});
}

caf::error keeper::refusal() const {
  if (!refuses())
    return {};
  std::lock_guard guard{mtx_};
  return failure_.empty() ? caf::error{}
                          : caf::make_error(ec::not_kept, failure_);
}

keeper_status keeper::status() const {
  std::lock_guard guard{mtx_};
  return {told_ - saved_, last_save_, failure_};
}

void keeper::save(answer f) {
  std::lock_guard guard{mtx_};
  inbox_.must_sync = true;
  inbox_.waiting.push_back({told_, std::move(f)});
  wake();
}

void keeper::checkpoint(std::string dir, answer f) {
  if (auto reason = refusal()) {
    f(reason);
    return;
  }
  if (copying_.exchange(true)) {
    f(caf::make_error(ec::running, std::string{"another copy is being made"}));
    return;
  }
  std::lock_guard guard{mtx_};
  inbox_.jobs.emplace_back(
    [this, dir = std::move(dir), f = std::move(f)](durable_engine& engine) {
      copy(engine, dir, f);
    });
  wake();
}

} // namespace kv
