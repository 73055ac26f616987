#include "actors/server/slow_log.hpp"

#include <algorithm>

namespace kv::server {

namespace {

int64_t unix_seconds() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

// Redis shows 32 words of 128 bytes, and says how much more there was.
std::vector<std::string> shown(arguments args) {
  constexpr size_t most_words = 32;
  constexpr size_t longest = 128;
  std::vector<std::string> result;
  auto all = args.size() <= most_words;
  for (auto word : args.first(all ? args.size() : most_words - 1))
    if (word.size() <= longest)
      result.emplace_back(word);
    else
      result.push_back(std::string{word.substr(0, longest)} + "... ("
                       + std::to_string(word.size() - longest)
                       + " more bytes)");
  if (!all)
    result.push_back("... (" + std::to_string(args.size() - most_words + 1)
                     + " more arguments)");
  return result;
}

} // namespace

void slow_log::record(arguments args, clock::duration took,
                      const std::string& client) {
  using namespace std::chrono;
  auto us = duration_cast<microseconds>(took).count();
  auto limit = threshold.load();
  if (limit >= 0 && us >= limit)
    remember(args, us, client);
  constexpr int64_t thousand = 1000;
  if (latency_threshold > 0 && us / thousand >= latency_threshold)
    remember_peak(us / thousand);
}

void slow_log::remember(arguments args, int64_t us, const std::string& client) {
  std::lock_guard guard{mtx_};
  entries_.push_front({next_++, unix_seconds(), us, shown(args), client});
  auto most = static_cast<size_t>(std::max<int64_t>(most_entries, 0));
  while (entries_.size() > most)
    entries_.pop_back();
}

void slow_log::remember_peak(int64_t ms) {
  constexpr size_t most = 160; // as Redis
  std::lock_guard guard{mtx_};
  auto now = unix_seconds();
  highest_ = std::max(highest_, ms);
  if (!peaks_.empty() && peaks_.back().unix_seconds == now) {
    peaks_.back().milliseconds = std::max(peaks_.back().milliseconds, ms);
    return;
  }
  peaks_.push_back({now, ms});
  if (peaks_.size() > most)
    peaks_.pop_front();
}

std::vector<slow_request> slow_log::last(size_t count) const {
  std::lock_guard guard{mtx_};
  auto n = std::min(count, entries_.size());
  return {entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(n)};
}

size_t slow_log::size() const {
  std::lock_guard guard{mtx_};
  return entries_.size();
}

void slow_log::clear() {
  std::lock_guard guard{mtx_};
  entries_.clear();
}

std::vector<slow_log::peak> slow_log::peaks() const {
  std::lock_guard guard{mtx_};
  return {peaks_.begin(), peaks_.end()};
}

int64_t slow_log::highest() const {
  std::lock_guard guard{mtx_};
  return highest_;
}

void slow_log::clear_peaks() {
  std::lock_guard guard{mtx_};
  peaks_.clear();
  highest_ = 0;
}

} // namespace kv::server
