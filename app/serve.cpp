#include "app/serve.hpp"

#include "actors/base/awake_workers.hpp"
#include "actors/kv/application.hpp"
#include "actors/otp/watchdog.hpp"
#include "app/actor_types.hpp"
#include "app/help.hpp"
#include "app/keeping.hpp"
#include "app/life.hpp"
#include "app/notify.hpp"
#include "app/servers.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>

// Order of ends: connections, the tree, the keeper, the io threads, the actor
// system. So every answer finds its connection, and no actor runs on a thread
// that is gone. All of it takes less than 5 s, unless an actor blocks: nobody
// can interrupt it, so a watchdog ends the process. A signal during the start
// ends what is there by then in the same order, and within the same time.

namespace kv::app {

namespace {

/// What clients that do not read their answers may cost at the end.
constexpr std::chrono::seconds drain_time{2};

tree_options make_tree_options(const options& opts,
                               std::vector<otp::child_spec> children) {
  tree_options result;
  result.children = std::move(children);
  for (const auto& name : opts.with)
    result.children.push_back(actor_type_spec(name));
  return result;
}

/// Returns the exit status for the end of the tree, and says why it ended.
exit_status judge(const std::optional<caf::error>& reason) {
  if (!reason)
    return exit_status::ok;
  std::cerr << "kv: the supervision tree ended: " << describe(*reason)
            << std::endl;
  return *reason == ec::max_restarts ? exit_status::gave_up
                                     : exit_status::failed;
}

ets::reader<otp::names_table> names_of_tree() {
  try {
    return ets::whereis<otp::names_table>("kv.names");
  } catch (const ets::error&) {
    return {}; // there is no tree yet, or none any more
  }
}

/// Says who blocks, and ends the process without waiting for it. What is kept
/// stands that, as it stands a crash.
[[noreturn]] void give_up(const options& opts) {
  auto names = names_of_tree();
  auto line = "not ended within " + std::to_string(opts.stop_time.count())
              + " s: " + otp::describe_culprits(names);
  if (!names && !opts.data_dir.empty())
    line += ", but " + opts.data_dir + " is being opened or closed";
  log::error(line);
  std::cerr << "kv: " << line << std::endl;
  std::_Exit(static_cast<int>(exit_status::stuck));
}

std::string reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr int64_t million = 1'000'000;
  constexpr int64_t thousand = 1000;
  return "RELOADING=1\nMONOTONIC_USEC="
         + std::to_string(now.tv_sec * million + now.tv_nsec / thousand);
}

/// Takes over what can be changed while clients are served; a configuration
/// that is wrong changes nothing.
void reload(servers& clients, const reload_function& load_again) {
  if (!load_again)
    return;
  notify_service_manager(reloading());
  try {
    auto fresh = load_again();
    clients.reload(fresh.opts);
    log::init(fresh.opts.log_level, fresh.opts.log_file);
    for (const auto& name : fresh.need_restart)
      log::warn(name + ": takes effect after a restart");
    log::info("the configuration was read again");
  } catch (const std::exception& reason) {
    log::error(std::string{"the configuration is not read: "} + reason.what());
  }
  notify_service_manager("READY=1");
}

/// A client may go, and a file may be as long as it may be: neither ends the
/// process.
void ignore_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

/// Ends a keeper when the tree has gone; it itself goes later.
struct keeper_end {
  ~keeper_end() {
    if (of != nullptr)
      of->end();
  }

  keeper* of;
};

/// Everything from the start to the end, or to where a signal ends the start.
/// Errors: throws what the start fails with, which may be that signal.
exit_status run(config& cfg, const options& opts,
                const std::vector<otp::child_spec>& children,
                const reload_function& load_again, life& until) {
  auto stops = [&until] { return until.signal() != 0; };
  caf::actor_system sys{cfg};
  std::unique_ptr<keeper> kept; // clients that are still there may use it
  servers clients{opts};
  recovery_bar bar{std::cerr, ::isatty(STDERR_FILENO) == 1,
                   std::chrono::seconds{1}};
  kept = open_keeper(opts, bar, stops);
  const keeper_end end{kept.get()};
  application app{sys, make_tree_options(opts, children)};
  bar.finish();
  if (kept != nullptr)
    await_recovery(*kept, app, stops);
  if (stops())
    return exit_status::ok;
  auto endpoints = clients.start(opts, app.client());
  std::cout << version_text() << "  config "
            << (opts.config_file.empty() ? "none" : opts.config_file)
            << "\nready" << endpoints << std::endl;
  notify_service_manager("READY=1");
  auto reason = until.wait(app, [&] { reload(clients, load_again); });
  notify_service_manager("STOPPING=1");
  auto result = judge(reason);
  if (!clients.close(drain_time))
    log::warn("some clients have not read their answers");
  return result;
}

} // namespace

int serve(config& cfg, const options& opts,
          const std::vector<otp::child_spec>& children,
          const reload_function& load_again) {
  ignore_signals();
  log::init(opts.log_level, opts.log_file);
  if (caf::get_or(cfg, "scheduler.policy", caf::atom("awake"))
      == caf::atom("awake"))
    use_awake_workers(cfg);
  life until{opts.stop_time, [&opts] { give_up(opts); }}; // ends last
  auto result = exit_status::ok;
  try {
    result = run(cfg, opts, children, load_again, until);
  } catch (const std::exception& reason) {
    if (!until.cut_short())
      throw;
    // If it is more than the signal, the next start says it again.
    log::write(log::level::debug, reason.what());
  }
  if (until.cut_short())
    std::cerr << "kv: signal " << until.signal()
              << " has ended the start, nothing was served" << std::endl;
  return static_cast<int>(result);
}

} // namespace kv::app
