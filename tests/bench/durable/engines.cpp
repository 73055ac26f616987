#include <leveldb/db.h>
#include <leveldb/write_batch.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <lmdb.h>
#include <map>
#include <memory>
#include <random>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <unistd.h>
#include <vector>

// What embedded engines cost, and what they do when the disk does not want to:
//
//   engines DIRECTORY ENGINE speed|limit|fill|flips
//
// It is built by hand, because nothing else needs all of them:
//
//   g++ -std=c++20 -O2 engines.cpp -lleveldb -lrocksdb -llmdb -lsqlite3
//
// `limit` sets a limit to the size of files; `fill` writes until DIRECTORY, a
// small file system of its own, is full; `flips` turns bits of what was
// written.

namespace {

using std::string;
using std::string_view;
namespace fs = std::filesystem;

using rows = std::vector<std::pair<string, string>>;
using visitor = std::function<void(string_view, string_view)>;

/// What is asked of an engine; everything throws with the engine's words.
class engine {
public:
  virtual ~engine() = default;
  virtual void write(const rows& xs, bool sync) = 0;
  virtual void load(const visitor& f) = 0;
};

void check(bool ok, const string& what) {
  if (!ok)
    throw std::runtime_error(what);
}

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

// -- what is written ----------------------------------------------------------

constexpr uint32_t million = 1'000'000;
constexpr size_t value_size = 100;

string key_of(uint32_t n) {
  char buf[17];
  std::snprintf(buf, sizeof(buf), "%016u", n);
  return buf;
}

/// Tells by itself whether it is what was written.
string value_of(string_view key) {
  string result;
  std::minstd_rand random{
    static_cast<uint32_t>(std::hash<string_view>{}(key) | 1U)};
  while (result.size() < value_size)
    result += static_cast<char>('a' + random() % 26);
  return result;
}

double cpu() {
  rusage x{};
  ::getrusage(RUSAGE_SELF, &x);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec)
           + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(x.ru_utime) + seconds(x.ru_stime);
}

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

rows random_rows(std::mt19937& random, size_t n) {
  rows result;
  for (size_t i = 0; i < n; ++i) {
    auto key = key_of(random() % million);
    auto value = value_of(key);
    result.emplace_back(std::move(key), std::move(value));
  }
  return result;
}

// -- measurements -------------------------------------------------------------

void speed(const string& name, const string& dir) {
  std::mt19937 random{1};
  {
    auto db = open(name, dir);
    rows xs;
    for (uint32_t i = 0; i < million; ++i) {
      auto key = key_of(i);
      xs.emplace_back(key, value_of(key));
      if (xs.size() == 1000) {
        db->write(xs, false);
        xs.clear();
      }
    }
    for (size_t n : {1, 16, 64}) {
      constexpr size_t writes = 320'000;
      std::vector<rows> batches;
      for (size_t i = 0; i < writes / n; ++i)
        batches.push_back(random_rows(random, n));
      auto before = cpu();
      for (const auto& batch : batches)
        db->write(batch, false);
      std::printf("%s: batch %zu: %.2f us of CPU a write\n", name.c_str(), n,
                  (cpu() - before) * 1e6 / writes);
    }
    for (size_t n : {1, 16, 64}) {
      auto begin = now();
      auto before = cpu();
      size_t groups = 0;
      for (; now() - begin < 2; ++groups)
        db->write(random_rows(random, n), true);
      std::printf("%s: group %zu: %.0f groups/s with fsync, %.1f us a group\n",
                  name.c_str(), n,
                  static_cast<double>(groups) / (now() - begin),
                  (cpu() - before) * 1e6 / static_cast<double>(groups));
    }
  }
  auto begin = now();
  size_t bytes = 0;
  open(name, dir)->load([&](string_view key, string_view value) {
    bytes += key.size() + value.size();
  });
  std::printf("%s: load: %.2f s for %zu MB\n", name.c_str(), now() - begin,
              bytes / million);
}

