#include "actors/ets/lines.hpp"

#include "actors/ets/line_pool.hpp"

#include <new>
#include <utility>

namespace kv::ets::detail {

namespace {

constinit line_pool pool;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool pooled = false;
#else
constexpr bool pooled = true;
#endif

/// Lines that a thread moves to or from the pool at once.
constexpr std::size_t in_a_step = 64;

/// What a thread has at hand: up to two lists of free lines, so that one who
/// frees and allocates in turn does not need the pool for each.
struct line_stock {
  unused_line* lines = nullptr;
  std::size_t count = 0;
  unused_line* more = nullptr; ///< in_a_step of them, or none.
  bool ended = false;
};

constinit thread_local line_stock stock;

// Gives a thread's lines back when it ends. What runs even later keeps none.
struct stock_keeper {
  bool armed = false;

  ~stock_keeper() {
    pool.give(std::exchange(stock.lines, nullptr));
    pool.give(std::exchange(stock.more, nullptr));
    stock.count = 0;
    stock.ended = true;
  }
};

thread_local stock_keeper at_thread_exit;

unused_line* take_from_pool(line_stock& mine) {
  if (mine.ended)
    return pool.take(1);
  at_thread_exit.armed = true; // constructs it, which arms its destructor
  if (mine.more != nullptr)
    mine.lines = std::exchange(mine.more, nullptr);
  else
    mine.lines = pool.take(in_a_step);
  mine.count = in_a_step - 1;
  return std::exchange(mine.lines, mine.lines->next);
}

void make_room(line_stock& mine) noexcept {
  if (!mine.ended)
    at_thread_exit.armed = true;
  if (mine.count == 0)
    return;
  if (mine.more != nullptr)
    pool.give(mine.more);
  mine.more = std::exchange(mine.lines, nullptr);
  mine.count = 0;
}

} // namespace

void* allocate_line() {
  if (!pooled)
    return ::operator new (line_size, std::align_val_t{line_size});
  auto& mine = stock;
  if (mine.count == 0)
    return take_from_pool(mine);
  --mine.count;
  return std::exchange(mine.lines, mine.lines->next);
}

void free_line(void* line) noexcept {
  if (!pooled)
    return ::operator delete (line, line_size, std::align_val_t{line_size});
  auto& mine = stock;
  auto* unused = ::new (line) unused_line{nullptr};
  if (mine.ended)
    return pool.give(unused);
  if (mine.count == 0 || mine.count == in_a_step)
    make_room(mine);
  unused->next = mine.lines;
  mine.lines = unused;
  ++mine.count;
}

line_bytes bytes_of_lines() noexcept {
  return pool.bytes();
}

} // namespace kv::ets::detail
