#include "actors/base/log.hpp"
#include "actors/kv/expiry_agenda.hpp"
#include "actors/kv/keeper.hpp"

#include <utility>

namespace kv {

// -- the start ----------------------------------------------------------------

namespace {

/// Makes tables of what an engine tells.
class table_maker : public kept_receiver {
public:
  using progress = std::function<void(uint64_t, uint64_t)>;

  explicit table_maker(const ets::write_operations<fields_table>* strings,
                       progress on_progress = {})
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
    auto kind = strings ? expiry_kind::strings : expiry_kind::fields;
    std::string_view name;
    if (!strings)
      name = buckets.back().name;
    expiry_agenda::of_process().note(kind, name, x.expires);
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
  progress on_progress_;
  uint64_t bytes_ = 0;
};

} // namespace

void keeper::recover(const ets::write_operations<fields_table>& strings) {
  auto begin = std::chrono::steady_clock::now();
  table_maker made{&strings, options_.on_recovery};
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
    if (x.mode)
      modes_.set(x.name, *x.mode);
    expiry_agenda::of_process().note(expiry_kind::bucket, x.name, x.expires);
    loaded_.emplace(x.name, std::move(made.tables[i]));
    recovered_->push_back(std::move(x));
  }
  report_.buckets = recovered_->size();
  report_.took = std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::steady_clock::now() - begin);
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
  add_job(std::move(work));
}

void keeper::list(std::function<void(std::vector<std::string>)> done) {
  add_job(
    [done = std::move(done)](durable_engine& engine) { done(engine.list()); });
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

} // namespace kv