/// Writes until the engine says no, then reads, then makes room and goes on.
int until_full(const string& name, const string& dir,
               const std::function<void()>& squeeze,
               const std::function<void()>& relax) {
  std::map<string, string> acknowledged;
  auto has_all = [&](engine& db) {
    size_t found = 0;
    db.load([&](string_view key, string_view value) {
      auto i = acknowledged.find(string{key});
      found += i != acknowledged.end() && i->second == value ? 1 : 0;
    });
    return found == acknowledged.size();
  };
  std::mt19937 random{std::random_device{}()};
  auto db = open(name, dir);
  squeeze();
  string error;
  while (error.empty() && acknowledged.size() < million) {
    auto xs = random_rows(random, 16);
    try {
      db->write(xs, true);
      acknowledged.insert(xs.begin(), xs.end());
    } catch (const std::exception& reason) {
      error = reason.what();
    }
  }
  auto reads = false;
  auto goes_on = false;
  auto reopens = false;
  auto complete = false;
  try {
    reads = has_all(*db);
  } catch (const std::exception&) {
    // no
  }
  relax();
  try {
    db->write(random_rows(random, 16), true);
    goes_on = true;
  } catch (const std::exception&) {
    // no
  }
  db.reset();
  try {
    db = open(name, dir);
    complete = has_all(*db);
    db->write(random_rows(random, 16), true);
    reopens = true;
  } catch (const std::exception& reason) {
    error += string{" / "} + reason.what();
  }
  std::printf(
    "%s: %zu rows, then \"%s\"; reads %d, goes on %d, opens again %d, "
    "complete %d\n",
    name.c_str(), acknowledged.size(), error.c_str(), reads, goes_on, reopens,
    complete);
  return reads && reopens && complete ? 0 : 1;
}

int limit(const string& name, const string& dir) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto set = [](rlim_t most) {
    rlimit x{most, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &x);
  };
  return until_full(
    name, dir, [&] { set(3 * million); }, [&] { set(RLIM_INFINITY); });
}

int fill(const string& name, const string& dir) {
  auto ballast = fs::path{dir}.parent_path() / "ballast";
  std::ofstream{ballast} << string(24 * million, 'x');
  return until_full(
    name, dir, [] {}, [&] { fs::remove(ballast); });
}

/// Turns one bit at a time, and looks at all rows each time.
int flips(const string& name, const string& dir) {
  {
    auto db = open(name, dir);
    for (uint32_t i = 0; i < 20'000; i += 10) {
      rows xs;
      for (uint32_t j = i; j < i + 10; ++j)
        xs.emplace_back(key_of(j), value_of(key_of(j)));
      db->write(xs, true);
    }
  }
  std::mt19937 random{1};
  size_t wrong = 0;
  size_t refused = 0;
  size_t crashed = 0;
  constexpr size_t rounds = 100;
  auto copy = dir + ".flipped";
  for (size_t round = 0; round < rounds; ++round) {
    fs::remove_all(copy);
    fs::copy(dir, copy, fs::copy_options::recursive);
    std::vector<fs::path> files;
    uint64_t total = 0;
    for (const auto& x : fs::directory_iterator{copy})
      total += x.file_size();
    auto at = std::uniform_int_distribution<uint64_t>{0, total - 1}(random);
    for (const auto& x : fs::directory_iterator{copy}) {
      if (at >= x.file_size()) {
        at -= x.file_size();
        continue;
      }
      std::fstream file{x.path(),
                        std::ios::in | std::ios::out | std::ios::binary};
      file.seekg(static_cast<std::streamoff>(at));
      auto c = static_cast<char>(file.get() ^ (1 << random() % 8));
      file.seekp(static_cast<std::streamoff>(at));
      file.put(c);
      break;
    }
    auto child = ::fork();
    if (child == 0) {
      auto code = 0;
      try {
        open(name, copy)->load([&](string_view key, string_view value) {
          if (value != value_of(key))
            code = 1;
        });
      } catch (const std::exception&) {
        code = code == 1 ? 1 : 2;
      }
      std::_Exit(code);
    }
    auto status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status))
      ++crashed;
    else if (WEXITSTATUS(status) == 1)
      ++wrong;
    else if (WEXITSTATUS(status) == 2)
      ++refused;
  }
  std::printf("%s: %zu flips: %zu served, %zu named, %zu crashes\n",
              name.c_str(), rounds, wrong, refused, crashed);
  return wrong + crashed == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: engines DIRECTORY ENGINE speed|limit|fill|flips\n";
    return 2;
  }
  string name = argv[2];
  string what = argv[3];
  auto dir = string{argv[1]} + '/' + name;
  fs::remove_all(dir);
  try {
    if (what == "limit")
      return limit(name, dir);
    if (what == "fill")
      return fill(name, dir);
    if (what == "flips")
      return flips(name, dir);
    speed(name, dir);
    return 0;
  } catch (const std::exception& reason) {
    std::cerr << name << ": " << reason.what() << '\n';
    return 1;
  }
}
