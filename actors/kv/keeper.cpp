#include "actors/kv/keeper.hpp"

#include "actors/base/error.hpp"
#include "actors/kv/kept_step.hpp"
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

// -- waking -------------------------------------------------------------------

void keeper::wake() {
  {
    std::lock_guard guard{mtx_};
    if (!std::exchange(idle_, false))
      return;
  }
  changed_.notify_all();
}

// -- telling ------------------------------------------------------------------

void keeper::put(bool strings, std::string_view name, std::string_view key,
                 std::string_view value, deadline expires) {
  tell_field({.what = op::put,
              .strings = strings,
              .name = name,
              .key = key,
              .value = value,
              .number = number_of(expires)});
}

void keeper::erase(bool strings, std::string_view name, std::string_view key) {
  tell_field({.what = op::erase, .strings = strings, .name = name, .key = key});
}

void keeper::clear(bool strings, std::string_view name) {
  tell_field({.what = op::clear, .strings = strings, .name = name});
}

void keeper::create(const kept_bucket& x) {
  auto mode = modes_.begin(x.name);
  tell({.what = op::create,
        .ephemeral = x.ephemeral,
        .mode = mode,
        .name = x.name,
        .number = number_of(x.expires)},
       mode_of_existence(mode));
}

void keeper::describe(const kept_bucket& x) {
  auto mode = modes_.find(x.name);
  tell({.what = op::describe,
        .ephemeral = x.ephemeral,
        .mode = mode,
        .name = x.name,
        .number = number_of(x.expires)},
       mode_of_existence(mode));
}

void keeper::drop(std::string_view name) {
  auto how = mode_of_existence(modes_.find(name));
  modes_.forget(name);
  tell({.what = op::drop, .name = name}, how);
}

// That there is a bucket is kept, whatever is kept of its fields.
durability keeper::mode_of_existence(std::optional<durability> own) const {
  return own == durability::always ? durability::always : options_.mode;
}

void keeper::note_event(uint64_t number) {
  tell({.what = op::event, .number = static_cast<int64_t>(number)},
       options_.mode);
}

void keeper::tell_field(const kept_change& x) {
  auto how = x.strings ? options_.mode : mode_of(x.name);
  if (how != durability::none)
    tell(x, how);
}

void keeper::tell(const kept_change& x, durability how) {
  auto wants_sync = how == durability::always;
  if (kept_step::is_active()) {
    kept_step::add(x, wants_sync);
    return;
  }
  kept_changes one;
  one.add(x);
  append(one, wants_sync);
}

uint64_t keeper::append(const kept_changes& xs, bool wants_sync) {
  std::unique_lock lock{mtx_};
  inbox_.changes.add(xs);
  inbox_.wants_sync = inbox_.wants_sync || wants_sync;
  auto result = ++told_;
  auto must_wake = std::exchange(idle_, false);
  lock.unlock();
  if (must_wake)
    changed_.notify_all();
  return result;
}

// -- waiting ------------------------------------------------------------------

uint64_t keeper::told() const {
  std::lock_guard guard{mtx_};
  return told_;
}

void keeper::when_kept(uint64_t position, answer f) {
  std::unique_lock lock{mtx_};
  if (position <= kept_) {
    lock.unlock();
    f({});
    return;
  }
  inbox_.waiting.push_back({position, std::move(f)});
  auto must_wake = std::exchange(idle_, false);
  lock.unlock();
  if (must_wake)
    changed_.notify_all();
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
  {
    std::lock_guard guard{mtx_};
    inbox_.must_sync = true;
    inbox_.waiting.push_back({told_, std::move(f)});
  }
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
  add_job([this, dir = std::move(dir),
           f = std::move(f)](durable_engine& engine) { copy(engine, dir, f); });
}

void keeper::add_job(job x) {
  {
    std::lock_guard guard{mtx_};
    inbox_.jobs.push_back(std::move(x));
  }
  wake();
}

} // namespace kv
