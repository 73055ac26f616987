#include "actors/kv/bucket.hpp"

#include "actors/kv/keeper.hpp"
#include "actors/kv/kept_answer.hpp"
#include "actors/otp/direct_behavior.hpp"
#include "actors/otp/shared_behavior.hpp"

#include <string>
#include <utility>

namespace kv {

bucket_state::bucket_state(handle_type::pointer self,
                           ets::owner<fields_table> fields,
                           shared_text bucket_name, liveness life)
  : self_(self),
    name_(std::move(bucket_name)),
    life_(std::move(life)),
    fields_(std::move(fields)) {
  // nop
}

bucket_state::~bucket_state() {
  touching mark{name_.view()};
  close();
}

void bucket_state::close() noexcept {
  life_.end();
  fields_.close();
}

bool refuse_bucket_task(caf::type_erased_tuple& content,
                        const caf::error& reason) {
  if (!content.match_elements<bucket_task>())
    return false;
  auto& work = *content.get_as<bucket_task>(0).work;
  if (!work.may_be_refused())
    return false;
  work.refuse(reason);
  return true;
}

bucket_task ends_when_empty(bool value) {
  class work final : public bucket_work {
  public:
    explicit work(bool value) : value_(value) {
      // nop
    }

    void run(const bucket_fields& fields) override {
      fields.ends_when_empty(value_);
    }

    bool may_end_bucket() const noexcept override {
      return false; // what fills it comes later
    }

    bool may_be_refused() const noexcept override {
      return false; // whoever has created the bucket has been told so
    }

  private:
    bool value_;
  };
  return {std::make_shared<work>(value)};
}

void bucket_state::show(otp::inspection& out) const {
  out.state = std::string{name_.view()} + ", " + std::to_string(fields_.size())
              + " fields";
  if (auto* k = keeper::of_process())
    if (auto mode = k->modes().find(name_.view()))
      out.state += ", durability " + to_string(*mode);
}

bucket_actor::behavior_type bucket_state::make_behavior() {
  static const auto shared = otp::direct_behavior<handle_type>(
    otp::handler<&bucket_state::get>{}, otp::handler<&bucket_state::put>{},
    otp::handler<&bucket_state::erase>{}, otp::handler<&bucket_state::keys>{},
    otp::handler<&bucket_state::size>{}, otp::handler<&bucket_state::run>{});
  return shared;
}

optional_bytes bucket_state::get(atom::get, const std::string& key) const {
  optional_bytes result;
  fields_.visit(key, [&](const field& x) { result = x.value; });
  return result;
}

caf::result<caf::ok_atom> bucket_state::put(atom::put, std::string& key,
                                            std::string& value) {
  return answer_when_kept<caf::ok_atom>(self_, name_.view(), [&] {
    fields().insert({key, value});
    return caf::ok_atom_v;
  });
}

caf::result<optional_bytes> bucket_state::erase(atom::erase,
                                                const std::string& key) {
  return answer_when_kept<optional_bytes>(self_, name_.view(),
                                          [&] { return fields().take(key); });
}

std::vector<std::string> bucket_state::keys(atom::keys) {
  std::vector<std::string> result;
  result.reserve(fields_.size());
  fields().for_each([&](const field& x) { result.emplace_back(x.key); });
  return result;
}

uint64_t bucket_state::size(atom::size) const {
  return fields_.size();
}

void bucket_state::run(const bucket_task& task) {
  kept_step step;
  task.work->run(fields());
  if (task.work->may_end_bucket())
    end_if_empty();
  answer_when_kept(step, task);
}

void bucket_state::end_if_empty() {
  if (!ends_when_empty_ || fields_.size() > 0)
    return;
  // Closed first: whoever hears of this work finds no bucket any more, and what
  // is still in the mailbox goes unanswered, that is, to a successor.
  touching mark{name_.view()};
  close();
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]]
    k->drop(name_.view());
  self_->quit();
}

} // namespace kv
