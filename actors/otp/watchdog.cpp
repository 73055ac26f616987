#include "actors/otp/watchdog.hpp"

#include "actors/otp/alive.hpp"
#include "actors/otp/running.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace kv::otp {

watchdog::watchdog(std::chrono::milliseconds limit, std::function<void()> bark)
  : thread_([this, limit, bark = std::move(bark)] { watch(limit, bark); }) {
  // nop
}

watchdog::~watchdog() {
  {
    std::lock_guard guard{mtx_};
    off_ = true;
  }
  called_off_.notify_one();
  thread_.join();
}

void watchdog::watch(std::chrono::milliseconds limit,
                     const std::function<void()>& bark) {
  {
    std::unique_lock guard{mtx_};
    if (called_off_.wait_for(guard, limit, [this] { return off_; }))
      return;
  }
  bark();
}

namespace {

/// Returns which children run, and the names they go by.
std::map<caf::actor_id, std::string>
children_in(const ets::reader<names_table>& names) {
  std::map<caf::actor_id, std::string> result;
  try {
    if (names)
      names.for_each([&](const name_entry& x) {
        if (is_alive(x.actor))
          result.emplace(x.actor->id(), x.name);
      });
  } catch (const ets::error&) {
    // The table is closed: the tree has ended.
  }
  return result;
}

std::vector<busy_actor> stuck_actors() {
  constexpr std::chrono::milliseconds period{100};
  auto before = busy_actors();
  std::this_thread::sleep_for(period);
  auto result = busy_actors();
  std::erase_if(result, [&](const busy_actor& x) {
    return std::find(before.begin(), before.end(), x) == before.end();
  });
  return result;
}

std::string describe(const busy_actor& x, const std::string& child) {
  auto result = (child.empty() ? x.name : child) + " (actor "
                + std::to_string(x.id);
  if (!child.empty() && child != x.name)
    result += ", " + x.name;
  return result
         + (x.message.empty()
              ? ") does not finish its start"
              : ") does not finish its handler of " + x.message);
}

} // namespace

std::string describe_culprits(const ets::reader<names_table>& names) {
  auto children = children_in(names);
  std::string result;
  auto append = [&](const std::string& text) {
    result += (result.empty() ? "" : "; ") + text;
  };
  for (const auto& x : stuck_actors()) {
    auto i = children.find(x.id);
    append(describe(x, i != children.end() ? i->second : std::string{}));
  }
  if (!result.empty())
    return result;
  // The last one started is the first to be stopped, and has a higher number.
  std::for_each(children.rbegin(), children.rend(), [&](const auto& x) {
    append(x.second + " (actor " + std::to_string(x.first) + ") still runs");
  });
  return result.empty() ? "no actor of the tree runs" : result;
}

} // namespace kv::otp
