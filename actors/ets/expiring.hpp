#pragma once

#include "actors/ets/deadline.hpp"
#include "actors/ets/expiring_engine.hpp"
#include "actors/ets/kinds.hpp"
#include "actors/ets/write_operations.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

// Rows with a time to live:
//
//     struct session { std::string token; int user; ets::deadline end; };
//     using sessions = ets::expiring<ets::set<session, &session::token>,
//                                    &session::end>;
//
//     table.insert({"f00", 7, ets::deadline::in(30s)});
//
// A row is there until its deadline has passed, to the millisecond and without
// anyone doing anything; a row that replaces it has its own deadline or none.
// Its memory is given back by a sweeper, or when its key is written again:
// until then `size` and `info` count it.

namespace kv::ets {

/// The table type `T`, whose rows have a deadline in this member.
///
/// Complexity: reads of rows that never expire cost one comparison more, others
/// a reading of the clock; the table takes 8 bytes more.
template <table T, auto Member>
struct expiring {
  using row = typename T::row;
  using key_fn = typename T::key_fn;
  template <class Final>
  using engine_for = detail::expiring_engine<T, Member, Final>;
  using engine = engine_for<void>;
  static constexpr auto kind = T::kind;
  using key_view = typename T::key_view;
  using lookup_result = typename T::lookup_result;
};

/// A table whose rows can expire.
template <class T>
concept expires = table<T> && requires {
  typename T::engine::deadline;
};

template <expires T>
using deadline_of_table = typename T::engine::deadline;

/// Returns the deadline of the row with this key, nothing if there is none.
///
/// Complexity: a key. Thread safety: any thread. Errors: no_such_table.
template <expires T>
  requires unique<T> std::optional<deadline_of_table<T>>
  find_deadline(const read_operations<T>& table, typename T::key_view key) {
    std::optional<deadline_of_table<T>> result;
    table.visit(key, [&result](const typename T::row& x) {
      result = std::invoke(T::engine::deadline_member, x);
    });
    return result;
  }

/// Gives the row with this key the deadline f(deadline of now), an optional
/// one: nothing leaves it as it is. Returns whether there was a row; one whose
/// new deadline has passed is gone.
///
/// Complexity: a key, plus the copy of the row. Thread safety: any thread;
/// atomic. Errors: no_such_table.
template <expires T, class F>
  requires unique<T>
bool update_deadline(const write_operations<T>& table, typename T::key_view key,
                     F&& f) {
  using row = typename T::row;
  return table.update(key, [&f](const row& x) {
    constexpr auto member = T::engine::deadline_member;
    std::optional<row> result;
    std::optional<deadline_of_table<T>> fresh
      = std::invoke(f, std::invoke(member, x));
    if (fresh)
      std::invoke(member, result.emplace(x)) = *fresh;
    return result;
  });
}

/// Gives the row with this key this deadline; otherwise as `update_deadline`.
template <expires T>
  requires unique<T>
bool set_deadline(const write_operations<T>& table, typename T::key_view key,
                  deadline_of_table<T> end) {
  return update_deadline(table, key, [end](const auto&) { return end; });
}

/// Returns a moment before which no row expires; never if none has a deadline.
/// It may be early, by a row that has been erased, until a sweep comes by.
///
/// Complexity: constant. Thread safety: any thread. Errors: no_such_table.
template <expires T>
deadline_of_table<T> next_deadline(const read_operations<T>& table) {
  return detail::engine_of(table).earliest();
}

/// Erases what has expired, in steps that somebody else times: `next()` says
/// when there may be work. Of one row exactly one sweeper hears.
///
/// Thread safety: one sweeper belongs to one thread at a time; a table may have
/// several. Errors: no_such_table once the table is closed.
template <expires T>
class sweeper : private core_handle<T> {
public:
  using typename core_handle<T>::row;
  using deadline = deadline_of_table<T>;

  explicit sweeper(const write_operations<T>& table) : core_handle<T>(table) {
    // nop
  }

  sweeper(sweeper&& other) noexcept
    : core_handle<T>(std::move(other)),
      at_(std::move(other.at_)),
      begun_(std::exchange(other.begun_, {})),
      least_(other.least_) {
    // nop
  }

  sweeper& operator=(sweeper&&) = delete;

  ~sweeper() {
    abandon();
  }

  /// Looks at the next `n` rows (in a bag, at whole keys), erases those that
  /// have expired and calls f(const row&) for each of them; does nothing before
  /// `next()`. Returns how many were erased. If f throws, the sweep starts over
  /// with the next step.
  /// Complexity: linear in `n`; a sweep looks at every row of the table.
  template <std::invocable<const row&> F>
  std::size_t step(std::size_t n, F&& f) {
    auto& engine = this->core();
    engine.check_open();
    const auto now = deadline::now();
    if (!next().passed(now))
      return 0;
    if (!begun_) {
      begun_ = engine.take_earliest();
      least_ = {};
      at_ = {};
    }
    std::size_t erased = 0;
    auto count = [&](const row& x) {
      ++erased;
      std::invoke(f, x);
    };
    try {
      if (!engine.sweep_rows(at_, n, least_, count)) {
        begun_.reset();
        engine.note(least_);
      }
    } catch (...) {
      abandon();
      throw;
    }
    return erased;
  }

  /// The same without hearing of the rows.
  std::size_t step(std::size_t n) {
    return step(n, [](const row&) {});
  }

  /// The moment of the next step: one that has passed as long as a sweep is
  /// under way; never if no row has a deadline.
  deadline next() const {
    return begun_ ? *begun_ : this->core().earliest();
  }

private:
  // What this sweep has not seen is left for another one.
  void abandon() noexcept {
    if (begun_ && this->core_.get() != nullptr)
      this->core_.get()->note(*std::exchange(begun_, std::nullopt));
  }

  typename T::engine::position at_{};
  std::optional<deadline> begun_;
  deadline least_{};
};

} // namespace kv::ets
