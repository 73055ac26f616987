#include "actors/otp/tree_json.hpp"

#include "actors/base/error.hpp"
#include "actors/otp/later.hpp"
#include "actors/otp/observed.hpp"
#include "actors/otp/running.hpp"

#include <ctime>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

// Invariants
// I1  A node's parent is never destroyed before the walk is, so answers may
//     point to nodes. Nodes are changed under the walk's mutex alone.
// I2  `missing_` is the number of actors that have been asked and have neither
//     answered nor ended; the one that makes it 0 finishes the walk, unless the
//     deadline has.

namespace kv::otp {

namespace {

using nlohmann::json;

json to_json(const inspection& x) {
  json result{{"actor", x.id},
              {"name", x.name},
              {"mailbox", x.waiting},
              {"monitored_by", x.monitored_by},
              {"monitoring", x.monitoring}};
  if (!x.state.empty())
    result["state"] = x.state;
  if (x.parent != 0)
    result["parent"] = x.parent;
  return result;
}

json to_json(const child_info& x) {
  json result{{"id", x.id},
              {"type", x.type == child_type::worker ? "worker" : "supervisor"},
              {"status", to_string(x.status)},
              {"restarts", x.restarts}};
  if (x.uptime.count() > 0 || x.status == child_status::running)
    result["uptime_ms"] = x.uptime.count();
  if (x.status == child_status::restarting)
    result["retry_in_ms"] = x.retry_in.count();
  return result;
}

std::string busy_with(const std::vector<busy_actor>& busy, caf::actor_id id) {
  for (const auto& x : busy)
    if (x.id == id)
      return x.message.empty() ? "starting" : x.message;
  return "unknown";
}

/// Asks a supervisor for its children, those for theirs, and so on.
class tree_walk : public std::enable_shared_from_this<tree_walk> {
public:
  explicit tree_walk(completion<json> done) : done_(std::move(done)) {
    // nop
  }

  void begin(caf::actor_system& sys, std::string id,
             const caf::strong_actor_ptr& root) {
    child_info info{std::move(id), root};
    info.type = child_type::supervisor;
    root_.self = to_json(info);
    root_.self.erase("uptime_ms");
    root_.actor = root;
    timer_.call(sys, look_deadline,
                [walk = shared_from_this()] { walk->finish(); });
    missing_ = 1;
    ask(root_, root);
  }

private:
  struct node {
    json self;
    caf::strong_actor_ptr actor = nullptr;
    bool answered = false;
    std::vector<std::unique_ptr<node>> children = {};
  };

  void ask(node& x, const caf::strong_actor_ptr& who) {
    auto on_answer = [walk = shared_from_this(), &x](const auto& answer) {
      walk->add(x, answer);
    };
    inspect(who, completion<inspection>::make(std::move(on_answer)));
  }

  void add(node& x, const caf::expected<inspection>& answer) {
    std::vector<std::pair<node*, caf::strong_actor_ptr>> more;
    {
      std::lock_guard guard{mtx_};
      if (finished_)
        return;
      x.answered = true;
      if (answer) {
        x.self.update(to_json(*answer));
        if (x.self["type"] == "supervisor")
          x.self["children_total"] = answer->children_total;
        for (const auto& info : answer->children) {
          auto& child = add_child(x, info);
          if (info.ptr)
            more.emplace_back(&child, info.ptr);
        }
      } else {
        x.self["actor"] = x.actor ? x.actor->id() : 0;
        x.self["failure"] = describe(answer.error());
      }
      missing_ += more.size();
      if (--missing_ > 0 && more.empty())
        return;
    }
    if (more.empty())
      finish();
    for (auto& [child, who] : more)
      ask(*child, who);
  }

  static node& add_child(node& parent, const child_info& info) {
    parent.children.push_back(
      std::make_unique<node>(node{to_json(info), info.ptr}));
    return *parent.children.back();
  }

