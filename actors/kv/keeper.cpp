#include "actors/kv/keeper.hpp"

#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/kv/expiry_agenda.hpp"
#include "actors/kv/wall_time.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

// Invariants
// I1  Changes reach the engine in the order in which they were told.
// I2  What waits for a position is answered without an error only after the
//     engine has taken everything up to it, and in mode `always` has it on the
//     disk.
// I3  What the engine may not have on the disk is in `unsynced_`: after a
//     failure it is written again, before anything that was told later.
// I4  Nobody is called with the mutex held.

namespace kv {

namespace {

constexpr std::chrono::seconds sync_interval{1};

int64_t number_of(deadline x) {
  return x.is_never() ? kept_changes::never : to_unix(x);
}

using op = kept_change::op;
using steady = std::chrono::steady_clock;

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
  std::lock_guard guard{mtx_};
  inbox_.jobs.emplace_back(
    [dir = std::move(dir), f = std::move(f)](durable_engine& engine) {
      std::thread{[copy = engine.checkpoint(dir), f] {
        caf::error result;
        try {
          copy();
        } catch (const durable_failure& reason) {
          result = caf::make_error(ec::not_kept, std::string{reason.what()});
        }
        f(result);
      }}.detach();
    });
  wake();
}

// -- the start ----------------------------------------------------------------

namespace {

/// Makes tables of what an engine tells.
class table_maker : public kept_receiver {
public:
  explicit table_maker(const ets::write_operations<fields_table>* strings)
    : strings_(strings) {
    // nop
  }

  void start_over() override {
    buckets.clear();
    tables.clear();
    field_count = string_count = 0;
    if (strings_ != nullptr)
      strings_->clear();
  }

  void bucket(kept_bucket x) override {
    buckets.push_back(std::move(x));
    tables.emplace_back();
  }

  void put(bool strings, field x) override {
    auto kind = strings ? expiry_kind::strings : expiry_kind::fields;
    std::string_view name;
    if (!strings)
      name = buckets.back().name;
    expiry_agenda::of_process().note(kind, name, x.expires);
    ++(strings ? string_count : field_count);
    if (!strings)
      tables.back().insert(std::move(x));
    else if (strings_ != nullptr)
      strings_->insert(std::move(x));
  }

