#include "actors/ets/epoch.hpp"

#include <thread>
#include <utility>

namespace kv::ets::detail {

namespace {

constinit std::atomic<epoch_record*> all_records{nullptr};

void release_record(epoch_record* record) noexcept {
  record->exiting = false;
  record->taken.store(false, std::memory_order_release);
}

// Returns this thread's record when the thread ends. What runs even later
// borrows a record for one visit at a time.
struct detacher {
  bool armed = false;
  ~detacher();
};

constinit thread_local bool thread_is_ending = false;
thread_local detacher at_thread_exit;

detacher::~detacher() {
  thread_is_ending = true;
  if (auto* record = std::exchange(this_record, nullptr))
    release_record(record);
}

epoch_record* reuse_record() noexcept {
  for (auto* record = all_records.load(); record; record = record->next)
    if (!record->taken.load(std::memory_order_relaxed)
        && !record->taken.exchange(true, std::memory_order_acquire))
      return record;
  return nullptr;
}

epoch_record* new_record() {
  auto* record = new epoch_record;
  record->next = all_records.load(std::memory_order_relaxed);
  while (!all_records.compare_exchange_weak(record->next, record)) {
    // retry
  }
  return record;
}

} // namespace

epoch_record* attach_thread() {
  auto* record = reuse_record();
  if (record == nullptr)
    record = new_record();
  record->exiting = thread_is_ending;
  if (!thread_is_ending)
    at_thread_exit.armed = true; // constructs it, which arms its destructor
  this_record = record;
  return record;
}

void run_deferred(epoch_record* record) noexcept {
  auto works = std::exchange(record->later, {});
  if (record->exiting) {
    this_record = nullptr;
    release_record(record);
  }
  for (auto& work : works)
    work.run(work.core);
}

bool no_reader_since(std::uint64_t tag) noexcept {
  for (auto* record = all_records.load(); record; record = record->next) {
    const auto epoch = record->pin.load();
    if (epoch != idle_epoch && epoch <= tag) {
      current_epoch.value.compare_exchange_strong(tag, tag + 1);
      return false;
    }
  }
  return true;
}

void drain_readers() noexcept {
  const auto tag = epoch_tag();
  while (!no_reader_since(tag))
    std::this_thread::yield();
}

void defer(deferred work) {
  this_record->later.push_back(work);
}

} // namespace kv::ets::detail
