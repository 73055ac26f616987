#include "actors/ets/core.hpp"

#include "actors/ets/directory.hpp"
#include "actors/ets/epoch.hpp"

#include <memory>
#include <mutex>
#include <random>

namespace kv::ets::detail {

namespace {

std::uint64_t next_seed() {
  static const bool seeded = [] {
    std::random_device random;
    process_seed = std::uint64_t{random()} << 32 | random();
    return true;
  }();
  static_cast<void>(seeded);
  static constinit std::atomic<std::uint64_t> last{0};
  const auto id = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return process_seed ^ id * seed_step;
}

} // namespace

core_base::core_base(ets::access access) : access_(access), seed_(next_seed()) {
  // nop
}

core_base::~core_base() {
  delete named_.load(std::memory_order_relaxed);
}

void core_base::throw_closed() {
  throw error(errc::no_such_table);
}

name_entry& core_base::entry() {
  auto* result = named_.load(std::memory_order_acquire);
  if (result == nullptr) { // Owners are used by one thread at a time.
    result = new name_entry{.core = this};
    named_.store(result, std::memory_order_release);
  }
  return *result;
}

void core_base::register_name(std::string name, const type_entry& type) {
  auto& mine = entry();
  mine.type = &type;
  directory::instance().add(mine, std::move(name));
}

void core_base::rename(std::string name) {
  check_open();
  directory::instance().rename(entry(), std::move(name));
}

void core_base::set_heir(std::function<void(core_base*)> heir) {
  check_open();
  directory::instance().swap_heir(entry(), heir);
}

std::function<void(core_base*)> core_base::take_heir() noexcept {
  std::function<void(core_base*)> result;
  if (auto* mine = named_.load(std::memory_order_relaxed))
    directory::instance().swap_heir(*mine, result);
  return result;
}

void core_base::shut() noexcept {
  {
    std::lock_guard guard{lock_};
    closed_.store(true);
  }
  if (auto* mine = named_.load(std::memory_order_relaxed))
    directory::instance().remove(*mine);
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
  result.id = id();
  result.access = access();
  result.readers = pinned_threads();
  if (const auto* mine = named_.load(std::memory_order_acquire))
    directory::instance().describe(*mine, result);
  return result;
}

} // namespace kv::ets::detail
