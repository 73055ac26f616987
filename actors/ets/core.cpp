#include "actors/ets/core.hpp"

#include "actors/ets/directory.hpp"
#include "actors/ets/epoch.hpp"

#include <memory>
#include <mutex>

namespace kv::ets::detail {

namespace {

std::uint64_t next_id() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

} // namespace

core_base::core_base(ets::access access) noexcept
  : access_(access), id_(next_id()) {
  // nop
}

core_base::~core_base() {
  delete named_;
}

void core_base::register_name(std::string name, const std::type_info& type) {
  auto entry
    = std::make_unique<name_entry>(name_entry{std::move(name), &type, this});
  directory::instance().add(*entry);
  named_ = entry.release();
}

void core_base::shut() noexcept {
  {
    std::lock_guard guard{lock_};
    closed_.store(true);
  }
  if (named_ != nullptr)
    directory::instance().remove(*named_);
}

void core_base::sweep_later(void (*sweep)(core_base*) noexcept) noexcept {
  if (sweep_queued_.exchange(true, std::memory_order_relaxed))
    return;
  try {
    defer({this, sweep});
    ref();
  } catch (const std::bad_alloc&) {
    sweep_started(); // the next write tries again
  }
}

void core_base::after_readers(void (*drain)(core_base*) noexcept) noexcept {
  ref();
  if (is_pinned()) {
    defer({this, drain});
    return;
  }
  drain(this);
}

table_info core_base::base_info() const {
  check_open();
  table_info result;
  result.id = id_;
  result.access = access_;
  result.named = named_ != nullptr;
  if (result.named) {
    result.name = named_->name;
    result.bytes = sizeof(name_entry);
  }
  return result;
}

} // namespace kv::ets::detail
