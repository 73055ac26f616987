#pragma once

#include "actors/ets/core.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets::detail {

/// One reading of the clock, made when the first row asks for it: rows that
/// live for ever cost no clock.
template <class Deadline>
class moment {
public:
  bool is_past(const Deadline& x) {
    if (x.is_never()) [[likely]]
      return false;
    if (!read_)
      now_ = Deadline::now();
    read_ = true;
    return x.passed(now_);
  }

private:
  typename Deadline::duration now_{};
  bool read_ = false;
};

/// A walk through an ordered engine that passes over what has expired.
template <class Engine, auto Member>
class live_walk {
public:
  explicit live_walk(const Engine& engine) : at_(engine.Engine::walk_open()) {
    // nop
  }

  explicit operator bool() const noexcept {
    return static_cast<bool>(at_);
  }

  const typename Engine::row& operator*() const noexcept {
    return *at_;
  }

  void first() {
    at_.first();
    skip_up();
  }

  void last() {
    at_.last();
    skip_down();
  }

  void seek_up(const typename Engine::key_view& key, bool beyond) {
    at_.seek_up(key, beyond);
    skip_up();
  }

  void seek_down(const typename Engine::key_view& key, bool beyond) {
    at_.seek_down(key, beyond);
    skip_down();
  }

  void next() {
    at_.next();
    skip_up();
  }

  void previous() {
    at_.previous();
    skip_down();
  }

private:
  void skip_up() {
    while (at_ && now_.is_past(std::invoke(Member, *at_)))
      at_.next();
  }

  void skip_down() {
    while (at_ && now_.is_past(std::invoke(Member, *at_)))
      at_.previous();
  }

  using deadline = std::remove_cvref_t<
    std::invoke_result_t<decltype(Member), const typename Engine::row&>>;

  typename Engine::walk at_;
  moment<deadline> now_;
};

// An engine around that of `T` whose rows end at a deadline of their own.
// Invariants:
//
// 1. A row whose deadline has passed is not there for anyone; only `size` and
//    `info` count it until it is swept or replaced. To remove it changes
//    nothing that anyone could see, so it may happen at any time.
// 2. No row has a deadline before `earliest_`, but for writes under way, which
//    lower it once their row can be seen, and for what a sweep, which has taken
//    `earliest_`, has yet to look at.
// 3. Every write with a deadline exchanges `earliest_`, even for itself: so a
//    sweep that takes it after that sees the row.
template <class T, auto Member, class Final = void>
class expiring_engine
  : public T::template engine_for<
      final_engine<expiring_engine<T, Member, Final>, Final>> {
  using base =
    typename T::template engine_for<final_engine<expiring_engine, Final>>;

public:
  using row = typename T::row;
  using typename base::key_view;
  using typename base::lookup_result;
  using typename base::position;
  using deadline
    = std::remove_cvref_t<std::invoke_result_t<decltype(Member), const row&>>;

  static constexpr auto deadline_member = Member;
  static constexpr bool is_unique
    = std::same_as<lookup_result, std::optional<row>>;

  using base::base;

  template <class F>
  std::size_t visit(key_view key, F& f) const {
    std::size_t shown = 0;
    auto show = show_live(f, shown);
    base::visit(key, show);
    return shown;
  }

  template <class F>
  std::size_t
  visit_many(std::span<const std::remove_cvref_t<key_view>> keys, F& f) const {
    std::size_t shown = 0;
    now now;
    auto show = [&](std::size_t i, const row& x) {
      if (now.is_past(deadline_of(x)))
        return;
      ++shown;
      std::invoke(f, i, x);
    };
    base::visit_many(keys, show);
    return shown;
  }

  lookup_result lookup(key_view key) const {
    lookup_result result;
    auto copy = [&result](const row& x) {
      if constexpr (is_unique)
        result.emplace(x);
      else
        result.push_back(x);
    };
    visit(key, copy);
    return result;
  }

  template <class F>
  void for_each(F& f) const {
    std::size_t shown = 0;
    auto show = show_live(f, shown);
    base::for_each(show);
  }

  template <class F>
  bool scan(position& at, std::size_t at_least, F& f) const {
    std::size_t shown = 0;
    auto show = show_live(f, shown);
    while (base::scan(at, at_least - shown, show))
      if (shown >= at_least)
        return true;
    return false;
  }

  /// The same with what has expired.
  template <class F>
  bool scan_all(position& at, std::size_t at_least, F& f) const {
    return base::scan(at, at_least, f);
  }

  auto walk_open() const //
    requires requires {
    typename base::walk;
  }
  { return live_walk<base, Member>{*this}; }

  table_info info() const {
    auto result = base::info();
    result.bytes += sizeof(expiring_engine) - sizeof(base);
    return result;
  }

  bool insert(row&& x, bool replace);

  bool insert_many(std::vector<row>&& rows, bool replace);

  void assign(std::vector<row>&& rows);

  std::size_t erase(key_view key);

  lookup_result take(key_view key);

  template <class Pred>
  std::size_t erase_if(key_view key, Pred& pred);

  template <class F>
  std::size_t update_each(key_view key, F& f) requires(!is_unique);

  template <class F>
  bool update(key_view key, F& f) requires is_unique;

  template <class Make, class F>
  bool upsert(key_view key, Make& make, F& f) requires is_unique;

  /// The same with what has expired.
  template <class Pred>
  std::size_t erase_any_if(key_view key, Pred& pred) {
    return base::erase_if(key, pred);
  }

  /// No row expires before that.
  deadline earliest() const noexcept {
    return earliest_.load();
  }

  /// Begins a sweep: returns `earliest`, and starts another one.
  deadline take_earliest() noexcept {
    return earliest_.exchange(deadline{});
  }

  /// Looks at `at_least` rows from `at` on; erases those that have expired and
  /// calls f(const row&) for them; lowers `least` to the deadlines of others.
  /// Returns false at the end.
  template <class F>
  bool sweep_rows(position& at, std::size_t at_least, deadline& least, F& f);

  /// Has a sweep look for a row with this deadline, which can be seen by now.
  void note(const deadline& x) noexcept {
    if (x.is_never())
      return;
    auto seen = earliest_.load();
    while (!earliest_.compare_exchange_weak(seen, std::min(seen, x))) {
      // again
    }
  }

private:
  using now = moment<deadline>;

  static const deadline& deadline_of(const row& x) noexcept {
    return std::invoke(Member, x);
  }

  template <class F>
  static auto show_live(F& f, std::size_t& shown) {
    return [&f, &shown, at = now{}](const row& x) mutable {
      if (at.is_past(deadline_of(x)))
        return;
      ++shown;
      std::invoke(f, x);
    };
  }

  /// Removes what has expired of a key.
  void purge(key_view key) {
    auto past = [at = now{}](const row& x) mutable {
      return at.is_past(deadline_of(x));
    };
    base::erase_if(key, past);
  }

  bool is_there(key_view key) const {
    auto ignore = [](const row&) {};
    return visit(key, ignore) != 0;
  }

  static deadline least_of(const std::vector<row>& rows) noexcept;
  bool insert_new(const row& x);
  bool insert_into_bag(const row& x, bool replace);

  std::atomic<deadline> earliest_{deadline{}};
};

} // namespace kv::ets::detail

#include "actors/ets/expiring_engine_impl.hpp"
