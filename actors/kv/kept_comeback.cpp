#include "actors/kv/kept_comeback.hpp"

#include "actors/base/log.hpp"
#include "actors/kv/expiry_agenda.hpp"

#include <utility>

namespace kv {

namespace {

/// Makes tables of what an engine tells.
class table_maker : public kept_receiver {
public:
  explicit table_maker(const ets::write_operations<fields_table>* strings,
                       kept_comeback::progress on_progress = {})
    : strings_(strings), on_progress_(std::move(on_progress)) {
    // nop
  }

  void start_over() override {
    buckets.clear();
    tables.clear();
    field_count = string_count = bytes_ = 0;
    if (strings_ != nullptr)
      strings_->clear();
  }

  void bucket(kept_bucket x) override {
    buckets.push_back(std::move(x));
    tables.emplace_back();
  }

  void put(bool strings, field x) override {
    if (strings) // what buckets have is noted once they have their names
      expiry_agenda::of_process().note(expiry_kind::strings, {}, x.expires);
    ++(strings ? string_count : field_count);
    bytes_ += x.key.size() + x.value.size();
    constexpr uint64_t step = 1024;
    if (on_progress_ && (field_count + string_count) % step == 0)
      on_progress_(field_count + string_count, bytes_);
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
  kept_comeback::progress on_progress_;
  uint64_t bytes_ = 0;
};

} // namespace

// -- loading ------------------------------------------------------------------

kept_comeback::found
kept_comeback::load_all(durable_engine& engine,
                        const ets::write_operations<fields_table>& strings,
                        const progress& on_progress) {
  auto begin = std::chrono::steady_clock::now();
  table_maker made{&strings, on_progress};
  auto kept = engine.load(made);
  found result{kept.last_event, {}};
  report_.damage = std::move(kept.damage);
  report_.strings = made.string_count;
  report_.fields = made.field_count;
  buckets_.emplace();
  for (size_t i = 0; i < made.buckets.size(); ++i) {
    auto& x = made.buckets[i];
    auto expired = !x.expires.is_never() && x.expires.passed(deadline::now());
    // Nobody has created it, and what it was made for never came.
    if (expired || (x.ephemeral && made.tables[i].size() == 0)) {
      result.unwanted.push_back(std::move(x.name));
      continue;
    }
    tables_.emplace(x.name, std::move(made.tables[i]));
    buckets_->push_back(std::move(x));
  }
  report_.buckets = buckets_->size();
  report_.took = std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::steady_clock::now() - begin);
  return result;
}

kept_state kept_comeback::load_one(durable_engine& engine,
                                   const std::string& name) {
  table_maker made{nullptr};
  try {
    if (!engine.load_bucket(name, made))
      return kept_state::lost;
  } catch (const std::exception& reason) {
    log::error("bucket " + name + " cannot be loaded: " + reason.what());
    return kept_state::unread;
  }
  std::lock_guard guard{mtx_};
  tables_.insert_or_assign(name, std::move(made.tables.front()));
  return kept_state::loaded;
}

// -- the start ----------------------------------------------------------------

std::optional<std::vector<kept_bucket>> kept_comeback::take_buckets() {
  std::lock_guard guard{mtx_};
  return std::exchange(buckets_, std::nullopt);
}

void kept_comeback::all_back() {
  std::lock_guard guard{mtx_};
  all_back_ = true;
  changed_.notify_all();
}

bool kept_comeback::wait_back(std::chrono::milliseconds timeout) const {
  std::unique_lock lock{mtx_};
  return changed_.wait_for(lock, timeout, [this] { return all_back_; });
}

// -- buckets ------------------------------------------------------------------

ets::owner<fields_table> kept_comeback::take_table(const std::string& name) {
  std::lock_guard guard{mtx_};
  auto i = tables_.find(name);
  if (i == tables_.end())
    return ets::owner<fields_table>{};
  auto result = std::move(i->second);
  tables_.erase(i);
  return result;
}

} // namespace kv
