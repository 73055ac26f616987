#include "actors/durable/journal_view.hpp"

#include "actors/durable/journal_text.hpp"
#include "actors/durable/last_changes.hpp"
#include "actors/durable/level_rows.hpp"

#include <leveldb/write_batch.h>

#include <algorithm>

namespace kv::durable {

namespace {

bool is_before(const journal_change& x, const journal_change& y) {
  return x.key < y.key;
}

/// Calls `f(number, text)` with each row. What has another form is damage,
/// which `verify` names.
template <class F>
leveldb::Status walk_journal(leveldb::DB& db, F f) {
  return walk(db, reading(), journal_prefix, [&](auto key, auto text) {
    key.remove_prefix(journal_prefix.size());
    if (auto number = number_of(key))
      f(*number, text);
    return true;
  });
}

} // namespace

leveldb::Status journal_extent::read(leveldb::DB& db) {
  return walk_journal(db, [this](uint64_t number, std::string_view text) {
    if (!is_journal_text(text))
      return;
    end = number + 1;
    bytes += text.size();
    next_id = std::max(next_id, take_number(text));
  });
}

// -- journal_view -------------------------------------------------------------

leveldb::Status journal_view::read(leveldb::DB& db) {
  last_changes all;
  auto status = walk_journal(db, [&](uint64_t number, std::string_view text) {
    if (all.add(text))
      numbers_.push_back(number);
  });
  take(all.find());
  return status;
}

void journal_view::take(const std::vector<field_change>& xs) {
  size_t bytes = 0;
  for (const auto& x : xs)
    bytes += field_prefix.size() + 2 * sizeof(uint64_t) + x.key.size()
             + x.value.size();
  rows_.reserve(bytes); // what points into it stays valid
  changes_.reserve(xs.size());
  auto part_since = [this](size_t begin) {
    return std::string_view{rows_}.substr(begin);
  };
  for (const auto& x : xs) {
    auto begin = rows_.size();
    rows_.append(field_prefix);
    append_number(rows_, x.owner);
    rows_.append(x.key);
    auto key = part_since(begin);
    begin = rows_.size();
    append_number(rows_, static_cast<uint64_t>(x.expires));
    rows_.append(x.value);
    changes_.push_back({key, part_since(begin), x.erased});
  }
  std::sort(changes_.begin(), changes_.end(), is_before);
}

journal_view::changes::const_iterator
journal_view::from(std::string_view key) const {
  return std::lower_bound(changes_.begin(), changes_.end(),
                          journal_change{.key = key, .value = {}}, is_before);
}

void journal_view::erase(leveldb::WriteBatch& in) const {
  for (auto number : numbers_)
    in.Delete(slice(journal_key(number)));
}

} // namespace kv::durable
