#include "actors/kv/keeper.hpp"

#include "actors/base/error.hpp"
#include "actors/kv/kept_step.hpp"
#include "actors/kv/wall_time.hpp"

#include <stdexcept>
#include <utility>

namespace kv {

namespace {

using op = kept_change::op;

int64_t number_of(deadline x) {
  return x.is_never() ? kept_changes::never : to_unix(x);
}

kept_changes event_number(uint64_t x) {
  kept_changes result;
  result.add({.what = op::event, .number = static_cast<int64_t>(x)});
  return result;
}

} // namespace

keeper::keeper(std::unique_ptr<durable_engine> engine, keeper_options options)
  : options_(std::move(options)),
    thread_(std::move(engine), options_.patience) {
  keeper* none = nullptr;
  if (!instance.compare_exchange_strong(none, this))
    throw std::logic_error("there is a keeper already");
}

keeper::~keeper() {
  end();
}

void keeper::end() {
  if (of_process() != this)
    return; // it has ended, or there was one before
  instance.store(nullptr, std::memory_order_release);
  if (numbers_.begun()) // what was reserved is not needed any more
    thread_.append(event_number(numbers_.last()), true);
  thread_.end();
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
  if (auto bound = numbers_.take(number))
    thread_.append(event_number(*bound), true);
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
  thread_.append(one, wants_sync);
}

// -- the start, and after a crash ---------------------------------------------

void keeper::recover(const ets::write_operations<fields_table>& strings) {
  auto found = comeback_.load_all(thread_.engine(), strings,
                                  options_.on_recovery);
  thread_.write_first(event_number(numbers_.begin_after(found.last_event)));
  for (const auto& name : found.unwanted)
    drop(name);
  comeback_.for_each([this](const kept_bucket& x) {
    if (x.mode)
      modes_.set(x.name, *x.mode);
  });
  if (options_.threaded)
    thread_.begin();
}

void keeper::load(std::string name, std::function<void(kept_state)> done) {
  thread_.add_job([this, name = std::move(name),
                   done = std::move(done)](durable_engine& engine) {
    done(comeback_.load_one(engine, name));
  });
}

void keeper::list(std::function<void(std::vector<std::string>)> done) {
  thread_.add_job(
    [done = std::move(done)](durable_engine& engine) { done(engine.list()); });
}

} // namespace kv