  std::vector<kept_bucket> buckets;
  std::vector<ets::owner<fields_table>> tables;
  uint64_t field_count = 0;
  uint64_t string_count = 0;

private:
  const ets::write_operations<fields_table>* strings_;
};

} // namespace

void keeper::recover(const ets::write_operations<fields_table>& strings) {
  auto begin = steady::now();
  table_maker made{&strings};
  auto found = engine_->load(made);
  report_.damage = std::move(found.damage);
  last_event_ = found.last_event;
  report_.strings = made.string_count;
  report_.fields = made.field_count;
  recovered_.emplace();
  for (size_t i = 0; i < made.buckets.size(); ++i) {
    auto& x = made.buckets[i];
    auto expired = !x.expires.is_never() && x.expires.passed(deadline::now());
    // Nobody has created it, and what it was made for never came.
    if (expired || (x.ephemeral && made.tables[i].size() == 0)) {
      drop(x.name);
      continue;
    }
    expiry_agenda::of_process().note(expiry_kind::bucket, x.name, x.expires);
    loaded_.emplace(x.name, std::move(made.tables[i]));
    recovered_->push_back(std::move(x));
  }
  report_.buckets = recovered_->size();
  report_.took = std::chrono::duration_cast<std::chrono::milliseconds>(
    steady::now() - begin);
}

std::optional<std::vector<kept_bucket>> keeper::take_recovered() {
  std::lock_guard guard{mtx_};
  return std::exchange(recovered_, std::nullopt);
}

void keeper::load(std::string name,
                  std::function<void(std::optional<kept_bucket>)> done) {
  auto work = [this, name = std::move(name),
               done = std::move(done)](durable_engine& engine) {
    table_maker made{nullptr};
    std::optional<kept_bucket> result;
    try {
      if (engine.load_bucket(name, made))
        result = std::move(made.buckets.front());
    } catch (const durable_failure& reason) {
      log::error("bucket " + name + " cannot be loaded: " + reason.what());
    }
    if (result) {
      std::lock_guard guard{mtx_};
      loaded_.insert_or_assign(name, std::move(made.tables.front()));
    }
    done(std::move(result));
  };
  std::lock_guard guard{mtx_};
  inbox_.jobs.emplace_back(std::move(work));
  wake();
}

void keeper::list(std::function<void(std::vector<std::string>)> done) {
  std::lock_guard guard{mtx_};
  inbox_.jobs.emplace_back(
    [done = std::move(done)](durable_engine& engine) { done(engine.list()); });
  wake();
}

void keeper::all_back() {
  std::lock_guard guard{mtx_};
  all_back_ = true;
  changed_.notify_all();
}

bool keeper::wait_back(std::chrono::milliseconds timeout) const {
  std::unique_lock lock{mtx_};
  return changed_.wait_for(lock, timeout, [this] { return all_back_; });
}

ets::owner<fields_table> keeper::take_loaded(const std::string& name) {
  std::lock_guard guard{mtx_};
  auto i = loaded_.find(name);
  if (i == loaded_.end())
    return ets::owner<fields_table>{};
  auto result = std::move(i->second);
  loaded_.erase(i);
  return result;
}

// -- the thread ---------------------------------------------------------------

keeper::keeper(std::unique_ptr<durable_engine> engine, keeper_options options)
  : engine_(std::move(engine)), options_(options), last_save_(unix_now()) {
  keeper* none = nullptr;
  if (!instance.compare_exchange_strong(none, this))
    throw std::logic_error("there is a keeper already");
  if (options_.threaded)
    thread_ = std::thread{[this] { run(); }};
}

keeper::~keeper() {
  instance.store(nullptr, std::memory_order_release);
  {
    std::lock_guard guard{mtx_};
    ends_ = true;
    inbox_.must_sync = true;
    wake();
  }
  if (thread_.joinable())
    thread_.join();
  else
    round();
  if (refuses())
    log::error("what was changed since then is not kept: " + failure_);
}

void keeper::run() {
  std::unique_lock lock{mtx_};
  for (;;) {
    if (inbox_.empty() && !untidy_) {
      idle_ = true;
      auto is_woken = [this] { return !idle_; };
      if (due_ == steady::time_point{})
        changed_.wait(lock, is_woken);
      else
        changed_.wait_until(lock, due_, is_woken);
      idle_ = false;
    }
    auto last = ends_;
    lock.unlock();
    round();
    lock.lock();
    if (last)
      return;
  }
}

bool keeper::commit() {
  return round() && !refuses();
}

bool keeper::round() {
  inbox work;
  {
    std::lock_guard guard{mtx_};
    std::swap(work, inbox_);
    work.position = told_;
  }
  auto due = due_ != steady::time_point{} && steady::now() >= due_;
  if (work.empty() && !due) {
    tidy();
    return untidy_;
  }
  work.must_sync = work.must_sync || due;
  if (refuses() && !(work.must_sync && retry()))
    put_off(work);
  else
    serve(work);
  return true;
}

void keeper::tidy() {
  untidy_ = false;
  if (refuses())
    return;
  try {
    untidy_ = engine_->tidy();
  } catch (const durable_failure& reason) {
    begin_to_refuse(reason.what());
  }
}

void keeper::put_off(inbox& work) {
  if (!work.changes.empty())
    unsynced_.push_back(std::move(work.changes));
  for (auto& x : work.jobs)
    stalled_.push_back(std::move(x));
  finish(work.waiting, refusal());
}

void keeper::serve(inbox& work) {
  untidy_ = true;
  work.must_sync = work.must_sync || options_.mode == durability::always;
  auto done = write(work);
  finish(work.waiting, done ? caf::error{} : refusal());
  for (auto& x : work.jobs)
    stalled_.push_back(std::move(x));
  if (!done)
    return;
  for (auto& x : std::exchange(stalled_, {}))
    x(*engine_);
}

bool keeper::write(inbox& work) {
  auto sync = work.must_sync;
  if (!work.changes.empty() || sync) {
    unsynced_.push_back(std::move(work.changes));
    try {
      engine_->append(unsynced_.back(), sync);
    } catch (const durable_failure& reason) {
      begin_to_refuse(reason.what());
      return false;
    }
  }
  if (sync) {
    unsynced_.clear();
    due_ = {};
  } else if (due_ == steady::time_point{} && !unsynced_.empty()) {
    due_ = steady::now() + sync_interval;
  }
  std::lock_guard guard{mtx_};
  kept_ = work.position;
  if (sync) {
    saved_ = kept_;
    last_save_ = unix_now();
  }
  return true;
}

bool keeper::retry() {
  try {
    engine_->reopen();
    kept_changes all;
    for (const auto& xs : unsynced_)
      all.add(xs);
    engine_->append(all, true);
  } catch (const durable_failure& reason) {
    begin_to_refuse(reason.what());
    return false;
  }
  unsynced_.clear();
  due_ = {};
  {
    std::lock_guard guard{mtx_};
    failure_.clear();
  }
  refuses_.store(false);
  log::info("the data directory can be written again");
  return true;
}

void keeper::begin_to_refuse(const std::string& reason) {
  auto first = !refuses();
  {
    std::lock_guard guard{mtx_};
    failure_ = reason;
  }
  refuses_.store(true);
  due_ = steady::now() + options_.patience;
  if (first)
    log::error("writes are refused: " + reason);
}

void keeper::finish(std::vector<waiter>& xs, const caf::error& reason) {
  for (auto& x : xs)
    x.f(reason);
  xs.clear();
}

} // namespace kv
