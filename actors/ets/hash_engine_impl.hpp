#pragma once

#include "actors/ets/hash_engine.hpp"

// Reads of many rows: batches of keys and walks.

namespace kv::ets::detail {

template <class Derived, class Row, class KeyFn>
template <class F>
std::size_t hash_engine<Derived, Row, KeyFn>::visit_batch(key_list keys,
                                                          std::size_t first,
                                                          F& f) const {
  std::array<std::uint64_t, batch_size> hashes;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    hashes[i] = hash_of(keys[i]);
    prefetch_bucket(hashes[i]);
  }
  for (std::size_t i = 0; i < keys.size(); ++i)
    prefetch_slot(hashes[i]);
  std::array<const table_entry*, batch_size> entries;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    entries[i] = likely_entry(hashes[i]);
    read_ahead_many(entries[i]);
    if constexpr (!Derived::on_one_line)
      read_ahead_many(reinterpret_cast<const char*>( // null for many misses
        reinterpret_cast<std::uintptr_t>(entries[i]) + Derived::entry_size
        - 1));
  }
  // The text of a string is elsewhere.
  if constexpr (std::is_same_v<key_view,
                               std::string_view> && Derived::text_elsewhere)
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (entries[i] != nullptr)
        read_ahead_many(
          key_view{key_fn_(Derived::first_row(*entries[i]))}.data());
  for (std::size_t i = 0; i < keys.size(); ++i)
    entries[i] = find(hashes[i], match(keys[i]));
  std::size_t result = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto show = [&f, k = first + i](const Row& x) { std::invoke(f, k, x); };
    if (entries[i] != nullptr)
      result += Derived::show(*entries[i], show);
  }
  return result;
}

/// Reads some buckets ahead: their entries are on the way while the rows of
/// the first are shown. `Lines` as bucket_copy has it.
template <class Derived, class Row, class KeyFn>
template <std::size_t Lines, class F>
bool hash_engine<Derived, Row, KeyFn>::scan_large(position& at,
                                                  hash_array* array,
                                                  std::size_t at_least,
                                                  F& f) const {
  constexpr std::size_t ahead = Lines != 0 ? 8 : 1;
  std::array<bucket_copy, ahead> copies;
  std::array<position, ahead> parts;
  position next = at;
  std::size_t shown = 0;
  for (std::size_t read = 0, i = 0; at.from < at.to && shown < at_least; ++i) {
    for (; read < i + ahead && next.from < next.to; ++read) {
      parts[read % ahead] = copies[read % ahead].template read<Lines>(array,
                                                                      next);
      next.from = parts[read % ahead].to;
    }
    const auto& here = parts[i % ahead];
    const position asked{std::max(at.from, here.from),
                         std::min(at.to, here.to)};
    const bool all = asked.from == here.from && asked.to == here.to;
    at.from = asked.to;
    shown += show_copy(copies[i % ahead], all, asked, f);
  }
  return at.from < at.to;
}

/// A small table is shown in one step. Its words are read before: visitors
/// may have a key go from slot to slot.
template <class Derived, class Row, class KeyFn>
template <class F>
bool hash_engine<Derived, Row, KeyFn>::scan_small(position& at,
                                                  const small_array* small,
                                                  F& f) const {
  const position asked{std::exchange(at.from, at.to), at.to};
  if (asked.from >= asked.to || small == nullptr)
    return false;
  bucket_copy copy;
  copy.read(*small);
  const bool all = asked.from == 0 && asked.to == position::end;
  show_copy(copy, all, asked, f);
  return false;
}

/// Whether an entry before copy[i] has the same key: it was erased there and
/// inserted here while the bucket was read.
template <class Derived, class Row, class KeyFn>
bool hash_engine<Derived, Row, KeyFn>::is_repeated(
  const bucket_copy& copy, std::size_t i, const table_entry& entry) const {
  for (std::size_t k = 0; k < i; ++k)
    if ((copy[k] ^ copy[i]) >> 48 == 0)
      if (const auto* other = entry_of(copy[k]);
          other != nullptr && have_same_key(*other, entry))
        return true;
  return false;
}

template <class Derived, class Row, class KeyFn>
template <class F>
std::size_t
hash_engine<Derived, Row, KeyFn>::show_copy(const bucket_copy& copy, bool all,
                                            const position& asked, F& f) const {
  std::size_t shown = 0;
  if (all && copy.is_plain()) [[likely]] {
    for (const auto word : copy.few())
      shown += Derived::show(*pointer_of<const table_entry>(word), f);
    return shown;
  }
  std::uint64_t seen = 0; // a bit for the hashes shown
  for (std::size_t i = 0; i < copy.size(); ++i) {
    const auto* entry = entry_of(copy[i]);
    const auto bit = std::uint64_t{1} << (copy[i] >> 48 & 63);
    const bool maybe = (std::exchange(seen, seen | bit) & bit) != 0;
    if (entry == nullptr || (maybe && is_repeated(copy, i, *entry)))
      continue;
    if (all || asked.covers(Derived::hash_in(*this, *entry)))
      shown += Derived::show(*entry, f);
  }
  return shown;
}

} // namespace kv::ets::detail
