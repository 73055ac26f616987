#pragma once

#include "actors/durable/level_room.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/kv/durable.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace leveldb {

class DB;
class Status;
class WriteBatch;

} // namespace leveldb

namespace kv::durable {

class level_env;
class level_journal;

/// What may be set about a `level_engine`.
struct level_options {
  /// Called before a file of the log is written ("append") or synced ("sync");
  /// what it throws, a `durable_failure`, is what the disk says. For tests.
  std::function<void(std::string_view)> probe = {};
  /// How long the journal gets before it is folded into the fields' rows.
  size_t journal = size_t{32} << 20;
};

/// Keeps data in a directory, by LevelDB. One process at a time has it.
///
/// What a checksum does not confirm is never told: a directory with damage is
/// copied row by row into a fresh one, and set aside under another name, at the
/// start or whenever damage is met.
/// Complexity: a drop or a clear is O(1), its rows go by and by in `tidy`. What
/// changes fields is one row a group, see `level_journal.hpp`; as much of it as
/// `level_options` says is read again at the next start.
class level_engine : public durable_engine {
public:
  /// Opens a directory, and makes it if there is none.
  /// Errors: throws `durable_failure` if it cannot be read and written, if
  /// another process has it, or if a newer version has written it.
  explicit level_engine(std::string dir, level_options options = {});

  ~level_engine() override;

  void append(const kept_changes& xs, bool sync) override;

  void reopen() override;

  kept_report load(kept_receiver& to) override;

  bool load_bucket(std::string_view name, kept_receiver& to) override;

  std::vector<std::string> list() override;

  bool tidy() override;

  bool is_untidy() const override {
    return must_fold() || !dropped_.empty();
  }

  copy_job checkpoint(const std::string& dir) override;

private:
  struct hash_of_name {
    using is_transparent = void;

    size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };

  using buckets = boost::unordered_flat_map<std::string, bucket_row,
                                            hash_of_name, std::equal_to<>>;

  class update;

  void open();
  void close();
  leveldb::DB& db() const;
  bool read_bucket(std::string_view name, kept_receiver& to);
  void log_damage();
  void write(leveldb::WriteBatch& batch, bool sync);
  bool must_fold() const;
  void fold_some();
  bool remove_some();
  void salvage(const std::string& reason);
  leveldb::Status prepare_files();
  leveldb::Status try_open();
  leveldb::Status read_names();

  const std::string dir_;
  const level_options options_;
  level_room room_;
  std::shared_ptr<level_env> env_; ///< Outlives what it opened.
  std::shared_ptr<leveldb::DB> db_;
  std::vector<std::string> damage_; ///< Found when it was opened.
  std::string met_; ///< Damage that `reopen` must not leave there.
  buckets buckets_;
  uint64_t strings_ = 0; ///< By what number the strings go.
  uint64_t next_id_ = 1;
  uint64_t last_event_ = 0;
  std::vector<uint64_t> dropped_; ///< Whose rows may still be there.
  bool broken_ = false;           ///< A write has failed.
  const std::unique_ptr<level_journal> journal_;
};

} // namespace kv::durable
