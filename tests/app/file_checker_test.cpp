#include "app/file_checker.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using namespace kv::app;

namespace {

std::string refused(const std::string& text) {
  config cfg;
  std::vector<std::string> actor_types{"counter"};
  std::map<std::string, std::string> origins;
  try {
    file_checker{cfg, actor_types, "x.ini"}.run(parse_ini(text), origins);
  } catch (const refusal& reason) {
    CHECK(reason.status() == exit_status::configuration);
    return reason.what();
  }
  return "not refused";
}

struct expected {
  std::string text;
  std::string line;
};

} // namespace

TEST_CASE("a wrong value of ours names file, line, key and what was expected") {
  auto [text, line] = GENERATE(values<expected>({
    {"\n[kv]\nline-port = \"abc\"",
     R"(x.ini:3: kv.line-port: expected a port from 0 to 65535 or "off", )"
     R"(got "abc")"},
    {"[kv]\nline-port = abc ; comment",
     R"(x.ini:2: kv.line-port: expected a port from 0 to 65535 or "off", )"
     R"(got "abc")"},
    {"[kv]\nline-port = 65536",
     R"(x.ini:2: kv.line-port: expected a port from 0 to 65535 or "off", )"
     R"(got "65536")"},
    {"[kv]\nline-port = true",
     R"(x.ini:2: kv.line-port: expected a port from 0 to 65535 or "off", )"
     R"(got "true")"},
    {"[kv]\nline-port = \"4040\"",
     R"(x.ini:2: kv.line-port: expected a port from 0 to 65535 or "off", )"
     R"(got "4040"; write it without quotes)"},
    {"[kv]\nline-port =",
     R"(x.ini:2: kv.line-port: expected a port from 0 to 65535 or "off", )"
     R"(got nothing)"},
    {"[kv]\nline-port { a = 1 }",
     R"(x.ini:2: kv.line-port: expected a port from 0 to 65535 or "off", )"
     R"(got { ... })"},
    {"[kv]\nio-threads = 0",
     R"(x.ini:2: kv.io-threads: expected a number from 1 to 256 or "auto", )"
     R"(got "0")"},
    {"[kv]\nmax-clients = 1.5",
     R"(x.ini:2: kv.max-clients: expected a number from 1 to 1000000, )"
     R"(got "1.5")"},
    {"[kv]\nbind = 127.0.0.1",
     R"(x.ini:2: kv.bind: expected a numeric address such as "127.0.0.1" or )"
     R"("::1", got "127.0.0.1"; write it in double quotes)"},
    {"[kv]\nbind = \"localhost\"",
     R"(x.ini:2: kv.bind: expected a numeric address such as "127.0.0.1" or )"
     R"("::1", got "localhost")"},
    {"[kv]\nlog-level = info",
     "x.ini:2: kv.log-level: expected one of trace, debug, info, warn, error, "
     R"(off, got "info"; write it in double quotes)"},
    {"[kv]\nlog-file = \"\"",
     R"(x.ini:2: kv.log-file: expected a path, got nothing)"},
    {"[kv]\nwith = \"counter\"",
     R"(x.ini:2: kv.with: expected a list such as ["counter"], got "counter")"},
    {"[kv]\nwith = [\"counter\", \"clock\"]",
     R"(x.ini:2: kv.with: expected an actor type, one of: counter, )"
     R"(got "clock")"},
    {"[kv]\nwith = [\"counter\", \"counter\"]",
     R"(x.ini:2: kv.with: names "counter" twice)"},
  }));
  CAPTURE(text);
  CHECK(refused(text) == line);
}

