#include "actors/durable/level_journal.hpp"

#include "actors/durable/level_rows.hpp"

#include <leveldb/write_batch.h>

#include <utility>

namespace kv::durable {

leveldb::Status level_journal::open(leveldb::DB& db) {
  *this = {};
  return now_.read(db);
}

// -- writing ------------------------------------------------------------------

void level_journal::add(const field_change& x) {
  if (group_.empty())
    append_number(group_, 0); // for the number that is known later
  append_change(group_, x);
}

void level_journal::move_to(leveldb::WriteBatch& to, uint64_t next_id) {
  if (group_.empty())
    return;
  auto head = number_text(next_id);
  group_.replace(0, head.size(), head);
  to.Put(slice(journal_key(now_.end++)), slice(group_));
  now_.bytes += group_.size();
  view_.reset();
  constexpr size_t most_spare = size_t{1} << 20;
  group_.clear();
  if (group_.capacity() > most_spare)
    group_.shrink_to_fit();
}

// -- reading ------------------------------------------------------------------

const journal_view& level_journal::view(leveldb::DB& db,
                                        const std::string& dir) {
  if (!view_) {
    journal_view found;
    check(found.read(db), dir);
    view_ = std::move(found);
  }
  return *view_;
}

// -- folding ------------------------------------------------------------------

void level_journal::begin_fold(leveldb::DB& db, const std::string& dir,
                               boost::unordered_flat_set<uint64_t> ids) {
  view(db, dir);
  fold_ = fold{std::move(*view_), std::move(ids)};
  view_.reset();
  now_.bytes = 0;
}

void level_journal::fold_into(leveldb::WriteBatch& to) {
  const auto& all = fold_->from.all();
  for (size_t rows = 0; rows < rows_per_step && fold_->done < all.size();
       ++rows) {
    const auto& x = all[fold_->done++];
    auto rest = x.key.substr(field_prefix.size());
    if (x.erased)
      to.Delete(slice(x.key));
    else if (fold_->ids.contains(take_number(rest)))
      to.Put(slice(x.key), slice(x.value));
  }
  if (fold_->done < all.size())
    return;
  fold_->from.erase(to);
  fold_.reset();
  view_.reset();
}

} // namespace kv::durable
