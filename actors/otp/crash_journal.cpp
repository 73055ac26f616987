#include "actors/otp/crash_journal.hpp"

#include "actors/base/error.hpp"
#include "actors/base/log.hpp"

#include <algorithm>
#include <utility>

namespace kv::otp {

void crash_journal::add(end_record x, const caf::error& reason) {
  x.when = std::chrono::system_clock::now();
  x.reason = describe(reason);
  if (auto details = crash_details_of(reason)) {
    x.last_message = std::move(details->last_message);
    x.mailbox = details->mailbox;
  }
  std::lock_guard guard{mtx_};
  x.number = ++total_;
  records_.push_back(std::move(x));
  if (records_.size() > capacity_)
    records_.pop_front();
}

std::vector<end_record> crash_journal::last(size_t n) const {
  std::lock_guard guard{mtx_};
  auto count = static_cast<ptrdiff_t>(std::min(n, records_.size()));
  return {records_.rbegin(), records_.rbegin() + count};
}

uint64_t crash_journal::total() const {
  std::lock_guard guard{mtx_};
  return total_;
}

bool rate_limit::admit(time_point now, uint64_t* left_out) {
  if (begin_ == time_point::min() || now - begin_ >= std::chrono::seconds{1}) {
    begin_ = now;
    lines_ = 0;
  }
  if (lines_ >= limit_) {
    ++left_out_;
    return false;
  }
  ++lines_;
  *left_out = std::exchange(left_out_, 0);
  return true;
}

void crash_reports::write(const std::string& line, rate_limit::time_point now) {
  if (!log::enabled(log::level::warn))
    return;
  uint64_t left_out = 0;
  {
    std::lock_guard guard{mtx_};
    if (!limit_.admit(now, &left_out))
      return;
  }
  if (left_out > 0)
    log::warn(std::to_string(left_out) + " crash reports were left out");
  log::warn(line);
}

void report_crash(const std::string& line) {
  constexpr uint64_t lines_per_second = 20;
  static crash_reports all{lines_per_second};
  all.write(line, std::chrono::steady_clock::now());
}

} // namespace kv::otp
