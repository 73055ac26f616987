#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kv::ets::detail {

class core_base;

// Epoch-based reclamation, one domain for all tables. Invariants:
//
// 1. A thread inside a visit is pinned: its record holds the epoch it read on
//    entry; outside it holds idle_epoch. The pin is a sequentially consistent
//    exchange, and every load that may find a shared object comes after it.
// 2. What is removed is first made unreachable by a seq_cst store. Its tag is
//    the epoch loaded (seq_cst) afterwards.
// 3. No reader can hold it once no record holds an epoch in [1, tag]. Such a
//    scan (seq_cst loads) either sees a pin or comes before it in the single
//    order of seq_cst operations; in the latter case the reader's loads, which
//    are seq_cst as well, see the removal. A pin above the tag read an epoch
//    made after the removal and sees it for the same reason.
// 4. Unpinning is a release store which the scan's load acquires: whatever a
//    reader did happens before the release of what it read.
// 5. Records are never freed; those of ended threads are taken over by others.
// 6. A thread that has pinned itself many times in one epoch is biased to it:
//    its pins are plain stores, good only if the epoch, loaded afterwards, is
//    still the same. Who scans and meets a bias to an epoch up to the tag makes
//    a new epoch and then a barrier on all running threads (membarrier): a pin
//    from before the barrier is seen by the scan that follows; one from after
//    it finds the new epoch and pins itself as in 1. A bias is set by a seq_cst
//    store, so that the pins of a bias that the scan does not meet yet come
//    after the removal.

/// Work that must wait until this thread's outermost visit has ended.
struct deferred {
  core_base* core;
  void (*run)(core_base*) noexcept;
};

inline constexpr std::uint64_t idle_epoch = 0;

struct alignas(64) epoch_record {
  std::atomic<std::uint64_t> pin{idle_epoch};
  /// The epoch that the thread is biased to; idle_epoch if to none.
  std::atomic<std::uint64_t> bias{idle_epoch};
  /// How many exchanges have pinned the epoch `counted`.
  std::uint64_t counted = idle_epoch;
  std::uint32_t pins = 0;
  std::uint32_t depth = 0;
  /// How many records were there before this one.
  std::uint32_t number = 0;
  bool exiting = false;
  /// Whether something is to be done at the end of the outermost visit.
  bool attention = false;
  std::atomic<bool> taken{true};
  epoch_record* next = nullptr;
  std::vector<deferred> later;
};

struct alignas(64) epoch_counter {
  std::atomic<std::uint64_t> value{1};
};

inline constinit epoch_counter current_epoch;
inline constinit thread_local epoch_record* this_record = nullptr;

/// Pins that a thread pays for in full before it is biased: more than cover the
/// barrier (2 us) that undoes it, and make it a matter of less than one look-up
/// in a thousand.
inline constexpr std::uint32_t pins_until_bias = 16 << 10;

/// Starts to count the pins of `epoch`, or biases the thread to it.
void reconsider_bias(epoch_record& record, std::uint64_t epoch) noexcept;

/// Gives this thread a record.
epoch_record* attach_thread();

/// Runs what waited for the end of the outermost visit.
void run_deferred(epoch_record* record) noexcept;

/// Pins this thread for its lifetime; nests.
///
/// Complexity: one atomic exchange for the outermost, a plain store if the
/// thread is biased; none for nested ones.
class epoch_guard {
public:
  [[gnu::always_inline]] epoch_guard()
    : record_(this_record != nullptr ? this_record : attach_thread()) {
    if (record_->depth++ == 0)
      pin(*record_);
  }

  epoch_guard(const epoch_guard&) = delete;
  epoch_guard& operator=(const epoch_guard&) = delete;

  [[gnu::always_inline]] ~epoch_guard() {
    if (--record_->depth != 0)
      return;
    record_->pin.store(idle_epoch, std::memory_order_release);
    if (record_->attention) [[unlikely]]
      run_deferred(record_);
  }

private:
  [[gnu::always_inline]] static void pin(epoch_record& record) noexcept {
    const auto bias = record.bias.load(std::memory_order_relaxed);
    if (bias != idle_epoch) {
      record.pin.store(bias, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
      if (current_epoch.value.load() == bias)
        return;
    }
    const auto epoch = current_epoch.value.load();
    record.pin.exchange(epoch);
    if (epoch != record.counted || ++record.pins == pins_until_bias)
      reconsider_bias(record, epoch);
  }

  epoch_record* record_;
};

/// Whether this thread is inside a visit.
inline bool is_pinned() noexcept {
  return this_record != nullptr && this_record->depth != 0;
}

/// Returns the tag of what was made unreachable before the call.
inline std::uint64_t epoch_tag() noexcept {
  return current_epoch.value.load();
}

/// Whether no reader can hold what has this tag; if one can, starts a new
/// epoch, so that later visits do not count. A caller that is pinned, but holds
/// nothing itself, leaves out its own pin. Complexity: linear in threads.
bool no_reader_since(std::uint64_t tag,
                     const epoch_record* except = nullptr) noexcept;

/// How many threads are inside a visit now. Complexity: linear in threads.
std::size_t pinned_threads() noexcept;

/// Waits until no reader holds what was unreachable before the call; the
/// calling thread must not be pinned.
void drain_readers() noexcept;

/// Runs `work` at the end of this thread's outermost visit; needs to be pinned.
/// Errors: std::bad_alloc.
void defer(deferred work);

} // namespace kv::ets::detail
