#include "actors/ets/hash_index.hpp"

#include <algorithm>
#include <array>
#include <mutex>

// When and how a hash_index gives up what it has removed.

namespace kv::ets::detail {

namespace {

/// A stripe keeps one removed row for so many rows of the table, and at most so
/// many: each time they are collected, all readers pay.
constexpr std::size_t rows_for_a_retired = 128;
constexpr std::size_t many_retired = 256;

} // namespace

bool hash_index::is_due_in(const hash_shared& shared,
                           const retired_list& stripe) noexcept {
  const auto rows = shared.rows.load(std::memory_order_relaxed);
  return stripe.due(rows,
                    std::clamp<std::size_t>(rows / rows_for_a_retired,
                                            retired_list::few, many_retired));
}

bool hash_index::is_due() const noexcept {
  const auto root = root_.load();
  if (!is_large(root))
    return due(size_.load(std::memory_order_relaxed));
  auto& shared = large(root)->shared();
  return is_due_in(shared, shared.own_stripe().retired)
         || due(shared.rows.load(std::memory_order_relaxed));
}

// All stripes at once: then readers pay once for them, and what a thread has
// left there when it ended, or when a long visit held it, does not stay.
void hash_index::sweep_now(release_fn release) noexcept {
  std::array<batch, hash_shared::stripe_count + 1> garbage{};
  {
    // Nobody frees the stripes meanwhile; nothing else is held.
    epoch_guard pin;
    if (const auto root = root_.load(); is_large(root)) {
      auto& shared = large(root)->shared();
      auto* next = garbage.data();
      for (auto& stripe : shared.stripes) {
        std::lock_guard guard{stripe.lock};
        *next++ = stripe.retired.collect(this_record);
      }
    }
  }
  if (due(row_count())) {
    std::lock_guard guard{lock_};
    garbage.back() = collect();
  }
  for (auto& x : garbage)
    release(x);
}

void hash_index::release_all(release_fn release) noexcept {
  batch garbage{};
  {
    std::lock_guard guard{lock_};
    const auto root = root_.exchange(0);
    size_.store(0, std::memory_order_relaxed);
    if (is_large(root))
      bury(*large(root), retired_kind::hash_table_with_rows);
    else if (auto* small = pointer_of<small_array>(root))
      retire(small, retired_kind::array_with_rows);
    garbage = collect_all();
  }
  release(garbage);
}

} // namespace kv::ets::detail
