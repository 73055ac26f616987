#pragma once

#include "actors/ets/expiring_engine.hpp"

namespace kv::ets::detail {

template <class T, auto Member, class Final>
bool expiring_engine<T, Member, Final>::insert(row&& x, bool replace) {
  const auto end = deadline_of(x);
  bool stored = true;
  if constexpr (!is_unique)
    stored = insert_into_bag(x, replace);
  else if (replace)
    base::insert(std::move(x), true);
  else
    stored = insert_new(x);
  if (stored)
    note(end);
  return stored;
}

template <class T, auto Member, class Final>
bool expiring_engine<T, Member, Final>::insert_new(const row& x) {
  bool past = false;
  auto make = [&x] { return x; };
  auto change = [&x, &past](const row& old) -> std::optional<row> {
    past = now{}.is_past(deadline_of(old));
    return past ? std::optional<row>(x) : std::nullopt;
  };
  return !base::upsert(this->key_of(x), make, change) || past;
}

// An equal row, or one with this key, may be in the way although it expired.
template <class T, auto Member, class Final>
bool expiring_engine<T, Member, Final>::insert_into_bag(const row& x,
                                                        bool replace) {
  auto&& own_key = this->key_of(x);
  const key_view key = own_key;
  do {
    purge(key);
    if (base::insert(row(x), replace))
      return true;
  } while (!is_there(key));
  return false;
}

template <class T, auto Member, class Final>
bool expiring_engine<T, Member, Final>::insert_many(std::vector<row>&& rows,
                                                    bool replace) {
  const auto least = least_of(rows);
  if (is_unique && replace) {
    base::insert_many(std::move(rows), true);
    note(least);
    return true;
  }
  for (;;) {
    for (const auto& x : rows)
      purge(this->key_of(x));
    if (base::insert_many(std::vector<row>(rows), replace)) {
      note(least);
      return true;
    }
    for (const auto& x : rows)
      if (is_there(this->key_of(x)))
        return false;
  }
}

template <class T, auto Member, class Final>
auto expiring_engine<T, Member, Final>::least_of(
  const std::vector<row>& rows) noexcept -> deadline {
  deadline result;
  for (const auto& x : rows)
    result = std::min(result, deadline_of(x));
  return result;
}

template <class T, auto Member, class Final>
void expiring_engine<T, Member, Final>::assign(std::vector<row>&& rows) {
  const auto least = least_of(rows);
  base::assign(std::move(rows));
  note(least);
}

// What is left of a bag's key after a purge was there.
template <class T, auto Member, class Final>
std::size_t expiring_engine<T, Member, Final>::erase(key_view key) {
  if constexpr (is_unique) {
    bool past = false;
    auto all = [&past](const row& x) {
      past = now{}.is_past(deadline_of(x));
      return true;
    };
    return base::erase_if(key, all) != 0 && !past ? 1 : 0;
  } else {
    purge(key);
    return base::erase(key);
  }
}

template <class T, auto Member, class Final>
auto expiring_engine<T, Member, Final>::take(key_view key) -> lookup_result {
  auto result = base::take(key);
  now at;
  auto past = [&at](const row& x) { return at.is_past(deadline_of(x)); };
  if constexpr (!is_unique)
    std::erase_if(result, past);
  else if (result && past(*result))
    result.reset();
  return result;
}

template <class T, auto Member, class Final>
template <class Pred>
std::size_t
expiring_engine<T, Member, Final>::erase_if(key_view key, Pred& pred) {
  auto live = [&pred, at = now{}](const row& x) mutable {
    return !at.is_past(deadline_of(x)) && std::invoke(pred, x);
  };
  return base::erase_if(key, live);
}

template <class T, auto Member, class Final>
template <class F>
std::size_t
expiring_engine<T, Member, Final>::update_each(key_view key,
                                               F& f) requires(!is_unique) {
  deadline least;
  auto change = [&, at = now{}](const row& x) mutable -> std::optional<row> {
    std::optional<row> result;
    if (!at.is_past(deadline_of(x)))
      result = std::invoke(f, x);
    if (result)
      least = std::min(least, deadline_of(*result));
    return result;
  };
  const auto replaced = base::update_each(key, change);
  note(least);
  return replaced;
}

template <class T, auto Member, class Final>
template <class F>
bool expiring_engine<T, Member, Final>::update(key_view key,
                                               F& f) requires is_unique {
  bool past = false;
  deadline end;
  auto change = [&](const row& x) -> std::optional<row> {
    end = {};
    past = now{}.is_past(deadline_of(x));
    std::optional<row> result;
    if (!past)
      result = std::invoke(f, x);
    if (result)
      end = deadline_of(*result);
    return result;
  };
  const bool found = base::update(key, change);
  note(end);
  return found && !past;
}

template <class T, auto Member, class Final>
template <class Make, class F>
bool expiring_engine<T, Member, Final>::upsert(key_view key, Make& make,
                                               F& f) requires is_unique {
  bool past = false;
  deadline end;
  auto make_noted = [&]() -> row {
    row result = std::invoke(make);
    end = deadline_of(result);
    return result;
  };
  auto change = [&](const row& x) -> std::optional<row> {
    end = {};
    past = now{}.is_past(deadline_of(x));
    if (past)
      return make_noted();
    std::optional<row> result = std::invoke(f, x);
    if (result)
      end = deadline_of(*result);
    return result;
  };
  const bool found = base::upsert(key, make_noted, change);
  note(end);
  return found && !past;
}

template <class T, auto Member, class Final>
template <class F>
bool expiring_engine<T, Member, Final>::sweep_rows(position& at,
                                                   std::size_t at_least,
                                                   deadline& least, F& f) {
  now at_once;
  auto look = [&](const row& x) {
    const auto& end = deadline_of(x);
    if (!at_once.is_past(end)) {
      least = std::min(least, end);
      return;
    }
    auto same = [&x](const row& y) { return &y == &x; };
    if (base::erase_if(this->key_of(x), same) != 0)
      std::invoke(f, x); // still there for this visitor
  };
  return base::scan(at, at_least, look);
}

} // namespace kv::ets::detail
