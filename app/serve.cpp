#include "app/serve.hpp"

#include "actors/base/awake_workers.hpp"
#include "actors/kv/application.hpp"
#include "actors/otp/watchdog.hpp"
#include "app/actor_types.hpp"
#include "app/help.hpp"
#include "app/keeping.hpp"
#include "app/notify.hpp"
#include "app/servers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

// Order of ends: connections, the tree, the keeper, the io threads, the actor
// system. So every answer finds its connection, and no actor runs on a thread
// that is gone. All of it takes less than 5 s, unless an actor blocks: nobody
// can interrupt it, so a watchdog ends the process.

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

/// Waits for a signal or for the tree's own end. The first signal asks for an
/// ordered end, the second one ends the process at once; SIGHUP calls back.
class life {
public:
  /// Blocks until one of them happens; returns why the tree ended by itself.
  std::optional<caf::error> wait(const application& app,
                                 const std::function<void()>& on_hangup) {
    await_hangup(on_hangup);
    app.on_end([this](const caf::error& reason) {
      boost::asio::post(context_, [this, reason] { finish(reason); });
    });
    signals_.async_wait(
      [this](const boost::system::error_code& err, int number) {
        if (err)
          return;
        log::info("signal " + std::to_string(number) + ", stopping");
        finish(std::nullopt);
      });
    context_.run();
    return reason_;
  }

private:
  void await_hangup(const std::function<void()>& f) {
    hangups_.async_wait([this, &f](const boost::system::error_code& err, int) {
      if (err)
        return;
      f();
      await_hangup(f);
    });
  }

  void finish(std::optional<caf::error> reason) {
    reason_ = std::move(reason);
    signals_.clear(); // the default action is back
    context_.stop();
  }

  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
  boost::asio::signal_set hangups_{context_, SIGHUP};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
    work_{context_.get_executor()};
  std::optional<caf::error> reason_;
};

/// Returns the exit status for the end of the tree, and says why it ended.
exit_status judge(const std::optional<caf::error>& reason) {
  if (!reason)
    return exit_status::ok;
  std::cerr << "kv: the supervision tree ended: " << describe(*reason)
            << std::endl;
  return *reason == ec::max_restarts ? exit_status::gave_up
                                     : exit_status::failed;
}

/// Says who blocks, and ends the process without waiting for it.
[[noreturn]] void give_up(const options& opts,
                          const ets::reader<otp::names_table>& names) {
  auto line = "not ended within " + std::to_string(opts.stop_time.count())
              + " s: " + otp::describe_culprits(names);
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

} // namespace

int serve(config& cfg, const options& opts,
          const std::vector<otp::child_spec>& children,
          const reload_function& load_again) {
  ignore_signals();
  log::init(opts.log_level, opts.log_file);
  life until;
  std::optional<otp::watchdog> patience; // ends last
  if (caf::get_or(cfg, "scheduler.policy", caf::atom("awake"))
      == caf::atom("awake"))
    use_awake_workers(cfg);
  caf::actor_system sys{cfg};
  servers clients{opts};
  recovery_bar bar{std::cerr, ::isatty(STDERR_FILENO) == 1,
                   std::chrono::seconds{1}};
  const auto kept = open_keeper(opts, bar);
  application app{sys, make_tree_options(opts, children)};
  bar.finish();
  if (kept != nullptr)
    await_recovery(*kept, app);
  auto endpoints = clients.start(opts, app.client());
  std::cout << version_text() << "  config "
            << (opts.config_file.empty() ? "none" : opts.config_file)
            << "\nready" << endpoints << std::endl;
  notify_service_manager("READY=1");
  auto reason = until.wait(app, [&] { reload(clients, load_again); });
  notify_service_manager("STOPPING=1");
  patience.emplace(opts.stop_time,
                   [&opts, names = app.actors()] { give_up(opts, names); });
  auto result = judge(reason);
  if (!clients.close(drain_time))
    log::warn("some clients have not read their answers");
  return static_cast<int>(result);
}

} // namespace kv::app
