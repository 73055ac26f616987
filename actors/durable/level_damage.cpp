#include "actors/durable/level_damage.hpp"

#include "actors/durable/journal_text.hpp"
#include "actors/durable/level_env.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/durable/level_store.hpp"

#include <leveldb/comparator.h>
#include <leveldb/env.h>
#include <leveldb/table.h>

#include <array>
#include <memory>

// A file of rows is blocks with a checksum each. A reader goes on behind a
// damaged block, and its status says from then on that there was one: a fresh
// reader looks for the next.
//
// A key in a file is followed by 8 bytes, the age of its row: of the same keys
// the one with the highest comes first.

namespace kv::durable {

namespace {

using leveldb::Slice;
using leveldb::Status;

constexpr size_t number_size = sizeof(uint64_t);

std::string_view row_key(const Slice& x) {
  auto size = x.size();
  return view(x).substr(0, size < number_size ? size : size - number_size);
}

/// The order of the keys in a file.
class file_order : public leveldb::Comparator {
public:
  int Compare(const Slice& x, const Slice& y) const override {
    auto result = row_key(x).compare(row_key(y));
    return result != 0 ? result : age(y).compare(age(x));
  }

  const char* Name() const override {
    return "kv.file_order";
  }

  void FindShortestSeparator(std::string*, const Slice&) const override {
    // nop
  }

  void FindShortSuccessor(std::string*) const override {
    // nop
  }

private:
  // The lowest byte comes first.
  static std::string age(const Slice& x) {
    auto bytes = view(x).substr(row_key(x).size());
    return {bytes.rbegin(), bytes.rend()};
  }
};

std::string text_of(const Status& status) {
  auto result = status.ToString();
  return result.substr(0, result.find(": /"));
}

/// A file of rows, open.
class table_file {
public:
  explicit table_file(const std::string& name) {
    options_.comparator = &order_;
    options_.paranoid_checks = true;
    level_env env;
    uint64_t size = 0;
    leveldb::RandomAccessFile* file = nullptr;
    status_ = env.GetFileSize(name, &size);
    if (status_.ok())
      status_ = env.NewRandomAccessFile(name, &file);
    file_.reset(file);
    leveldb::Table* table = nullptr;
    if (status_.ok())
      status_ = leveldb::Table::Open(options_, file, size, &table);
    table_.reset(table);
  }

  const Status& status() const {
    return status_;
  }

  std::unique_ptr<leveldb::Iterator> rows() const {
    return std::unique_ptr<leveldb::Iterator>{table_->NewIterator(reading())};
  }

private:
  file_order order_;
  leveldb::Options options_;
  Status status_;
  std::unique_ptr<leveldb::RandomAccessFile> file_;
  std::unique_ptr<leveldb::Table> table_;
};

char hex(unsigned x) {
  return "0123456789abcdef"[x];
}

} // namespace

row_owners owners_in(leveldb::DB& db) {
  row_owners result;
  std::string strings;
  if (db.Get(reading(), slice(strings_key), &strings).ok())
    result.strings = number_of(strings).value_or(0);
  walk(db, reading(), bucket_prefix, [&](auto key, auto value) {
    result.buckets.emplace(bucket_row_of(value).id,
                           key.substr(bucket_prefix.size()));
    return true;
  });
  return result;
}

std::string quoted(std::string_view text) {
  std::string result{'"'};
  for (auto c : text) {
    auto x = static_cast<unsigned char>(c);
    constexpr unsigned blank = 0x20;
    constexpr unsigned last = 0x7e;
    if (x >= blank && x <= last) {
      result += c;
    } else {
      result += "\\x";
      result += hex(x >> 4U);
      result += hex(x & 0xfU);
    }
  }
  return result + '"';
}

std::string name_of_row(std::string_view key, const row_owners& owners) {
  if (key.starts_with(bucket_prefix))
    return "bucket " + quoted(key.substr(bucket_prefix.size()));
  if (key.starts_with(journal_prefix))
    if (auto number = number_of(key.substr(journal_prefix.size())))
      return "group " + std::to_string(*number) + " of changes";
  if (!key.starts_with(field_prefix)
      || key.size() < field_prefix.size() + number_size)
    return "row " + quoted(key);
  key.remove_prefix(field_prefix.size());
  auto id = take_number(key);
  if (id == owners.strings)
    return "string " + quoted(key);
  auto owner = owners.buckets.find(id);
  return "field " + quoted(key) + " of "
         + (owner != owners.buckets.end()
              ? "bucket " + quoted(owner->second)
              : "a bucket that is not there any more");
}

bool is_well_formed(std::string_view key, std::string_view value) {
  if (key == version_key || key == event_key || key == strings_key)
    return value.size() == number_size;
  if (key.starts_with(bucket_prefix))
    return value.size() > 2 * number_size;
  if (key.starts_with(journal_prefix))
    return key.size() == journal_prefix.size() + number_size
           && is_journal_text(value);
  return key.starts_with(field_prefix)
         && key.size() >= field_prefix.size() + number_size
         && value.size() >= number_size;
}

void find_damage(const std::string& file, const row_owners& owners,
                 std::vector<std::string>& lines) {
  const table_file table{file};
  if (!table.status().ok()) {
    lines.push_back(file + ": " + text_of(table.status()));
    return;
  }
  auto name = [&](const std::string& key, const char* none) {
    return key.empty() ? none : name_of_row(row_key(key), owners);
  };
  std::string before;
  auto i = table.rows();
  i->SeekToFirst();
  for (;;) {
    while (i->Valid() && i->status().ok()) {
      before = i->key().ToString();
      i->Next();
    }
    if (i->status().ok())
      return;
    auto behind = i->Valid() ? i->key().ToString() : std::string{};
    lines.push_back(file + ": " + text_of(i->status()) + ", between "
                    + name(before, "the beginning") + " and "
                    + name(behind, "the end"));
    if (behind.empty())
      return;
    i = table.rows();
    i->Seek(behind);
  }
}

} // namespace kv::durable
