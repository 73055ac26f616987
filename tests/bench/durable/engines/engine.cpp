#include "tests/bench/durable/engines/engine.hpp"

#include <leveldb/db.h>
#include <leveldb/write_batch.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <lmdb.h>
#include <sqlite3.h>
#include <type_traits>

namespace kv::bench::engines {

namespace {

namespace fs = std::filesystem;

/// LevelDB and RocksDB have the same interface.
template <class DB, class Options, class Batch, class Write, class Read>
class log_engine : public engine {
public:
  explicit log_engine(const string& dir) {
    Options opts;
    opts.create_if_missing = true;
    opts.paranoid_checks = false;
    DB* db = nullptr;
    auto status = DB::Open(opts, dir, &db);
    check(status.ok(), status.ToString());
    db_.reset(db);
  }

  void write(const rows& xs, bool sync) override {
    Batch batch;
    for (const auto& [key, value] : xs)
      batch.Put(key, value);
    Write opts;
    opts.sync = sync;
    auto status = db_->Write(opts, &batch);
    check(status.ok(), status.ToString());
  }

  void load(const visitor& f) override {
    Read opts;
    opts.verify_checksums = true;
    opts.fill_cache = false;
    auto* i = db_->NewIterator(opts);
    const std::unique_ptr<std::remove_pointer_t<decltype(i)>> guard{i};
    for (i->SeekToFirst(); i->Valid(); i->Next())
      f({i->key().data(), i->key().size()},
        {i->value().data(), i->value().size()});
    check(i->status().ok(), i->status().ToString());
  }

private:
  std::unique_ptr<DB> db_;
};

using level_engine
  = log_engine<leveldb::DB, leveldb::Options, leveldb::WriteBatch,
               leveldb::WriteOptions, leveldb::ReadOptions>;
using rocks_engine
  = log_engine<rocksdb::DB, rocksdb::Options, rocksdb::WriteBatch,
               rocksdb::WriteOptions, rocksdb::ReadOptions>;

class lmdb_engine : public engine {
public:
  explicit lmdb_engine(const string& dir) {
    fs::create_directories(dir);
    ok(mdb_env_create(&env_));
    ok(mdb_env_set_mapsize(env_, size_t{4} << 30));
    ok(mdb_env_open(env_, dir.c_str(), MDB_NOSYNC, 0644));
    MDB_txn* txn = nullptr;
    ok(mdb_txn_begin(env_, nullptr, 0, &txn));
    ok(mdb_dbi_open(txn, nullptr, 0, &dbi_));
    ok(mdb_txn_commit(txn));
  }

  ~lmdb_engine() override {
    mdb_env_close(env_);
  }

  void write(const rows& xs, bool sync) override {
    MDB_txn* txn = nullptr;
    ok(mdb_txn_begin(env_, nullptr, 0, &txn));
    for (const auto& [key, value] : xs) {
      auto k = view(key);
      auto v = view(value);
      if (auto code = mdb_put(txn, dbi_, &k, &v, 0)) {
        mdb_txn_abort(txn);
        ok(code);
      }
    }
    ok(mdb_txn_commit(txn));
    if (sync)
      ok(mdb_env_sync(env_, 1));
  }

  void load(const visitor& f) override {
    MDB_txn* txn = nullptr;
    MDB_cursor* cursor = nullptr;
    ok(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
    ok(mdb_cursor_open(txn, dbi_, &cursor));
    MDB_val k;
    MDB_val v;
    while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0)
      f({static_cast<char*>(k.mv_data), k.mv_size},
        {static_cast<char*>(v.mv_data), v.mv_size});
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
  }

private:
  static MDB_val view(const string& x) {
    return {x.size(), const_cast<char*>(x.data())};
  }

  static void ok(int code) {
    check(code == 0, mdb_strerror(code));
  }

  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
};

class sqlite_engine : public engine {
public:
  explicit sqlite_engine(const string& dir) {
    fs::create_directories(dir);
    ok(sqlite3_open((dir + "/db").c_str(), &db_));
    run("PRAGMA journal_mode=WAL");
    run("CREATE TABLE IF NOT EXISTS t(k BLOB PRIMARY KEY, v BLOB) "
        "WITHOUT ROWID");
    ok(sqlite3_prepare_v2(db_, "INSERT OR REPLACE INTO t VALUES(?,?)", -1,
                          &put_, nullptr));
  }

  ~sqlite_engine() override {
    sqlite3_finalize(put_);
    sqlite3_close(db_);
  }

  void write(const rows& xs, bool sync) override {
    run(sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
    run("BEGIN");
    try {
      for (const auto& [key, value] : xs) {
        bind(1, key);
        bind(2, value);
        auto code = sqlite3_step(put_);
        sqlite3_reset(put_);
        check(code == SQLITE_DONE, sqlite3_errmsg(db_));
      }
      run("COMMIT");
    } catch (...) {
      sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

  void load(const visitor& f) override {
    sqlite3_stmt* all = nullptr;
    ok(sqlite3_prepare_v2(db_, "SELECT k, v FROM t", -1, &all, nullptr));
    auto column = [all](int i) {
      return string_view{static_cast<const char*>(sqlite3_column_blob(all, i)),
                         static_cast<size_t>(sqlite3_column_bytes(all, i))};
    };
    auto code = SQLITE_ROW;
    while ((code = sqlite3_step(all)) == SQLITE_ROW)
      f(column(0), column(1));
    sqlite3_finalize(all);
    check(code == SQLITE_DONE, sqlite3_errmsg(db_));
  }

private:
  void ok(int code) {
    check(code == SQLITE_OK, sqlite3_errmsg(db_));
  }

  void run(const char* text) {
    ok(sqlite3_exec(db_, text, nullptr, nullptr, nullptr));
  }

  void bind(int i, const string& x) {
    ok(sqlite3_bind_blob(put_, i, x.data(), static_cast<int>(x.size()),
                         SQLITE_STATIC));
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* put_ = nullptr;
};

} // namespace

std::unique_ptr<engine> open(const string& name, const string& dir) {
  if (name == "leveldb")
    return std::make_unique<level_engine>(dir);
  if (name == "rocksdb")
    return std::make_unique<rocks_engine>(dir);
  if (name == "lmdb")
    return std::make_unique<lmdb_engine>(dir);
  check(name == "sqlite", "no such engine: " + name);
  return std::make_unique<sqlite_engine>(dir);
}

} // namespace kv::bench::engines
