#include "actors/otp/running.hpp"

#include "actors/otp/message_text.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>

#include <memory>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

// Invariants
// I1  `top` leads to objects on the stack of the slot's thread, which may only
//     leave them while nobody reads them: the reader sets `held`, lets every
//     thread pass a barrier, and then reads `top`. Whoever has not seen `held`
//     by then has stored its new `top` before; whoever has waits. So a handler
//     pays for no barrier of its own.
// I2  A slot belongs to one thread at a time and is never destroyed.

namespace kv::otp {

struct alignas(64) running_slot { // NOLINT(*-magic-numbers): a cache line
  std::atomic<const running*> top = nullptr;
  std::atomic<uint64_t> begun = 0;
  std::atomic<bool> held = false;
  uint64_t number = 0;
};

namespace {

/// The slots of all threads, and those that are free.
class slot_list {
public:
  static slot_list& instance() {
    static auto& list = *new slot_list;
    return list;
  }

  running_slot* take() {
    std::lock_guard guard{mtx};
    if (free_.empty()) {
      all.push_back(std::make_unique<running_slot>());
      all.back()->number = all.size();
      return all.back().get();
    }
    auto* result = free_.back();
    free_.pop_back();
    return result;
  }

  void give_back(running_slot* x) {
    std::lock_guard guard{mtx};
    free_.push_back(x);
  }

  std::mutex mtx;
  std::vector<std::unique_ptr<running_slot>> all;

private:
  std::vector<running_slot*> free_;
};

/// Fast to ask for: it is initialized before its thread runs.
constinit thread_local running_slot* mine = nullptr;

struct slot_owner {
  ~slot_owner() {
    if (auto* slot = std::exchange(mine, nullptr))
      slot_list::instance().give_back(slot);
  }
};

running_slot* take_slot() {
  thread_local slot_owner owner;
  static_cast<void>(owner);
  mine = slot_list::instance().take();
  return mine;
}

/// Every thread of the process passes a full barrier before this returns.
void pass_barrier() {
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) {
    // Without the system call: no store stays in a buffer for so long.
    constexpr std::chrono::milliseconds long_enough{10};
    std::this_thread::sleep_for(long_enough);
  }
}

} // namespace

running::running(caf::local_actor& who,
                 const caf::mailbox_element* what) noexcept
  : slot_(mine != nullptr ? mine : take_slot()),
    who_(&who),
    what_(what),
    outer_(slot_->top.load(std::memory_order_relaxed)) {
  auto n = slot_->begun.load(std::memory_order_relaxed);
  slot_->begun.store(n + 1, std::memory_order_relaxed);
  slot_->top.store(this, std::memory_order_release);
}

running::~running() {
  slot_->top.store(outer_, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  while (slot_->held.load(std::memory_order_acquire))
    std::this_thread::yield();
}

caf::local_actor& running::innermost() noexcept {
  return *mine->top.load(std::memory_order_relaxed)->who_;
}

/// Reads what the threads of the slots are at, while they are held.
class running_reader {
public:
  static void read(const running_slot& slot, std::vector<busy_actor>& result) {
    const auto* x = slot.top.load(std::memory_order_acquire);
    auto begun = slot.begun.load(std::memory_order_relaxed);
    for (; x != nullptr; x = x->outer_)
      result.push_back(
        {x->who_->id(), x->who_->name(),
         x->what_ != nullptr ? types_of(x->what_->content()) : std::string{},
         slot.number, begun});
  }
};

std::vector<busy_actor> busy_actors() {
  auto& list = slot_list::instance();
  std::lock_guard guard{list.mtx};
  auto hold = [&](bool value) {
    for (auto& slot : list.all)
      slot->held.store(value, std::memory_order_release);
  };
  hold(true);
  pass_barrier();
  std::vector<busy_actor> result;
  for (auto& slot : list.all)
    running_reader::read(*slot, result);
  hold(false);
  return result;
}

} // namespace kv::otp
