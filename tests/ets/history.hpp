#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace kv::test {

/// What a thread asked of one key, and what it was told. Values are not 0,
/// which stands for no row.
struct call {
  enum class kind : std::uint8_t {
    lookup,      ///< result: the value
    insert,      ///< arg: the value
    insert_new,  ///< arg: the value; result: whether it was stored
    erase,       ///< result: whether there was a row
    take,        ///< result: the value
    add,         ///< arg: what is added; result: the new value
    exchange_if, ///< arg: the value, other: what it becomes; result: whether
  };

  kind what = kind::lookup;
  std::uint64_t arg = 0;
  std::uint64_t other = 0;
  std::uint64_t result = 0;
  /// Moments of one clock for all threads.
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Returns what a key holds after `x`, if it held `value` before; nothing if
/// the result was not possible then.
inline std::optional<std::uint64_t> apply(const call& x, std::uint64_t value) {
  using kind = call::kind;
  const auto after = [&](std::uint64_t expected, std::uint64_t now) {
    return x.result == expected ? std::optional{now} : std::nullopt;
  };
  switch (x.what) {
    case kind::lookup:
      return after(value, value);
    case kind::insert:
      return x.arg;
    case kind::insert_new:
      return value == 0 ? after(1, x.arg) : after(0, value);
    case kind::erase:
      return after(value != 0 ? 1 : 0, 0);
    case kind::take:
      return after(value, 0);
    case kind::add:
      return value == 0 ? after(0, 0) : after(value + x.arg, value + x.arg);
    case kind::exchange_if:
      return value == x.arg ? after(1, x.other) : after(0, value);
  }
  return std::nullopt;
}

/// The calls of one key by one thread, in order.
using thread_calls = std::vector<call>;

/// Whether the calls of one key, which is absent at first, have an order in
/// which each takes effect between its begin and its end, and all results are
/// right. The search of Wing and Gong ("Testing and verifying concurrent
/// objects", 1993), done event by event: what is known after each is a set of
/// values that the key may hold, each with the calls under way that have taken
/// effect.
///
/// Complexity: linear in the calls as long as few of them overlap.
bool is_linearizable(const std::vector<thread_calls>& threads);

} // namespace kv::test
