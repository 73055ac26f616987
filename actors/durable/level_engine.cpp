#include "actors/durable/level_engine.hpp"

#include "actors/base/log.hpp"
#include "actors/durable/level_damage.hpp"
#include "actors/durable/level_env.hpp"
#include "actors/durable/level_journal.hpp"
#include "actors/durable/level_links.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/durable/level_store.hpp"
#include "actors/durable/level_tail.hpp"
#include "actors/kv/wall_time.hpp"

#include <leveldb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

// How a directory is opened; see level_write.cpp and level_read.cpp for what is
// done with it then.
//
// Invariants
// I1  `buckets_`, `strings_` and `next_id_` are what the engine has, unless an
//     `append` has failed: then `reopen` reads them again.
// I2  No number is given twice, so what a dropped bucket has left is nobody's.
// I3  The directory `data` is whole at every moment: what is salvaged takes its
//     place by being renamed. If it is missing, `salvaged` is whole.

namespace kv::durable {

namespace fs = std::filesystem;

using leveldb::Status;

level_engine::level_engine(std::string dir, level_options options)
  : dir_(std::move(dir)),
    options_(std::move(options)),
    room_(dir_),
    env_(std::make_shared<level_env>(options_.probe)),
    journal_(std::make_unique<level_journal>()) {
  open();
}

// So that the next start finds rows in order. What is not folded is read then.
level_engine::~level_engine() {
  constexpr size_t small = size_t{1} << 20;
  try {
    while (!broken_ && (journal_->folds() || journal_->bytes() > small))
      fold_some();
  } catch (const durable_failure& reason) {
    log::error(std::string{"the journal stays as it is: "} + reason.what());
  }
}

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
  check(status, dir_);
}

// Looks for damage that LevelDB does not see, and takes the zeros away that an
// end without order has left behind the log.
leveldb::Status level_engine::prepare_files() {
  auto data = dir_ + "/data";
  const level_lock lock{*env_, data + "/LOCK", dir_}; // others may use it
  if (has_lost_names(data))
    return Status::Corruption(data + "/CURRENT", "is missing");
  std::error_code failed;
  for (const auto& x : fs::directory_iterator{data, failed}) {
    if (x.path().extension() != ".log")
      continue;
    if (auto end = end_of_records(x.path()); end < x.file_size(failed))
      fs::resize_file(x.path(), end, failed);
    if (has_records_behind_tear(x.path()))
      return Status::Corruption(x.path().string(),
                                "records behind a damaged one");
  }
  return Status::OK();
}

leveldb::Status level_engine::try_open() {
  if (auto found = prepare_files(); !found.ok())
    return found;
  leveldb::DB* db = nullptr;
  auto status = leveldb::DB::Open(make_options(*env_), dir_ + "/data", &db);
  db_.reset(db);
  broken_ = !status.ok();
  return status.ok() ? read_names() : status;
}

void level_engine::close() {
  db_ = nullptr;
}

leveldb::DB& level_engine::db() const {
  if (db_ == nullptr)
    throw durable_failure{dir_ + ": is closed after an error"};
  return *db_;
}

void level_engine::reopen() {
  room_.check(); // else each attempt would take some of it
  close();
  if (!met_.empty())
    salvage(met_);
  met_.clear();
  open();
  log_damage();
}

// Of the start, its report tells.
void level_engine::log_damage() {
  for (const auto& line : std::exchange(damage_, {}))
    log::error("damaged data: " + line);
}

// Nothing that a checksum does not confirm gets into the new directory, and
// nothing in the old one changes.
void level_engine::salvage(const std::string& reason) {
  auto data = dir_ + "/data";
  auto salvaged = dir_ + "/salvaged";
  close();
  const level_lock lock{*env_, data + "/LOCK", dir_};
  auto scratch = dir_ + "/links";
  fs::remove_all(salvaged);
  fs::remove_all(scratch);
  fs::create_directory(scratch);
  auto before = damage_.size();
  {
    level_env damaged{{}, false};
    const level_links links{data, scratch};
    auto from = open_damaged(damaged, links, damage_);
    auto to = open_db(make_options(*env_), salvaged);
    auto status = copy_rows(*from, reading(), *to);
    if (!status.IsCorruption())
      check(status, dir_);
    auto owners = owners_in(*to);
    for (const auto& file : links.tables())
      find_damage(file, owners, damage_);
  }
  if (damage_.size() == before)
    damage_.push_back(reason);
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
    throw durable_failure{dir_ + ": " + newer_version_text(*version)};
  last_event_ = number_at(event_key).value_or(0);
  auto strings = number_at(strings_key);
  if (!status.ok())
    return status;
  uint64_t last = strings.value_or(0);
  status = walk(*db_, reading(), bucket_prefix,
                [&](std::string_view key, std::string_view value) {
                  auto x = bucket_row_of(value);
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
  if (auto read = journal_->open(*db_); !read.ok())
    return read;
  next_id_ = std::max({next_id_, last + 1, journal_->next_id()});
  strings_ = strings ? *strings : next_id_++;
  if (strings && version == format_version)
    return status;
  leveldb::WriteBatch batch;
  batch.Put(slice(version_key), number_text(format_version));
  batch.Put(slice(strings_key), number_text(strings_));
  leveldb::WriteOptions durable;
  durable.sync = true;
  return db_->Write(durable, &batch);
}

} // namespace kv::durable
