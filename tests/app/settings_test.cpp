#include "app/settings.hpp"

#include "tests/app/scratch.hpp"
#include "tests/support/catch.hpp"

#include <caf/atom.hpp>
#include <caf/settings.hpp>

#include <algorithm>
#include <thread>

using namespace kv::app;
using kv::app::test::scratch;

namespace {

struct loader {
  scratch folder;
  config cfg;
  sources from{.actor_types = {"counter", "clock"}};

  void give(std::string_view name, const std::string& text) {
    from.command_line.push_back({find_option(name), text});
  }

  settings load() {
    return load_settings(cfg, from);
  }

  std::string origin(std::string_view name) {
    for (const auto& x : load().ours)
      if (x.spec->name == name)
        return x.origin;
    return "none";
  }

  std::string refused(exit_status status) {
    try {
      load();
    } catch (const refusal& reason) {
      CHECK(reason.status() == status);
      return reason.what();
    }
    return "not refused";
  }
};

} // namespace

TEST_CASE("without any source every option has its default") {
  loader x;
  auto opts = x.load().opts;
  CHECK(opts.bind == "127.0.0.1");
  CHECK(opts.line_port == 4040);
  CHECK(opts.io_threads >= 1);
  CHECK(opts.max_clients == 10000);
  CHECK(opts.log_level == kv::log::level::info);
  CHECK(opts.log_file.empty());
  CHECK(opts.with.empty());
  CHECK(opts.config_file.empty());
  CHECK(x.origin("line-port") == "default");
}

TEST_CASE("command line, environment, file, default: the first one wins") {
  loader x;
  scratch::write("caf-application.ini", "[kv]\nline-port = 1\n");
  CHECK(x.load().opts.line_port == 1);
  CHECK(x.origin("line-port") == "caf-application.ini:2");
  x.from.environment["KV_LINE_PORT"] = "2";
  CHECK(x.load().opts.line_port == 2);
  CHECK(x.origin("line-port") == "KV_LINE_PORT");
  x.give("line-port", "3");
  CHECK(x.load().opts.line_port == 3);
  CHECK(x.origin("line-port") == "command line");
  CHECK(x.origin("bind") == "default");
}

TEST_CASE("one file is read: --config, KV_CONFIG, ./caf-application.ini") {
  loader x;
  scratch::write("caf-application.ini", "[kv]\nline-port=1\nmax-clients=7\n");
  CHECK(x.load().opts.config_file == "caf-application.ini");
  x.from.environment["KV_CONFIG"] = scratch::write("b.ini", "[kv]\n");
  CHECK(x.load().opts.config_file == "b.ini");
  CHECK(x.load().opts.max_clients == 10000);
  x.give("config", scratch::write("c.ini", "[kv]\nline-port = 3\n"));
  CHECK(x.load().opts.config_file == "c.ini");
  CHECK(x.origin("line-port") == "c.ini:2");
}

TEST_CASE("every option can come from every source") {
  auto spec
    = GENERATE(from_range(option_table().begin(), option_table().end()));
  if (!spec.in_file)
    return;
  CAPTURE(spec.name);
  std::map<option_kind, std::pair<std::string, std::string>> samples{
    {option_kind::address, {"::1", "\"::1\""}},
    {option_kind::port, {"7", "7"}},
    {option_kind::number, {"7", "7"}},
    {option_kind::host, {"example.org", "\"example.org\""}},
    {option_kind::path, {"x.log", "\"x.log\""}},
    {option_kind::names, {"counter", "[\"counter\"]"}},
  };
  if (spec.kind == option_kind::word) {
    std::string last{spec.words.back()};
    samples[option_kind::word] = {last, '\'' + last + '\''};
  }
  const auto& [text, in_file] = samples.at(spec.kind);
  loader from_file;
  scratch::write("caf-application.ini",
                 "[kv]\n" + std::string{spec.name} + " = " + in_file);
  CHECK(from_file.origin(spec.name) == "caf-application.ini:2");
  loader from_environment;
  from_environment.from.environment[environment_name(spec)] = text;
  CHECK(from_environment.origin(spec.name) == environment_name(spec));
  loader from_command_line;
  from_command_line.give(spec.name, text);
  CHECK(from_command_line.origin(spec.name) == "command line");
}

TEST_CASE("off means no port, auto means a thread less than cores") {
  loader x;
  scratch::write("caf-application.ini",
                 "[kv]\nline-port = \"off\"\nio-threads = 'auto'\n");
  auto opts = x.load().opts;
  CHECK(opts.line_port == std::nullopt);
  CHECK(opts.io_threads >= 1);
  x.give("line-port", "0");
  CHECK(x.load().opts.line_port == 0);
}

