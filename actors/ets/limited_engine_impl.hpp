#pragma once

#include "actors/ets/limited_engine.hpp"

namespace kv::ets::detail {

template <class T, class Policy, class Final>
template <class F>
std::size_t limited_engine<T, Policy, Final>::visit(key_view key, F& f) const {
  auto show = [&f](const row& x) {
    Policy::touch(x);
    std::invoke(f, x);
  };
  return base::visit(key, show);
}

template <class T, class Policy, class Final>
template <class F>
std::size_t limited_engine<T, Policy, Final>::visit_many(
  std::span<const std::remove_cvref_t<key_view>> keys, F& f) const {
  auto show = [&f](std::size_t i, const row& x) {
    Policy::touch(x);
    std::invoke(f, i, x);
  };
  return base::visit_many(keys, show);
}

template <class T, class Policy, class Final>
auto limited_engine<T, Policy, Final>::lookup(key_view key) const
  -> lookup_result {
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

template <class T, class Policy, class Final>
bool limited_engine<T, Policy, Final>::taken_room::try_take(
  row_amount more) noexcept {
  release();
  if (!table_.fits(table_.room_.take(more))) {
    table_.room_.give_back(more);
    return false;
  }
  taken_ = more;
  return true;
}

template <class T, class Policy, class Final>
void limited_engine<T, Policy, Final>::taken_room::take(row_amount more,
                                                        const row* spared) {
  for (int attempts = 0; !try_take(more);)
    if (!table_.evict(spared))
      table_.wait_for_room(attempts);
}

// Others count against the bounds with what they have taken; what is there will
// have gone.
template <class T, class Policy, class Final>
void limited_engine<T, Policy, Final>::taken_room::take_all(row_amount more) {
  release();
  const auto most = table_.bounds();
  for (int attempts = 0;;) {
    const auto all = table_.room_.take(more);
    taken_ = more;
    if (all.rows <= most.rows && all.bytes <= most.bytes)
      return;
    release();
    table_.wait_for_room(attempts);
  }
}

// Room that others have taken may be given back in a moment. Errors: full.
template <class T, class Policy, class Final>
void limited_engine<T, Policy, Final>::wait_for_room(int& attempts) {
  const auto others = room_.taken();
  if ((others.rows == 0 && others.bytes == 0) || ++attempts == most_attempts) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    throw error(errc::full);
  }
  std::this_thread::yield();
}

template <class T, class Policy, class Final>
bool limited_engine<T, Policy, Final>::insert(row&& x, bool replace) {
  Policy::touch(x);
  taken_room mine{*this};
  if (!mine.try_take(amount_of(x))) {
    if (replace ? replace_in_place(x) : is_there(x))
      return replace;
    mine.take(amount_of(x));
  }
  return base::insert(std::move(x), replace);
}

// A full table has room for what replaces a row.
template <class T, class Policy, class Final>
bool limited_engine<T, Policy, Final>::replace_in_place(const row& x) {
  if constexpr (is_unique) {
    auto change = [&x](const row&) { return std::optional<row>(x); };
    return update(this->key_of(x), change);
  } else {
    return false;
  }
}

template <class T, class Policy, class Final>
bool limited_engine<T, Policy, Final>::insert_many(std::vector<row>&& rows,
                                                   bool replace) {
  row_amount more;
  for (const auto& x : rows) {
    Policy::touch(x);
    row_amount needs = amount_of(x);
    if constexpr (is_unique) {
      auto compare = [&](const row& old) { needs = growth(old, x); };
      base::visit(this->key_of(x), compare);
    }
    more.rows += needs.rows;
    more.bytes += needs.bytes;
  }
  taken_room mine{*this};
  mine.take(more);
  return base::insert_many(std::move(rows), replace);
}

template <class T, class Policy, class Final>
void limited_engine<T, Policy, Final>::assign(std::vector<row>&& rows) {
  row_amount all;
  for (const auto& x : rows) {
    Policy::touch(x);
    all.rows += 1;
    all.bytes += amount_of(x).bytes;
  }
  taken_room mine{*this};
  mine.take_all(all);
  base::assign(std::move(rows));
}

// Room for what all rows of a key grow by; what an attempt has taken that came
// to nothing stays taken until the end.
template <class T, class Policy, class Final>
template <class F>
std::size_t
limited_engine<T, Policy, Final>::update_each(key_view key,
                                              F& f) requires(!is_unique) {
  row_amount grown;
  taken_room mine{*this};
  auto change = [&](const row& x) -> std::optional<row> {
    std::optional<row> result = std::invoke(f, x);
    if (result) {
      Policy::touch(*result);
      grown.bytes += growth(x, *result).bytes;
      mine.take(grown, &x);
    }
    return result;
  };
  return base::update_each(key, change);
}

template <class T, class Policy, class Final>
template <class F>
bool limited_engine<T, Policy, Final>::update(key_view key,
                                              F& f) requires is_unique {
  taken_room mine{*this};
  auto change = [&](const row& x) -> std::optional<row> {
    std::optional<row> result = std::invoke(f, x);
    if (result) {
      Policy::touch(*result);
      mine.take(growth(x, *result), &x);
    }
    return result;
  };
  return base::update(key, change);
}

template <class T, class Policy, class Final>
template <class Make, class F>
bool limited_engine<T, Policy, Final>::upsert(key_view key, Make& make,
                                              F& f) requires is_unique {
  taken_room mine{*this};
  auto make_in_room = [&]() -> row {
    row result = std::invoke(make);
    Policy::touch(result);
    mine.take(amount_of(result));
    return result;
  };
  auto change = [&](const row& x) -> std::optional<row> {
    std::optional<row> result = std::invoke(f, x);
    if (result) {
      Policy::touch(*result);
      mine.take(growth(x, *result), &x);
    }
    return result;
  };
  return base::upsert(key, make_in_room, change);
}

// Calls look(row) for rows at a random place, and behind it, until is_enough().
template <class T, class Policy, class Final>
template <class F, class IsEnough>
void limited_engine<T, Policy, Final>::look_around(F look,
                                                   IsEnough is_enough) const {
  auto at = this->random_position(next_random());
  for (bool wrapped = false;;) {
    bool more = false;
    if constexpr (can_expire)
      more = base::scan_all(at, sample_rows, look);
    else
      more = base::scan(at, sample_rows, look);
    if (is_enough())
      return;
    if (more)
      continue;
    if (std::exchange(wrapped, true))
      return;
    at = {};
  }
}

// Returns a row that has expired or, failing that, one that may go; null if
// none was found.
template <class T, class Policy, class Final>
auto limited_engine<T, Policy, Final>::find_victim(const row* spared,
                                                   bool& expired) const
  -> const row* {
  const row* victim = nullptr;
  std::size_t looked = 0;
  const auto consider = [&](const row& x) {
    ++looked;
    if (&x == spared || expired)
      return;
    if constexpr (can_expire)
      expired = moment<typename base::deadline>{}.is_past(
        std::invoke(base::deadline_member, x));
    if (expired
        || (Policy::may_go(x)
            && (victim == nullptr //
                || Policy::goes_before(x, *victim))))
      victim = &x;
  };
  for (int i = 0; i < sample_places && !expired; ++i) {
    looked = 0;
    look_around(consider, [&] { return expired || looked >= sample_rows; });
  }
  looked = 0;
  if (victim == nullptr)
    look_around(consider,
                [&] { return victim != nullptr || looked >= most_rows; });
  return victim;
}

// Returns whether there was a victim: who was faster to change it has made
// room, or will want some.
template <class T, class Policy, class Final>
bool limited_engine<T, Policy, Final>::evict(const row* spared) {
  if constexpr (!can_expire && !Policy::evicts)
    return false;
  epoch_guard pin; // for the victim
  bool expired = false;
  const auto* victim = find_victim(spared, expired);
  if (victim == nullptr)
    return false;
  auto same = [victim](const row& x) { return &x == victim; };
  std::size_t erased = 0;
  if constexpr (can_expire)
    erased = base::erase_any_if(this->key_of(*victim), same);
  else
    erased = base::erase_if(this->key_of(*victim), same);
  if (!expired)
    evicted_.fetch_add(erased, std::memory_order_relaxed);
  return true;
}

} // namespace kv::ets::detail
