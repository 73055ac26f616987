#include "tests/ets/history.hpp"

#include <algorithm>
#include <utility>

namespace kv::test {

namespace {

/// A value that the key may hold, and which of the pending calls have brought
/// it there: one bit a thread.
using possibility = std::pair<std::uint64_t, std::uint64_t>;

class search {
public:
  explicit search(std::size_t threads) : pending_(threads, nullptr) {
    // nop
  }

  void begin(std::size_t thread, const call& x) {
    pending_[thread] = &x;
  }

  /// Keeps what is possible only with this call done; false if that is nothing.
  bool end(std::size_t thread) {
    const auto mine = std::uint64_t{1} << thread;
    after_.clear();
    for (std::size_t next = 0; next < now_.size(); ++next) {
      const auto [value, done] = now_[next];
      if ((done & mine) != 0) {
        put(after_, {value, done & ~mine});
        continue; // The other calls can still wait.
      }
      for (std::size_t i = 0; i < pending_.size(); ++i) {
        const auto bit = std::uint64_t{1} << i;
        if (pending_[i] == nullptr || (done & bit) != 0)
          continue;
        if (const auto changed = apply(*pending_[i], value))
          put(now_, {*changed, done | bit});
      }
    }
    pending_[thread] = nullptr;
    now_.swap(after_);
    return !now_.empty();
  }

private:
  // They are few.
  static void put(std::vector<possibility>& all, const possibility& x) {
    if (std::find(all.begin(), all.end(), x) == all.end())
      all.push_back(x);
  }

  std::vector<const call*> pending_;
  std::vector<possibility> now_{{0, 0}};
  std::vector<possibility> after_;
};

/// A begin or an end.
struct event {
  std::uint64_t when;
  std::size_t thread;
  const call* begun; ///< null: the end
};

} // namespace

bool is_linearizable(const std::vector<thread_calls>& threads) {
  std::vector<event> events;
  for (std::size_t i = 0; i < threads.size(); ++i)
    for (const auto& x : threads[i]) {
      events.push_back({x.begin, i, &x});
      events.push_back({x.end, i, nullptr});
    }
  std::sort(events.begin(), events.end(),
            [](const event& x, const event& y) { return x.when < y.when; });
  search all{threads.size()};
  for (const auto& x : events) {
    if (x.begun != nullptr)
      all.begin(x.thread, *x.begun);
    else if (!all.end(x.thread))
      return false;
  }
  return true;
}

} // namespace kv::test
