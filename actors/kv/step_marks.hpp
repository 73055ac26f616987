#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace kv {

/// Marks work that changes several rows of a table, so that those who read it
/// without a message see all of the work or nothing: they notice that it is
/// under way, or began meanwhile, and ask the bucket instead. Tables share the
/// marks by their ids: 16 KiB for all.
///
/// Other marks say that a bucket is at work at all: who takes its name away
/// waits until it is not, and knows what it has left.
/// Complexity: O(1), but for `wait`. Thread safety: any thread.
class step_marks {
  struct alignas(64) mark {
    std::atomic<uint64_t> begun = 0;
    std::atomic<uint64_t> ended = 0;
  };

public:
  static step_marks& of_process() {
    static step_marks instance;
    return instance;
  }

  static step_marks& of_buckets() {
    static step_marks instance;
    return instance;
  }

  /// By the hashes of names: the strings look at one, and then write.
  static step_marks& of_names() {
    static step_marks instance;
    return instance;
  }

  /// Lasts as long as the work.
  class writing {
  public:
    writing(step_marks& marks, uint64_t table) : mark_(marks.of(table)) {
      mark_.begun.fetch_add(1);
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }

    writing(const writing&) = delete;

    writing& operator=(const writing&) = delete;

    ~writing() {
      mark_.ended.fetch_add(1);
    }

  private:
    mark& mark_;
  };

  /// Calls `f`, which reads; returns whether what it saw counts. It is not even
  /// called while work is under way.
  template <class F>
  bool read(uint64_t table, F f) {
    auto& x = of(table);
    auto ended = x.ended.load(std::memory_order_acquire);
    auto begun = x.begun.load(std::memory_order_acquire);
    if (begun != ended)
      return false;
    f();
    std::atomic_thread_fence(std::memory_order_acquire);
    return x.begun.load(std::memory_order_relaxed) == begun;
  }

  /// Waits for a moment in which no work is under way: that takes microseconds,
  /// for no work waits for anything. Never call it within such work, of any
  /// table, nor within a visit.
  void wait(uint64_t table) {
    auto& x = of(table);
    for (;;) {
      auto ended = x.ended.load();
      if (x.begun.load() == ended)
        return;
      std::this_thread::yield();
    }
  }

private:
  mark& of(uint64_t table) noexcept {
    return marks_[table % marks_.size()];
  }

  std::array<mark, 256> marks_;
};

} // namespace kv