  void finish() {
    {
      std::lock_guard guard{mtx_};
      if (std::exchange(finished_, true))
        return;
    }
    timer_.call_off();
    auto busy = missing_ > 0 ? busy_actors() : std::vector<busy_actor>{};
    done_.deliver(assemble(root_, busy));
  }

  /// Moves the children into their parents' JSON; releases the handles.
  static json assemble(node& x, const std::vector<busy_actor>& busy) {
    if (x.actor && !x.answered) {
      x.self["actor"] = x.actor->id();
      x.self["busy"] = busy_with(busy, x.actor->id());
      if (const auto* seen = observed::of(x.actor))
        x.self["mailbox"] = seen->waiting();
    }
    x.actor = nullptr;
    if (!x.children.empty()) {
      auto list = json::array();
      for (auto& child : x.children)
        list.push_back(assemble(*child, busy));
      x.self["children"] = std::move(list);
    }
    return std::move(x.self);
  }

  std::mutex mtx_;
  node root_;
  size_t missing_ = 0;
  bool finished_ = false;
  completion<json> done_;
  later timer_;
};

std::string to_text(std::chrono::system_clock::time_point x) {
  using std::chrono::milliseconds;
  auto ms = std::chrono::duration_cast<milliseconds>(x.time_since_epoch());
  constexpr int64_t per_second = 1000;
  auto seconds = static_cast<std::time_t>(ms.count() / per_second);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[sizeof("2026-11-25T09:00:00.000Z") + 16]; // NOLINT: room for years
  auto size = std::strftime(text, sizeof(text), "%FT%T", &parts);
  std::snprintf(text + size, sizeof(text) - size, ".%03dZ",
                static_cast<int>(ms.count() % per_second));
  return text;
}

} // namespace

void tree_json(caf::actor_system& sys, std::string id,
               const caf::strong_actor_ptr& root, completion<json> done) {
  std::make_shared<tree_walk>(std::move(done))->begin(sys, std::move(id), root);
}

void actor_json(caf::actor_system& sys, std::string id,
                const caf::strong_actor_ptr& who, completion<json> done) {
  auto timer = std::make_shared<later>();
  auto on_answer = [timer, done, id](const caf::expected<inspection>& x) {
    timer->call_off();
    if (!x) {
      done.deliver(x.error());
      return;
    }
    auto result = to_json(*x);
    result["id"] = id;
    done.deliver(std::move(result));
  };
  auto on_deadline = [done, id, number = who ? who->id() : 0] {
    done.deliver(caf::make_error(
      ec::timeout, id + " is busy: " + busy_with(busy_actors(), number)));
  };
  timer->call(sys, look_deadline, std::move(on_deadline));
  inspect(who, completion<inspection>::make(std::move(on_answer)));
}

json trace_json(const std::vector<traced_message>& messages) {
  auto result = json::array();
  for (const auto& x : messages)
    result.push_back(
      {{"time", to_text(x.when)}, {"sender", x.sender}, {"message", x.text}});
  return result;
}

json crashes_json(const crash_journal& journal, size_t n) {
  auto list = json::array();
  for (const auto& x : journal.last(n))
    list.push_back({{"number", x.number},
                    {"time", to_text(x.when)},
                    {"who", x.who},
                    {"reason", x.reason},
                    {"last_message", x.last_message},
                    {"mailbox", x.mailbox},
                    {"uptime_ms", x.uptime.count()},
                    {"restarts", x.restarts}});
  return {{"total", journal.total()}, {"crashes", std::move(list)}};
}

void crashes_json(const caf::strong_actor_ptr& who, size_t n,
                  completion<json> done) {
  auto on_answer
    = [n, done = std::move(done)](const caf::expected<inspection>& x) {
        if (!x)
          done.deliver(x.error());
        else if (!x->journal)
          done.deliver(caf::make_error(ec::badarg, "no journal of crashes"));
        else
          done.deliver(crashes_json(*x->journal, n));
      };
  inspect(who, completion<inspection>::make(std::move(on_answer)));
}

} // namespace kv::otp
