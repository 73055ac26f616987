#include "actors/durable/level_copy.hpp"
#include "actors/durable/level_engine.hpp"
#include "actors/durable/level_env.hpp"
#include "actors/durable/level_journal.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/durable/level_store.hpp"
#include "actors/kv/wall_time.hpp"

#include <utility>

namespace kv::durable {

namespace {

deadline deadline_of(uint64_t text) {
  auto at = static_cast<int64_t>(text);
  return at == kept_changes::never ? deadline{} : to_deadline(at);
}

kept_bucket described(const std::string& name, const bucket_row& x) {
  return {name, x.ephemeral, deadline_of(static_cast<uint64_t>(x.expires)),
          x.mode};
}

} // namespace

kept_report level_engine::load(kept_receiver& to) {
  boost::unordered_flat_map<uint64_t, const buckets::value_type*> by_id;
  auto tell_bucket = [&](const buckets::value_type& x) {
    to.bucket(described(x.first, x.second));
  };
  auto now = unix_now();
  auto read = [&]() -> leveldb::Status {
    journal_view journal;
    if (auto found = journal.read(*db_); !found.ok())
      return found;
    by_id.clear();
    for (const auto& x : buckets_)
      by_id.emplace(x.second.id, &x);
    uint64_t present = 0;
    auto known = false;
    auto visit = [&](std::string_view key, std::string_view value) {
      key.remove_prefix(field_prefix.size());
      auto id = take_number(key);
      if (id != present) {
        present = id;
        auto i = by_id.find(id);
        known = id == strings_ || i != by_id.end();
        if (!known)
          dropped_.push_back(id);
        if (i != by_id.end()) {
          tell_bucket(*i->second);
          by_id.erase(i);
        }
      }
      auto expires = take_number(value);
      if (known && static_cast<int64_t>(expires) > now)
        to.put(id == strings_,
               {std::string{key}, std::string{value}, deadline_of(expires)});
      return true;
    };
    return walk_fields(*db_, field_prefix, journal, visit);
  };
  auto status = read();
  if (status.IsCorruption()) {
    salvage(status.ToString());
    open();
    dropped_.clear();
    to.start_over();
    status = read();
  }
  check(status, dir_);
  for (const auto& [id, x] : by_id)
    tell_bucket(*x); // those without fields
  return {last_event_, std::exchange(damage_, {})};
}

bool level_engine::load_bucket(std::string_view name, kept_receiver& to) {
  try {
    return read_bucket(name, to);
  } catch (const damage_found& reason) {
    met_ = reason.what();
  }
  to.start_over();
  reopen();
  return read_bucket(name, to);
}

bool level_engine::read_bucket(std::string_view name, kept_receiver& to) {
  auto i = buckets_.find(name);
  if (i == buckets_.end())
    return false;
  const auto& x = i->second;
  to.bucket(described(i->first, x));
  auto prefix = fields_key(x.id);
  check(walk_fields(db(), prefix, journal_->view(db(), dir_),
                    [&](std::string_view key, std::string_view value) {
                      auto expires = deadline_of(take_number(value));
                      to.put(false, {std::string{key.substr(prefix.size())},
                                     std::string{value}, expires});
                      return true;
                    }),
        dir_);
  return true;
}

std::vector<std::string> level_engine::list() {
  std::vector<std::string> result;
  result.reserve(buckets_.size());
  for (const auto& [name, x] : buckets_)
    result.push_back(name);
  return result;
}

copy_job level_engine::checkpoint(const std::string& dir) {
  this->db(); // is there
  // The engine may be opened again meanwhile, or closed.
  auto db = db_;
  const std::shared_ptr<const leveldb::Snapshot> snapshot{
    db->GetSnapshot(),
    [db](const leveldb::Snapshot* x) { db->ReleaseSnapshot(x); }};
  return [db, snapshot, dir](const std::function<bool()>& stopped) {
    auto how = reading();
    how.snapshot = snapshot.get();
    const std::function<bool(uint64_t)> go_on = [&](uint64_t) {
      return !stopped();
    };
    write_copy(*db, how, dir, go_on);
  };
}

} // namespace kv::durable
