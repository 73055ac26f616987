#include "actors/kv/bucket.hpp"

#include <utility>

namespace kv {

bucket_state::bucket_state(handle_type::pointer self,
                           ets::owner<fields_table> fields)
  : self_(self), fields_(std::move(fields)) {
  // nop
}

bucket_task ends_when_empty(bool value) {
  class work final : public bucket_work {
  public:
    explicit work(bool value) : value_(value) {
      // nop
    }

    void run(bucket_state& bucket) override {
      bucket.ends_when_empty(value_);
    }

  private:
    bool value_;
  };
  return {std::make_shared<work>(value)};
}

bucket_actor::behavior_type bucket_state::make_behavior() {
  return {
    [this](atom::get, const std::string& key) { return get(key); },
    [this](atom::put, std::string& key, std::string& value) {
      fields_.insert({std::move(key), std::move(value)});
      return caf::ok_atom_v;
    },
    [this](atom::erase, const std::string& key) { return erase(key); },
    [this](atom::keys) {
      std::vector<std::string> result;
      result.reserve(fields_.size());
      fields_.for_each([&](const field& x) { result.push_back(x.key); });
      return result;
    },
    [this](atom::size) { return static_cast<uint64_t>(fields_.size()); },
    [this](const bucket_task& task) { task.work->run(*this); },
  };
}

void bucket_state::end_if_empty() {
  if (!ends_when_empty_ || fields_.size() > 0)
    return;
  // Closed first: whoever hears of this work finds no bucket any more, and what
  // is still in the mailbox goes unanswered, that is, to a successor.
  fields_.close();
  self_->quit();
}

optional_bytes bucket_state::get(const std::string& key) const {
  optional_bytes result;
  fields_.visit(key, [&](const field& x) { result = x.value; });
  return result;
}

optional_bytes bucket_state::erase(const std::string& key) {
  if (auto old = fields_.take(key))
    return std::move(old->value);
  return std::nullopt;
}

} // namespace kv
