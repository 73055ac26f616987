#include "actors/durable/journal_view.hpp"

#include "actors/durable/level_rows.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <array>
#include <optional>

namespace kv::durable {

namespace {

constexpr size_t length_size = sizeof(uint32_t);
constexpr size_t head_size = 1 + 2 * length_size;
constexpr unsigned bits = 8;

void write_length(char* to, size_t x) {
  for (auto i = length_size; i-- > 0; x >>= bits)
    to[i] = static_cast<char>(x & 0xffU);
}

size_t read_length(const char* from) {
  size_t result = 0;
  for (size_t i = 0; i < length_size; ++i)
    result = result << bits | static_cast<unsigned char>(from[i]);
  return result;
}

/// Takes one change from the beginning; nothing if that is none.
std::optional<journal_change> take_change(std::string_view& rest) {
  if (rest.size() < head_size)
    return std::nullopt;
  auto erased = rest[0] == '1';
  auto key = read_length(rest.data() + 1);
  auto value = read_length(rest.data() + 1 + length_size);
  rest.remove_prefix(head_size);
  if (rest.size() < key + value)
    return std::nullopt;
  const journal_change result{rest.substr(0, key), rest.substr(key, value),
                              erased};
  rest.remove_prefix(key + value);
  return result;
}

bool is_before(const journal_change& x, const journal_change& y) {
  return x.key < y.key;
}

/// Calls `f(number, text)` with each row. What has another form is damage, and
/// `verify` names it.
template <class F>
leveldb::Status walk_journal(leveldb::DB& db, F f) {
  return walk(db, reading(), journal_prefix, [&](auto key, auto text) {
    key.remove_prefix(journal_prefix.size());
    if (auto number = number_of(key); number && is_journal_text(text))
      f(*number, text);
    return true;
  });
}

} // namespace

void append_change(std::string& to, const journal_change& x) {
  std::array<char, head_size> head{x.erased ? '1' : '0'};
  write_length(head.data() + 1, x.key.size());
  write_length(head.data() + 1 + length_size, x.value.size());
  to.append(head.data(), head.size()).append(x.key).append(x.value);
}

bool is_journal_text(std::string_view text) {
  if (text.size() < sizeof(uint64_t))
    return false;
  take_number(text);
  while (!text.empty())
    if (!take_change(text))
      return false;
  return true;
}

leveldb::Status journal_extent::read(leveldb::DB& db) {
  return walk_journal(db, [this](uint64_t number, std::string_view text) {
    end = number + 1;
    bytes += text.size();
    next_id = std::max(next_id, take_number(text));
  });
}

// -- journal_view -------------------------------------------------------------

leveldb::Status journal_view::read(leveldb::DB& db) {
  boost::unordered_flat_map<std::string_view, journal_change> last;
  auto status = walk_journal(db, [&](uint64_t number, std::string_view text) {
    numbers_.push_back(number);
    std::string_view rest{texts_.emplace_back(text)};
    take_number(rest);
    while (auto x = take_change(rest))
      last.insert_or_assign(x->key, *x);
  });
  changes_.reserve(last.size());
  for (const auto& [key, x] : last)
    changes_.push_back(x);
  std::sort(changes_.begin(), changes_.end(), is_before);
  return status;
}

journal_view::changes::const_iterator
journal_view::from(std::string_view key) const {
  return std::lower_bound(changes_.begin(), changes_.end(),
                          journal_change{.key = key, .value = {}}, is_before);
}

void journal_view::erase(leveldb::WriteBatch& in) const {
  for (auto number : numbers_)
    in.Delete(slice(journal_key(number)));
}

} // namespace kv::durable
