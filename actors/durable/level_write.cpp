#include "actors/durable/level_engine.hpp"
#include "actors/durable/level_env.hpp"
#include "actors/durable/level_journal.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/durable/level_store.hpp"

#include <leveldb/write_batch.h>

#include <algorithm>
#include <utility>

namespace kv::durable {

using op = kept_change::op;

/// Changes on their way into the engine.
class level_engine::update {
public:
  update(level_engine& self, leveldb::WriteBatch& batch)
    : self_(self), batch_(batch) {
    // nop
  }

  void add(const kept_change& x) {
    if (x.what == op::event) {
      self_.last_event_ = static_cast<uint64_t>(x.number);
      put(event_key, number_text(self_.last_event_));
    } else if (x.what == op::create) {
      drop(x.name);
      const bucket_row fresh{self_.next_id_++, x.ephemeral, x.number, x.mode};
      describe(x.name, fresh);
      self_.buckets_.emplace(x.name, fresh);
    } else if (x.what == op::drop) {
      drop(x.name);
    } else if (x.strings) {
      if (x.what == op::clear) {
        self_.dropped_.push_back(self_.strings_);
        self_.strings_ = self_.next_id_++;
        put(strings_key, number_text(self_.strings_));
      } else {
        add_field(self_.strings_, x);
      }
    } else if (auto i = self_.buckets_.find(x.name);
               i != self_.buckets_.end()) {
      if (x.what == op::describe) {
        i->second.ephemeral = x.ephemeral;
        i->second.expires = x.number;
        i->second.mode = x.mode;
        describe(x.name, i->second);
      } else if (x.what == op::clear) {
        self_.dropped_.push_back(i->second.id);
        i->second.id = self_.next_id_++;
        describe(x.name, i->second);
      } else {
        add_field(i->second.id, x);
      }
    }
  }

private:
  void drop(std::string_view name) {
    auto i = self_.buckets_.find(name);
    if (i == self_.buckets_.end())
      return;
    self_.dropped_.push_back(i->second.id);
    self_.buckets_.erase(i);
    batch_.Delete(slice(key_of(name)));
  }

  void describe(std::string_view name, const bucket_row& x) {
    put(key_of(name), text_of(x));
  }

  void add_field(uint64_t id, const kept_change& x) {
    self_.journal_->add({.owner = id,
                         .key = x.key,
                         .expires = x.number,
                         .value = x.value,
                         .erased = x.what == op::erase});
  }

  static std::string key_of(std::string_view name) {
    std::string result{bucket_prefix};
    return result.append(name);
  }

  void put(std::string_view key, const std::string& value) {
    batch_.Put(slice(key), value);
  }

  level_engine& self_;
  leveldb::WriteBatch& batch_;
};

void level_engine::append(const kept_changes& xs, bool sync) {
  room_.take(xs.bytes());
  leveldb::WriteBatch batch;
  update all{*this, batch};
  xs.for_each([&](const kept_change& x) { all.add(x); });
  journal_->move_to(batch, next_id_);
  write(batch, sync);
}

// A write fails, too, if what merges files in the background has met damage.
void level_engine::write(leveldb::WriteBatch& batch, bool sync) {
  leveldb::WriteOptions how;
  how.sync = sync;
  auto status = db().Write(how, &batch);
  broken_ = !status.ok();
  if (status.IsCorruption())
    met_ = status.ToString();
  check(status, dir_);
}

// -- what goes on beside ------------------------------------------------------

bool level_engine::tidy() {
  try {
    if (!must_fold())
      return remove_some();
    fold_some();
    return true;
  } catch (const damage_found& reason) {
    met_ = reason.what();
    throw;
  }
}

bool level_engine::remove_some() {
  if (dropped_.empty())
    return false;
  leveldb::WriteBatch batch;
  size_t rows = 0;
  check(walk(db(), reading(), fields_key(dropped_.back()),
             [&](std::string_view key, std::string_view) {
               batch.Delete(slice(key));
               return ++rows < rows_per_step;
             }),
        dir_);
  if (rows > 0)
    write(batch, false);
  if (rows < rows_per_step)
    dropped_.pop_back();
  return !dropped_.empty();
}

// What is folded is there twice for a while: on a disk with little room it is
// less.
bool level_engine::must_fold() const {
  constexpr uint64_t least = uint64_t{1} << 20;
  constexpr uint64_t part_of_room = 4;
  auto room = std::max(room_.spare() / part_of_room, least);
  return journal_->folds()
         || journal_->bytes() > std::min<uint64_t>(options_.journal, room);
}

void level_engine::fold_some() {
  if (!journal_->folds()) {
    boost::unordered_flat_set<uint64_t> ids{strings_};
    for (const auto& [name, x] : buckets_)
      ids.insert(x.id);
    journal_->begin_fold(db(), dir_, std::move(ids));
  }
  leveldb::WriteBatch batch;
  journal_->fold_into(batch);
  write(batch, false);
}

} // namespace kv::durable
