#include "actors/ets/epoch.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>

#include <thread>
#include <unistd.h>
#include <utility>

namespace kv::ets::detail {

namespace {

constinit std::atomic<epoch_record*> all_records{nullptr};

/// The epoch at the time of the last barrier: older biases are known to fail.
constinit std::atomic<std::uint64_t> last_barrier{0};

long membarrier(int command) noexcept {
  return syscall(SYS_membarrier, command, 0, 0); // NOLINT(*-vararg)
}

/// Whether threads may be biased. ThreadSanitizer does not know the barrier.
bool biases_work() noexcept {
#if defined(__SANITIZE_THREAD__)
  return false;
#else
  static const bool result
    = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
  return result;
#endif
}

void end_epoch(std::uint64_t epoch) noexcept {
  current_epoch.value.compare_exchange_strong(epoch, epoch + 1);
}

/// Makes the biased pins of all threads visible or void.
void barrier_on_all_threads() noexcept {
  const auto epoch = current_epoch.value.load();
  membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  auto last = last_barrier.load();
  while (last < epoch && !last_barrier.compare_exchange_weak(last, epoch)) {
    // retry
  }
}

bool is_pinned_since(const epoch_record& record, std::uint64_t tag) noexcept {
  const auto epoch = record.pin.load();
  return epoch != idle_epoch && epoch <= tag;
}

bool may_be_pinned_unseen(const epoch_record& record,
                          std::uint64_t tag) noexcept {
  const auto bias = record.bias.load();
  return bias != idle_epoch && bias <= tag && bias >= last_barrier.load()
         && &record != this_record;
}

void release_record(epoch_record* record) noexcept {
  record->exiting = false;
  record->attention = false;
  record->bias.store(idle_epoch);
  record->counted = idle_epoch;
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
  record->next = all_records.load(std::memory_order_acquire);
  do {
    record->number = record->next != nullptr ? record->next->number + 1 : 0;
  } while (!all_records.compare_exchange_weak(record->next, record));
  return record;
}

} // namespace

epoch_record* attach_thread() {
  auto* record = reuse_record();
  if (record == nullptr)
    record = new_record();
  record->exiting = thread_is_ending;
  record->attention = thread_is_ending;
  if (!thread_is_ending)
    at_thread_exit.armed = true; // constructs it, which arms its destructor
  this_record = record;
  return record;
}

void run_deferred(epoch_record* record) noexcept {
  record->attention = false;
  auto works = std::exchange(record->later, {});
  if (record->exiting) {
    this_record = nullptr;
    release_record(record);
  }
  for (auto& work : works)
    work.run(work.core);
}

void reconsider_bias(epoch_record& record, std::uint64_t epoch) noexcept {
  if (epoch != record.counted) {
    record.bias.store(idle_epoch);
    record.counted = epoch;
    record.pins = 0;
  } else if (biases_work()) {
    record.bias.store(epoch);
  }
}

bool no_reader_since(std::uint64_t tag, const epoch_record* except) noexcept {
  bool unseen = false;
  for (auto* record = all_records.load(); record; record = record->next) {
    // In this order: see invariant 6.
    unseen |= may_be_pinned_unseen(*record, tag);
    if (record != except && is_pinned_since(*record, tag)) {
      end_epoch(tag);
      return false;
    }
  }
  if (!unseen)
    return true;
  end_epoch(tag);
  barrier_on_all_threads();
  for (auto* record = all_records.load(); record; record = record->next)
    if (record != except && is_pinned_since(*record, tag))
      return false;
  return true;
}

std::size_t pinned_threads() noexcept {
  std::size_t result = 0;
  for (auto* record = all_records.load(); record; record = record->next)
    result += record->pin.load() != idle_epoch ? 1 : 0;
  return result;
}

void drain_readers() noexcept {
  const auto tag = epoch_tag();
  while (!no_reader_since(tag))
    std::this_thread::yield();
}

void defer(deferred work) {
  this_record->later.push_back(work);
  this_record->attention = true;
}

} // namespace kv::ets::detail
