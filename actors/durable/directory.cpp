#include "actors/durable/directory.hpp"

#include "actors/durable/journal_view.hpp"
#include "actors/durable/level_copy.hpp"
#include "actors/durable/level_damage.hpp"
#include "actors/durable/level_rows.hpp"
#include "actors/durable/level_view.hpp"
#include "actors/kv/durable.hpp"
#include "actors/kv/wall_time.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace kv::durable {

namespace {

/// Counts rows, and learns what their numbers mean.
class row_counter {
public:
  explicit row_counter(directory_report& to) : to_(to) {
    // nop
  }

  void add(std::string_view key, std::string_view value) {
    if (!is_well_formed(key, value))
      to_.damage.push_back("no row of this program: " + quoted(key));
    else if (key == event_key)
      to_.last_event = take_number(value);
    else if (key == strings_key)
      owners_.strings = take_number(value);
    else if (key.starts_with(bucket_prefix))
      add_bucket(key.substr(bucket_prefix.size()), take_number(value));
    else if (key.starts_with(field_prefix))
      add_field(key.substr(field_prefix.size()), take_number(value));
  }

  /// Counts what can be told once all rows are known.
  void finish() {
    for (const auto& [id, count] : fields_) {
      if (id == owners_.strings)
        to_.strings += count;
      else if (owners_.buckets.contains(id))
        to_.fields += count;
    }
  }

  const row_owners& owners() const noexcept {
    return owners_;
  }

private:
  void add_bucket(std::string_view name, uint64_t id) {
    ++to_.buckets;
    owners_.buckets.emplace(id, name);
  }

  void add_field(std::string_view key, uint64_t expires) {
    if (static_cast<int64_t>(expires) > now_)
      ++fields_[take_number(key)];
  }

  directory_report& to_;
  row_owners owners_;
  boost::unordered_flat_map<uint64_t, uint64_t> fields_; ///< By owner.
  int64_t now_ = unix_now();
};

directory_report verify(const level_view& from, const std::string& dir,
                        const row_progress& go_on) {
  directory_report result;
  row_counter counter{result};
  uint64_t rows = 0;
  auto stopped = false;
  journal_view later;
  auto status = later.read(from.db());
  auto read = walk_fields(from.db(), {}, later, [&](auto key, auto value) {
    counter.add(key, value);
    stopped = ++rows % rows_per_step == 0 && go_on && !go_on(rows);
    return !stopped;
  });
  if (status.ok())
    status = read;
  if (stopped)
    throw durable_failure{dir + ": not finished"};
  counter.finish();
  result.torn = from.torn();
  for (const auto& line : from.damage())
    result.damage.push_back(line);
  auto before = result.damage.size();
  for (const auto& file : from.tables())
    find_damage(file, counter.owners(), result.damage);
  if (!status.ok() && result.damage.size() == before)
    result.damage.push_back(status.ToString());
  return result;
}

} // namespace

directory_report verify(const std::string& dir, const row_progress& go_on) {
  const level_view from{dir};
  return verify(from, dir, go_on);
}

directory_report restore(const std::string& from, const std::string& to,
                         const row_progress& go_on) {
  check_is_free(to);
  const level_view source{from};
  auto result = verify(source, from, go_on);
  if (!result.damage.empty())
    throw durable_failure{from + ": is damaged: " + result.damage.front()};
  write_copy(source.db(), reading(), to, go_on);
  return result;
}

} // namespace kv::durable
