#pragma once

#include "actors/durable/level_env.hpp"
#include "actors/kv/durable.hpp"

#include <leveldb/db.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// LevelDB, as all of this room uses it: with checksums looked at, and errors
// thrown.

namespace kv::durable {

/// How many rows one step takes of what may take long.
constexpr size_t rows_per_step = 1000;

inline std::string_view view(const leveldb::Slice& x) {
  return {x.data(), x.size()};
}

inline leveldb::Slice slice(std::string_view x) {
  return {x.data(), x.size()};
}

/// A row or a file that its checksum does not confirm was met.
class damage_found : public durable_failure {
public:
  using durable_failure::durable_failure;
};

/// Throws what is no success, a `durable_failure` that names `dir`.
void check(const leveldb::Status& status, const std::string& dir);

/// Has LevelDB's lock of a directory.
class level_lock {
public:
  /// @param file The lock.
  /// @param dir What it stands for, to people.
  /// Errors: throws `durable_failure` if another process has it, or if it
  /// cannot be written.
  level_lock(level_env& env, const std::string& file, const std::string& dir);

  level_lock(const level_lock&) = delete;

  level_lock& operator=(const level_lock&) = delete;

  ~level_lock();

private:
  level_env& env_;
  leveldb::FileLock* lock_ = nullptr;
};

leveldb::Options make_options(level_env& env);

leveldb::ReadOptions reading();

/// Errors: throws `durable_failure`.
std::unique_ptr<leveldb::DB> open_db(const leveldb::Options& options,
                                     const std::string& dir);

/// Calls `f(key, value)` with each sound row in the order of keys, from the
/// first with a prefix on, until it returns false.
template <class F>
leveldb::Status walk(leveldb::DB& db, const leveldb::ReadOptions& how,
                     std::string_view prefix, F f) {
  const std::unique_ptr<leveldb::Iterator> i{db.NewIterator(how)};
  for (i->Seek(slice(prefix)); i->Valid(); i->Next())
    if (!view(i->key()).starts_with(prefix)
        || !f(view(i->key()), view(i->value())))
      break;
  return i->status();
}

/// Copies all sound rows; they are on the disk on return.
/// @param go_on Is asked with the number of rows behind it, now and then; false
///              ends the copy.
leveldb::Status copy_rows(leveldb::DB& from, const leveldb::ReadOptions& how,
                          leveldb::DB& to,
                          const std::function<bool(uint64_t)>& go_on = {});

} // namespace kv::durable
