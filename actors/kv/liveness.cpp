#include "actors/kv/liveness.hpp"

#include <mutex>

namespace kv {

constinit std::array<std::atomic<liveness::chunk*>, liveness::max_chunks>
  liveness::chunks{};

/// Gives flags out. Those that came back are a list, each with the index of the
/// next one in place of the number of its owners.
class liveness_pool {
public:
  /// Returns nobody's if all have been given out. Errors: std::bad_alloc.
  liveness take() {
    std::lock_guard guard{mutex_};
    auto index = free_;
    if (index == 0 && make_room())
      index = next_++;
    else if (index != 0)
      free_ = next_of(index).load(std::memory_order_relaxed);
    if (index == 0)
      return {};
    next_of(index).store(1, std::memory_order_relaxed);
    return liveness{index};
  }

  void give_back(liveness last) noexcept {
    std::lock_guard guard{mutex_};
    last.word().fetch_and(~last.bit(), std::memory_order_relaxed);
    auto index = std::exchange(last.index_, 0);
    next_of(index).store(std::exchange(free_, index),
                         std::memory_order_relaxed);
  }

private:
  static std::atomic<uint32_t>& next_of(uint32_t index) noexcept {
    return liveness::chunk_of(index).owners[index % liveness::chunk_size];
  }

  /// Returns whether there is a flag with the index `next_`.
  bool make_room() {
    auto i = next_ / liveness::chunk_size;
    if (i >= liveness::max_chunks)
      return false;
    auto& place = liveness::chunks[i];
    if (place.load(std::memory_order_relaxed) == nullptr)
      place.store(new liveness::chunk, std::memory_order_release);
    return true;
  }

  std::mutex mutex_;
  uint32_t free_ = 0;
  uint32_t next_ = 1;
};

namespace {

// Buckets may end after static objects have.
constinit liveness_pool pool;

} // namespace

liveness liveness::start() {
  return pool.take();
}

void liveness::give_back(uint32_t index) noexcept {
  pool.give_back(liveness{index});
}

} // namespace kv
