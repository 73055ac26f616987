#pragma once

#include "actors/ets/core_handle.hpp"

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace kv::ets {

/// Which keys a walk in order covers: designate at most one lower and one upper
/// end, e.g. `{.from = "a", .before = "b"}`. Without an end it goes on to the
/// end of the table. The keys are views: they must outlive the call.
template <class View>
struct key_range {
  using end = std::optional<std::conditional_t<
    std::is_reference_v<View>,
    std::reference_wrapper<std::remove_reference_t<View>>, View>>;

  /// The least key that is in.
  end from{};
  /// The greatest key that is below.
  end after{};
  /// The greatest key that is in.
  end to{};
  /// The least key that is above.
  end before{};
};

namespace detail {

/// Calls a visitor; one that returns bool ends the walk with false.
template <class F, class Row>
bool go_on(F& f, const Row& row) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&, const Row&>>) {
    std::invoke(f, row);
    return true;
  } else {
    return static_cast<bool>(std::invoke(f, row));
  }
}

} // namespace detail

/// What only a table whose rows have an order can do. Walks go through the
/// table without a lock: a row that is there throughout is met once and in
/// order; one that is inserted, replaced or erased meanwhile may be met as
/// before or as after.
///
/// Thread safety and errors: as `read_operations`.
template <table T>
class ordered_operations : public core_handle<T> {
public:
  using typename core_handle<T>::row;
  using typename core_handle<T>::key_view;
  using range = key_range<key_view>;

  /// Returns the row with the least key, if any.
  /// Complexity: logarithmic, plus the copy; so are the next three.
  std::optional<row> first() const {
    return find([](auto& at) { at.first(); });
  }

  /// Returns the row with the greatest key, if any.
  std::optional<row> last() const {
    return find([](auto& at) { at.last(); });
  }

  /// Returns the first row after `key`, whether that is a key or not.
  std::optional<row> next(key_view key) const {
    return find([&key](auto& at) { at.seek_up(key, true); });
  }

  /// Returns the last row before `key`, whether that is a key or not.
  std::optional<row> prev(key_view key) const {
    return find([&key](auto& at) { at.seek_down(key, true); });
  }

  /// Calls f(const row&) for the rows of a range, in order; if it returns
  /// bool, until that is false. Returns whether it came to the end.
  /// Complexity: logarithmic for the first row, constant for the others.
  template <std::invocable<const row&> F>
  bool ascend(range keys, F&& f) const {
    const auto& low = keys.from ? keys.from : keys.after;
    const auto& high = keys.to ? keys.to : keys.before;
    detail::epoch_guard pin;
    auto& engine = this->core();
    auto at = engine.walk_open();
    if (low)
      at.seek_up(*low, !keys.from);
    else
      at.first();
    for (; at; at.next()) {
      const auto& x = *at;
      if (high && !(engine.compare(x, *high) < (keys.to ? 1 : 0)))
        break;
      if (!detail::go_on(f, x))
        return false;
    }
    return true;
  }

  /// The same in descending order.
  template <std::invocable<const row&> F>
  bool descend(range keys, F&& f) const {
    const auto& low = keys.from ? keys.from : keys.after;
    const auto& high = keys.to ? keys.to : keys.before;
    detail::epoch_guard pin;
    auto& engine = this->core();
    auto at = engine.walk_open();
    if (high)
      at.seek_down(*high, !keys.to);
    else
      at.last();
    for (; at; at.previous()) {
      const auto& x = *at;
      if (low && !(engine.compare(x, *low) > (keys.from ? -1 : 0)))
        break;
      if (!detail::go_on(f, x))
        return false;
    }
    return true;
  }

  /// Returns f(...f(f(acc, rowN), rowN-1)..., row1): ETS's foldr.
  /// Complexity: linear.
  template <class Acc, class F>
    requires std::invocable<F&, Acc, const row&> Acc fold_reverse(Acc acc,
                                                                  F&& f)
  const {
    descend({}, [&](const row& x) { acc = std::invoke(f, std::move(acc), x); });
    return acc;
  }

protected:
  using core_handle<T>::core_handle;
  ordered_operations() noexcept = default;

private:
  template <class Go>
  std::optional<row> find(Go go) const {
    std::optional<row> result;
    detail::epoch_guard pin;
    auto at = this->core().walk_open();
    go(at);
    if (at)
      result.emplace(*at);
    return result;
  }
};

} // namespace kv::ets