TEST_CASE("lists replace each other, they do not add up") {
  loader x;
  scratch::write("caf-application.ini", "[kv]\nwith = [\"clock\"]\n");
  CHECK(x.load().opts.with == std::vector<std::string>{"clock"});
  x.from.environment["KV_WITH"] = "counter,clock";
  CHECK(x.load().opts.with == std::vector<std::string>{"counter", "clock"});
  x.give("with", "counter");
  CHECK(x.load().opts.with == std::vector<std::string>{"counter"});
}

TEST_CASE("levels have the order of the log") {
  loader x;
  x.give("log-level", "error");
  CHECK(x.load().opts.log_level == kv::log::level::error);
}

TEST_CASE("mistakes on the command line are usage errors") {
  loader x;
  SECTION("value") {
    x.give("line-port", "abc");
    CHECK(x.refused(exit_status::usage)
          == "--line-port: expected a port from 0 to 65535 or \"off\", got "
             "\"abc\"");
  }
  SECTION("range") {
    x.give("io-threads", "257");
    CHECK(x.refused(exit_status::usage)
          == "--io-threads: expected a number from 1 to 256 or \"auto\", got "
             "\"257\"");
  }
  SECTION("host name") {
    x.give("bind", "localhost");
    CHECK(x.refused(exit_status::usage)
          == "--bind: expected a numeric address such as \"127.0.0.1\" or "
             "\"::1\", got \"localhost\"");
  }
  SECTION("unknown actor type") {
    x.give("with", "cuonter");
    CHECK(x.refused(exit_status::usage)
          == "--with: expected an actor type, one of: counter, clock, got "
             "\"cuonter\"");
  }
  SECTION("twice") {
    x.give("line-port", "1");
    x.give("line-port", "2");
    CHECK(x.refused(exit_status::usage) == "--line-port: given more than once");
  }
  SECTION("same actor type twice") {
    x.give("with", "clock");
    x.give("with", "clock");
    CHECK(x.refused(exit_status::usage) == "--with: names \"clock\" twice");
  }
}

TEST_CASE("numbers are decimal, without sign, blanks or anything behind") {
  auto text = GENERATE("-1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "65536",
                       "99999999999999999999", "OFF");
  loader x;
  x.give("line-port", text);
  CHECK(x.refused(exit_status::usage).starts_with("--line-port: expected a "));
}

TEST_CASE("mistakes in the environment name the variable") {
  loader x;
  SECTION("value") {
    x.from.environment["KV_LOG_LEVEL"] = "loud";
    CHECK(x.refused(exit_status::configuration)
          == "KV_LOG_LEVEL: expected one of trace, debug, info, warn, error, "
             "off, got \"loud\"");
  }
  SECTION("even where the command line wins") {
    x.from.environment["KV_LINE_PORT"] = "x";
    x.give("line-port", "1");
    CHECK(x.refused(exit_status::configuration).starts_with("KV_LINE_PORT: "));
  }
  SECTION("spelling") {
    x.from.environment["KV_LINEPORT"] = "1";
    CHECK(x.refused(exit_status::configuration)
          == "KV_LINEPORT: unknown variable; did you mean KV_LINE_PORT?");
  }
  SECTION("missing file") {
    x.from.environment["KV_CONFIG"] = "no.ini";
    CHECK(x.refused(exit_status::configuration)
          == "no.ini: cannot read: No such file or directory (KV_CONFIG)");
  }
}

TEST_CASE("an empty variable and one of somebody else count for nothing") {
  loader x;
  x.from.environment = {{"KV_LINE_PORT", ""}, {"KV_SERVICE_HOST", "10.0.0.1"}};
  CHECK(x.load().opts.line_port == 4040);
  CHECK(x.origin("line-port") == "default");
}

TEST_CASE("CAF's own options reach CAF") {
  loader x;
  x.load();
  CHECK(get_or(x.cfg, "scheduler.policy", caf::atom("none"))
        == caf::atom("awake"));
  scratch::write("caf-application.ini", "[scheduler]\npolicy = 'stealing'\n"
                                        "max-threads = 3\n"
                                        "[stream]\nmax-batch-delay = 7ms\n");
  auto found = x.load();
  CHECK(get_or(x.cfg, "scheduler.policy", caf::atom("none"))
        == caf::atom("stealing"));
  CHECK(get_or(x.cfg, "scheduler.max-threads", size_t{0}) == 3);
  CHECK(x.cfg.stream_max_batch_delay == std::chrono::milliseconds{7});
  CHECK(found.caf_origins.at("scheduler.max-threads")
        == "caf-application.ini:3");
}

TEST_CASE("cores without an io thread get a worker each") {
  auto cores = std::max(std::thread::hardware_concurrency(), 1U);
  auto workers = [](unsigned io_threads) {
    loader x;
    x.from.environment["KV_IO_THREADS"] = std::to_string(io_threads);
    x.load();
    return get_or(x.cfg, "scheduler.max-threads", size_t{0});
  };
  CHECK(workers(1) == std::max(cores, 2U) - 1);
  CHECK(workers(cores) == 1);
  CHECK(workers(256) == 1);
}
