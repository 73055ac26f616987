#include "actors/durable/level_engine.hpp"

#include "actors/durable/level_env.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/durable/level_tail.hpp"
#include "actors/kv/wall_time.hpp"

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

// Invariants
// I1  `buckets_`, `strings_` and `next_id_` are what the engine has, unless an
//     `append` has failed: then `reopen` reads them again.
// I2  No number is given twice, so what a dropped bucket has left is nobody's.
// I3  The directory `data` is whole at every moment: what is salvaged takes its
//     place by being renamed. If it is missing, `salvaged` is whole.

namespace kv::durable {

namespace fs = std::filesystem;

namespace {

using leveldb::Slice;
using leveldb::Status;
using op = kept_change::op;

constexpr size_t write_buffer = size_t{4} << 20; // as caches like it
constexpr size_t rows_per_step = 1000;

std::string_view view(const Slice& x) {
  return {x.data(), x.size()};
}

Slice slice(std::string_view x) {
  return {x.data(), x.size()};
}

/// Throws what is no success.
void check(const Status& status, const std::string& dir) {
  if (!status.ok())
    throw durable_failure{dir + ": " + status.ToString()};
}

leveldb::Options make_options(level_env& env) {
  leveldb::Options result;
  result.create_if_missing = true;
  result.paranoid_checks = true; // a compaction looks at checksums only then
  result.env = &env;
  result.info_log = env.log();
  result.write_buffer_size = write_buffer;
  result.compression = leveldb::kNoCompression;
  return result;
}

leveldb::ReadOptions reading() {
  leveldb::ReadOptions result;
  result.verify_checksums = true;
  result.fill_cache = false;
  return result;
}

/// Calls `f(key, value)` with each sound row in the order of keys, from the
/// first with a prefix on, until it returns false.
template <class F>
Status walk(leveldb::DB& db, const leveldb::ReadOptions& how,
            std::string_view prefix, F f) {
  const std::unique_ptr<leveldb::Iterator> i{db.NewIterator(how)};
  for (i->Seek(slice(prefix)); i->Valid(); i->Next())
    if (!view(i->key()).starts_with(prefix)
        || !f(view(i->key()), view(i->value())))
      break;
  return i->status();
}

/// Copies all sound rows.
Status copy_rows(leveldb::DB& from, const leveldb::ReadOptions& how,
                 leveldb::DB& to) {
  leveldb::WriteBatch batch;
  size_t rows = 0;
  Status written;
  auto flush = [&](bool sync) {
    leveldb::WriteOptions opts;
    opts.sync = sync;
    written = to.Write(opts, &batch);
    batch.Clear();
  };
  auto read = walk(from, how, {}, [&](auto key, auto value) {
    batch.Put(slice(key), slice(value));
    if (++rows % rows_per_step == 0)
      flush(false);
    return written.ok();
  });
  if (written.ok())
    flush(true);
  return written.ok() ? read : written;
}

std::unique_ptr<leveldb::DB> open_db(const leveldb::Options& options,
                                     const std::string& dir) {
  leveldb::DB* result = nullptr;
  check(leveldb::DB::Open(options, dir, &result), dir);
  return std::unique_ptr<leveldb::DB>{result};
}

deadline deadline_of(uint64_t text) {
  auto at = static_cast<int64_t>(text);
  return at == kept_changes::never ? deadline{} : to_deadline(at);
}

} // namespace

// -- opening ------------------------------------------------------------------

level_engine::level_engine(std::string dir, level_options options)
  : dir_(std::move(dir)),
    options_(std::move(options)),
    env_(std::make_shared<level_env>(options_.probe)) {
  open();
}

level_engine::~level_engine() = default;

void level_engine::open() {
  auto data = dir_ + "/data";
  auto salvaged = dir_ + "/salvaged";
  std::error_code failed;
  if (!fs::exists(data, failed) && fs::exists(salvaged, failed))
    fs::rename(salvaged, data, failed);
  else
    fs::create_directories(data, failed);
  if (failed)
    throw durable_failure{dir_ + ": " + failed.message()};
  auto status = try_open();
  if (status.IsCorruption()) {
    salvage(status.ToString());
    status = try_open();
  }
  // LevelDB names the lock itself only when somebody has it.
  if (status.ToString().starts_with("IO error: lock "))
    throw durable_failure{dir_ + ": another process has it ("
                          + status.ToString() + ')'};
  check(status, dir_);
}

leveldb::Status level_engine::try_open() {
  std::error_code failed;
  for (const auto& x : fs::directory_iterator{dir_ + "/data", failed})
    if (x.path().extension() == ".log" && has_records_behind_tear(x.path()))
      return Status::Corruption(x.path().string(),
                                "records behind a damaged one");
  leveldb::DB* db = nullptr;
  auto status = leveldb::DB::Open(make_options(*env_), dir_ + "/data", &db);
  db_.reset(db);
  return status.ok() ? read_names() : status;
}

void level_engine::close() {
  db_ = nullptr;
}

void level_engine::reopen() {
  close();
  open();
}

// Nothing that a checksum does not confirm gets into the new directory.
void level_engine::salvage(const std::string& reason) {
  auto data = dir_ + "/data";
  auto salvaged = dir_ + "/salvaged";
  close();
  fs::remove_all(salvaged);
  env_->take_damage();
  auto lax = make_options(*env_);
  lax.paranoid_checks = false;
  env_->still(true);
  leveldb::DB* opened = nullptr;
  auto status = leveldb::DB::Open(lax, data, &opened);
  if (!status.ok()) {
    damage_.push_back(status.ToString());
    check(leveldb::RepairDB(data, lax), dir_);
    check(leveldb::DB::Open(lax, data, &opened), dir_);
  }
  std::unique_ptr<leveldb::DB> from{opened};
  {
    auto to = open_db(make_options(*env_), salvaged);
    status = copy_rows(*from, reading(), *to);
    env_->still(false);
  }
  if (!status.ok() && !status.IsCorruption())
    check(status, dir_);
  auto lines = env_->take_damage();
  if (status.IsCorruption())
    lines.push_back(status.ToString());
  if (lines.empty())
    lines.push_back(reason);
  std::move(lines.begin(), lines.end(), std::back_inserter(damage_));
  from = nullptr;
  auto aside = dir_ + "/damaged-" + std::to_string(unix_now());
  fs::rename(data, aside);
  fs::rename(salvaged, data);
  damage_.push_back("the damaged files are in " + aside);
}

leveldb::Status level_engine::read_names() {
  buckets_.clear();
  Status status;
  auto number_at = [&](std::string_view key) -> std::optional<uint64_t> {
    std::string value;
    auto found = db_->Get(reading(), slice(key), &value);
    if (found.ok())
      return number_of(value);
    if (!found.IsNotFound())
      status = found;
    return std::nullopt;
  };
  auto version = number_at(version_key);
  if (version && *version > format_version)
    throw durable_failure{dir_ + ": written by a newer version (format "
                          + std::to_string(*version) + ", known is "
                          + std::to_string(format_version) + ')'};
  last_event_ = number_at(event_key).value_or(0);
  auto strings = number_at(strings_key);
  if (!status.ok())
    return status;
  uint64_t last = strings.value_or(0);
  status = walk(*db_, reading(), bucket_prefix,
                [&](std::string_view key, std::string_view value) {
                  bucket x;
                  x.id = take_number(value);
                  x.expires = static_cast<int64_t>(take_number(value));
                  x.ephemeral = value == "1";
                  last = std::max(last, x.id);
                  buckets_.emplace(key.substr(bucket_prefix.size()), x);
                  return true;
                });
  if (!status.ok())
    return status;
  const std::unique_ptr<leveldb::Iterator> i{db_->NewIterator(reading())};
  i->Seek("g"); // behind all fields
  if (i->Valid())
    i->Prev();
  else
    i->SeekToLast();
  if (i->Valid() && view(i->key()).starts_with(field_prefix)) {
    auto rest = view(i->key()).substr(1);
    last = std::max(last, take_number(rest));
  }
  if (!i->status().ok())
    return i->status();
  next_id_ = std::max(next_id_, last + 1);
  strings_ = strings ? *strings : next_id_++;
  if (strings && version)
    return status;
  leveldb::WriteBatch batch;
  batch.Put(slice(version_key), number_text(format_version));
  batch.Put(slice(strings_key), number_text(strings_));
  leveldb::WriteOptions durable;
  durable.sync = true;
  return db_->Write(durable, &batch);
}

// -- writing ------------------------------------------------------------------

/// Changes on their way into the engine.
class level_engine::update {
public:
  explicit update(level_engine& self) : self_(self) {
    // nop
  }

