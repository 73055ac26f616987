#include "app/access.hpp"
#include "app/actor_types.hpp"
#include "app/client/client.hpp"
#include "app/command_line.hpp"
#include "app/generate/generate.hpp"
#include "app/help.hpp"
#include "app/print_config.hpp"
#include "app/serve.hpp"
#include "app/settings.hpp"
#include "app/text.hpp"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <unistd.h>

namespace kv::app {

namespace {

/// Overwrites a secret where `ps e` and /proc show it.
void hide(char* secret) {
  std::memset(secret, '*', std::strlen(secret));
}

/// Takes the variables that begin with KV_, the password away from where others
/// could see it.
std::map<std::string, std::string> take_environment() {
  std::map<std::string, std::string> result;
  for (auto** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text{*entry};
    if (auto pos = text.find('=');
        pos != std::string_view::npos && text.starts_with("KV_"))
      result.emplace(text.substr(0, pos), text.substr(pos + 1));
  }
  if (auto* password
      = std::getenv("KV_PASSWORD")) // NOLINT(concurrency-mt-unsafe)
    hide(password);
  return result;
}

int print(const std::string& text) {
  std::cout << text << std::flush;
  return static_cast<int>(std::cout ? exit_status::ok : exit_status::failed);
}

void complain(const std::exception& reason) {
  std::cerr << "kv: " << on_one_line(reason.what()) << '\n';
}

int run(const std::vector<std::string>& args) {
  if (is_generator(args)) {
    generate(args, std::filesystem::current_path(), std::cout);
    return print("");
  }
  auto line = parse_command_line(args);
  if (line.what == action::help)
    return print(help_text());
  if (line.what == action::serve_help)
    return print(serve_help_text());
  if (line.what == action::client_help)
    return print(client_help_text(line.command));
  if (line.what == action::version)
    return print(version_text() + '\n');
  config cfg;
  const sources from{line.options, take_environment(), actor_type_names()};
  auto found = load_settings(cfg, from);
  if (line.what == action::client)
    return run_client(line.command, line.operands, found.opts);
  check_access(found.opts);
  if (line.what == action::print_config)
    return print(print_config(cfg, found));
  return serve(cfg, found.opts, {}, [&] {
    config again;
    auto fresh = load_settings(again, from);
    check_access(fresh.opts);
    return reloaded_options{fresh.opts, need_restart(found, fresh)};
  });
}

} // namespace

} // namespace kv::app

int main(int argc, char** argv) {
  using kv::app::exit_status;
  try {
    return kv::app::run({argv + 1, argv + argc});
  } catch (const kv::app::refusal& reason) {
    kv::app::complain(reason);
    return static_cast<int>(reason.status());
  } catch (const std::exception& reason) {
    kv::app::complain(reason);
    return static_cast<int>(exit_status::failed);
  }
}