TEST_CASE("a wrong value of CAF's, which CAF itself drops, is refused") {
  auto [text, line] = GENERATE(values<expected>({
    {"[scheduler]\npolicy = 'fair'",
     "x.ini:2: scheduler.policy: expected 'awake', 'sharing' or 'stealing', "
     "got 'fair'"},
    {"[scheduler]\npolicy = 'testing'",
     "x.ini:2: scheduler.policy: expected 'awake', 'sharing' or 'stealing', "
     "got 'testing'"},
    {"[scheduler]\npolicy = \"sharing\"",
     "x.ini:2: scheduler.policy: expected 'awake', 'sharing' or 'stealing', "
     "got \"sharing\""},
    {"[scheduler]\nmax-threads = 0",
     "x.ini:2: scheduler.max-threads: expected a number from 1 to 256, "
     "got \"0\""},
    {"[scheduler]\nmax-throughput = -1",
     "x.ini:2: scheduler.max-throughput: expected a number not below 1, "
     "got \"-1\""},
    {"[work-stealing]\nrelaxed-steal-interval = 0",
     "x.ini:2: work-stealing.relaxed-steal-interval: expected a number not "
     "below 1, got \"0\""},
    {"[work-stealing]\nrelaxed-sleep-duration = 5",
     "x.ini:2: work-stealing.relaxed-sleep-duration: expected a time span such "
     "as 50ms, got \"5\""},
    {"[work-stealing]\nrelaxed-sleep-duration = -5ms",
     "x.ini:2: work-stealing.relaxed-sleep-duration: expected a time span such "
     "as 50ms, got \"-5ms\""},
    {"[scheduler]\nenable-profiling = 1",
     "x.ini:2: scheduler.enable-profiling: expected true or false, got \"1\""},
    {"[logger]\ncomponent-blacklist = [1]",
     "x.ini:2: logger.component-blacklist: expected a list of words such as "
     "['a', 'b'], got [1]"},
  }));
  CAPTURE(text);
  CHECK(refused(text) == line);
}

TEST_CASE("an unknown key or section is refused, with a likely name") {
  auto [text, line] = GENERATE(values<expected>({
    {"[kv]\nline-prt = 1",
     "x.ini:2: kv.line-prt: unknown key; did you mean kv.line-port?"},
    {"[kv]\nnonsense = 1", "x.ini:2: kv.nonsense: unknown key"},
    {"[kv]\nnonsense = abc", "x.ini:2: kv.nonsense: unknown key"},
    {"[kv]\nconfig = \"x\"", "x.ini:2: kv.config: unknown key"},
    {"[kv.deep]\na = 1", "x.ini:1: kv.deep: unknown key"},
    {"[scheduler]\nmax-thread = 1",
     "x.ini:2: scheduler.max-thread: unknown key; did you mean "
     "scheduler.max-threads?"},
    {"line-port = 1", "x.ini:1: line-port: unknown key outside of a section"},
    {"[global]\nhelp = true",
     "x.ini:2: help: unknown key outside of a section"},
    {"[kv]\nline-port = 1 bind = \"::1\"",
     "x.ini:2: bind: unknown key outside of a section"},
    {"\n[vk]\n",
     "x.ini:2: [vk]: unknown section; expected [kv] or, for CAF, [scheduler], "
     "[work-stealing], [stream] or [logger]"},
    {"vk { a = 1 }",
     "x.ini:1: [vk]: unknown section; expected [kv] or, for CAF, [scheduler], "
     "[work-stealing], [stream] or [logger]"},
    {"[vk.deep]\na = 1",
     "x.ini:1: [vk]: unknown section; expected [kv] or, for CAF, [scheduler], "
     "[work-stealing], [stream] or [logger]"},
    {"[middleman]\nworkers = 1",
     "x.ini:1: [middleman]: configures a part of CAF that kv does not load"},
  }));
  CAPTURE(text);
  CHECK(refused(text) == line);
}

TEST_CASE("a key that is set twice is refused with both lines") {
  CHECK(refused("[kv]\nline-port = 1\nline-port = 1\n")
        == "x.ini:3: kv.line-port: set twice, first in line 2");
  CHECK(refused("[scheduler]\nmax-threads=1\n[kv]\n[scheduler]\nmax-threads=1")
        == "x.ini:5: scheduler.max-threads: set twice, first in line 2");
}

TEST_CASE("of several mistakes the first one is told") {
  CHECK(refused("[kv]\nbind = \"x\"\n[vk]\nline-port = abc")
          .starts_with("x.ini:2: kv.bind: "));
  CHECK(refused("[vk]\nbind = \"x\"\n[kv]\nline-port = abc")
          .starts_with("x.ini:1: [vk]: "));
}

TEST_CASE("a long key or value is not repeated at length") {
  constexpr size_t size = 1'000'000;
  constexpr size_t limit = 200;
  std::string text(size, 'a');
  CHECK(refused("[kv]\n" + text + " = 1").size() < limit);
  CHECK(refused("[kv]\nbind = \"" + text + '"').size() < limit);
  CHECK(refused("[kv]\nbind = " + text).size() < limit);
  CHECK(refused("[" + text + "]").size() < limit);
  CHECK(refused(";" + text) == "not refused");
}