  void add(const kept_change& x) {
    if (x.what == op::event) {
      self_.last_event_ = static_cast<uint64_t>(x.number);
      batch.Put(slice(event_key), number_text(self_.last_event_));
    } else if (x.what == op::create) {
      drop(x.name);
      bucket fresh{self_.next_id_++, x.ephemeral, x.number};
      describe(x.name, fresh);
      self_.buckets_.emplace(x.name, fresh);
    } else if (x.what == op::drop) {
      drop(x.name);
    } else if (x.strings) {
      if (x.what == op::clear) {
        self_.dropped_.push_back(self_.strings_);
        self_.strings_ = self_.next_id_++;
        batch.Put(slice(strings_key), number_text(self_.strings_));
      } else {
        add_field(self_.strings_, x);
      }
    } else if (auto i = self_.buckets_.find(x.name);
               i != self_.buckets_.end()) {
      if (x.what == op::describe) {
        i->second.ephemeral = x.ephemeral;
        i->second.expires = x.number;
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

  leveldb::WriteBatch batch;

private:
  void drop(std::string_view name) {
    auto i = self_.buckets_.find(name);
    if (i == self_.buckets_.end())
      return;
    self_.dropped_.push_back(i->second.id);
    self_.buckets_.erase(i);
    batch.Delete(key_of(name));
  }

  void describe(std::string_view name, const bucket& x) {
    std::string value;
    append_number(value, x.id);
    append_number(value, static_cast<uint64_t>(x.expires));
    value += x.ephemeral ? '1' : '0';
    batch.Put(key_of(name), value);
  }

  void add_field(uint64_t id, const kept_change& x) {
    key_ = fields_key(id);
    key_.append(x.key);
    if (x.what == op::erase) {
      batch.Delete(key_);
      return;
    }
    value_.clear();
    append_number(value_, static_cast<uint64_t>(x.number));
    value_.append(x.value);
    batch.Put(key_, value_);
  }

  static std::string key_of(std::string_view name) {
    std::string result{bucket_prefix};
    return result.append(name);
  }

  level_engine& self_;
  std::string key_;
  std::string value_;
};

void level_engine::append(const kept_changes& xs, bool sync) {
  update all{*this};
  xs.for_each([&](const kept_change& x) { all.add(x); });
  leveldb::WriteOptions how;
  how.sync = sync;
  check(db_->Write(how, &all.batch), dir_);
}

bool level_engine::tidy() {
  if (dropped_.empty())
    return false;
  leveldb::WriteBatch batch;
  size_t rows = 0;
  check(walk(*db_, reading(), fields_key(dropped_.back()),
             [&](std::string_view key, std::string_view) {
               batch.Delete(slice(key));
               return ++rows < rows_per_step;
             }),
        dir_);
  if (rows > 0)
    check(db_->Write({}, &batch), dir_);
  if (rows < rows_per_step)
    dropped_.pop_back();
  return !dropped_.empty();
}

// -- reading ------------------------------------------------------------------

kept_report level_engine::load(kept_receiver& to) {
  boost::unordered_flat_map<uint64_t, const buckets::value_type*> by_id;
  auto tell_bucket = [&](const buckets::value_type& x) {
    to.bucket({x.first, x.second.ephemeral,
               deadline_of(static_cast<uint64_t>(x.second.expires))});
  };
  auto now = unix_now();
  auto read = [&] {
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
    return walk(*db_, reading(), field_prefix, visit);
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
  auto i = buckets_.find(name);
  if (i == buckets_.end())
    return false;
  const auto& x = i->second;
  to.bucket(
    {i->first, x.ephemeral, deadline_of(static_cast<uint64_t>(x.expires))});
  auto prefix = fields_key(x.id);
  check(walk(*db_, reading(), prefix,
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

std::function<void()> level_engine::checkpoint(const std::string& dir) {
  // The engine may be opened again meanwhile, or closed.
  auto db = db_;
  const std::shared_ptr<const leveldb::Snapshot> snapshot{
    db->GetSnapshot(),
    [db](const leveldb::Snapshot* x) { db->ReleaseSnapshot(x); }};
  return [env = env_, db, snapshot, dir] {
    auto how = reading();
    how.snapshot = snapshot.get();
    std::error_code failed;
    if (fs::exists(dir, failed) && !fs::is_empty(dir, failed))
      throw durable_failure{dir + ": there is something"};
    fs::create_directories(dir, failed);
    if (failed)
      throw durable_failure{dir + ": " + failed.message()};
    auto options = make_options(*env);
    options.info_log = nullptr;
    auto to = open_db(options, dir + "/data");
    check(copy_rows(*db, how, *to), dir);
  };
}

} // namespace kv::durable
