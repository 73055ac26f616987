#include "actors/durable/row_batch.hpp"

#include "actors/durable/level_store.hpp"

#include <leveldb/write_batch.h>

#include <algorithm>

namespace kv::durable {

void row_batch::put(std::string_view key, std::string_view value) {
  add(key, value, false);
}

void row_batch::erase(std::string_view key) {
  add(key, {}, true);
}

void row_batch::add(std::string_view key, std::string_view value, bool erased) {
  rows_.push_back({bytes_.size(), static_cast<uint32_t>(key.size()),
                   static_cast<uint32_t>(value.size()), erased});
  bytes_.append(key).append(value);
}

void row_batch::move_to(leveldb::WriteBatch& to) {
  // Of the same keys the later one comes last.
  std::sort(rows_.begin(), rows_.end(), [this](const row& x, const row& y) {
    auto result = key_of(x).compare(key_of(y));
    return result != 0 ? result < 0 : x.key_at < y.key_at;
  });
  for (size_t i = 0; i < rows_.size(); ++i) {
    const auto& x = rows_[i];
    if (i + 1 < rows_.size() && key_of(rows_[i + 1]) == key_of(x))
      continue;
    if (x.erased)
      to.Delete(slice(key_of(x)));
    else
      to.Put(slice(key_of(x)), slice(std::string_view{bytes_}.substr(
                                 x.key_at + x.key_size, x.value_size)));
  }
  constexpr size_t most_spare = size_t{1} << 20;
  rows_.clear();
  if (bytes_.size() > most_spare)
    bytes_ = {};
  bytes_.clear();
}

} // namespace kv::durable
