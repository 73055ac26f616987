#include "actors/durable/level_store.hpp"

#include <leveldb/write_batch.h>

namespace kv::durable {

using leveldb::Status;

void check(const Status& status, const std::string& dir) {
  if (status.ok())
    return;
  auto text = dir + ": " + status.ToString();
  // LevelDB names the lock itself only when somebody has it.
  if (status.ToString().starts_with("IO error: lock "))
    text = dir + ": another process has it";
  if (status.IsCorruption())
    throw damage_found{text};
  throw durable_failure{text};
}

level_lock::level_lock(level_env& env, const std::string& file,
                       const std::string& dir)
  : env_(env) {
  check(env.LockFile(file, &lock_), dir);
}

level_lock::~level_lock() {
  env_.UnlockFile(lock_);
}

leveldb::Options make_options(level_env& env) {
  constexpr size_t write_buffer = size_t{16} << 20;
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

std::unique_ptr<leveldb::DB> open_db(const leveldb::Options& options,
                                     const std::string& dir) {
  leveldb::DB* result = nullptr;
  check(leveldb::DB::Open(options, dir, &result), dir);
  return std::unique_ptr<leveldb::DB>{result};
}

Status copy_rows(leveldb::DB& from, const leveldb::ReadOptions& how,
                 leveldb::DB& to, const std::function<bool(uint64_t)>& go_on) {
  leveldb::WriteBatch batch;
  uint64_t rows = 0;
  Status written;
  auto flush = [&](bool sync) {
    leveldb::WriteOptions opts;
    opts.sync = sync;
    written = to.Write(opts, &batch);
    batch.Clear();
  };
  auto read = walk(from, how, {}, [&](auto key, auto value) {
    batch.Put(slice(key), slice(value));
    if (++rows % rows_per_step != 0)
      return true;
    flush(false);
    if (written.ok() && go_on && !go_on(rows))
      written = Status::IOError("not finished");
    return written.ok();
  });
  if (written.ok())
    flush(true);
  return written.ok() ? read : written;
}

} // namespace kv::durable
