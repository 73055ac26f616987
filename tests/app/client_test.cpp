// One-shot commands against a server.

#include "app/client/completion.hpp"

#include "tests/app/program.hpp"
#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <sstream>
#include <thread>

using namespace kv::app;
using namespace kv::app::test;

namespace {

/// A server, and clients of it.
struct served_clients {
  explicit served_clients(const std::vector<std::string>& environment = {})
    : kv({KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", "0"}, "/",
         environment) {
    kv.read_line();
    auto ready = kv.read_line();
    port = ready.substr(ready.rfind(':') + 1);
  }

  outcome run(std::vector<std::string> words,
              const std::vector<std::string>& environment = {}) const {
    words.insert(words.begin(), {"--resp-port", port});
    return run_program(words, environment);
  }

  void check(const std::vector<std::string>& words,
             const std::string& out) const {
    auto got = run(words);
    CHECK(got.status == 0);
    CHECK(got.out == out);
    CHECK(got.err.empty());
  }

  void check_refused(const std::vector<std::string>& words, int status,
                     const std::string& err) const {
    auto got = run(words);
    CHECK(got.status == status);
    CHECK(got.out.empty());
    CHECK(got.err == "kv: " + err + '\n');
  }

  /// Repeats a command until it shows a text; returns all that it shows.
  std::string run_until(const std::vector<std::string>& words,
                        const std::string& text) const {
    auto latest = std::chrono::steady_clock::now() + deadline;
    for (;;) {
      auto got = run(words);
      if (got.out.find(text) != std::string::npos)
        return got.out;
      if (std::chrono::steady_clock::now() > latest)
        FAIL("'" << text << "' is not in: " << got.out << got.err);
    }
  }

  std::string talk(std::string_view requests) const {
    return line_client{static_cast<uint16_t>(std::stoul(port))}.talk(requests);
  }

  scratch folder;
  process kv;
  std::string port;
};

std::string content(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE_METHOD(served_clients, "one command a call, values on stdout",
                 "[client]") {
  check({"ping"}, "PONG\n");
  check({"create", "shopping"}, "");
  check({"put", "shopping", "milk", "1"}, "");
  check({"get", "shopping", "milk"}, "1\n");
  check({"put", "shopping", "debt", "-5"}, "");
  check({"get", "shopping", "debt"}, "-5\n");
  check({"put", "shopping", "--", "--eggs", "--"}, "");
  check({"get", "shopping", "--", "--eggs"}, "--\n");
  check({"create", "other"}, "");
  check({"list"}, "other\nshopping\n");
  check({"del", "shopping", "--", "--eggs"}, "");
  check({"del", "shopping", "debt"}, "");
  check({"list", "shopping"}, "milk\n");
  check({"call", "HINCRBY", "shopping", "milk", "2"}, "3\n");
  check({"call", "HGETALL", "shopping"}, "milk\n3\n");
  check({"kill", "shopping"}, "");
  check({"list"}, "other\n");
  CHECK(run({"info", "server"}).out.find("kv_version:") != std::string::npos);
}

TEST_CASE_METHOD(served_clients, "errors are one line, with a likely name",
                 "[client]") {
  talk("KV.CREATE shopping\r\nHSET shopping milk 1\r\n");
  check_refused({"get", "shoping", "milk"}, 1,
                "no bucket \"shoping\"; did you mean shopping?");
  check_refused({"put", "shoping", "milk", "1"}, 1,
                "no bucket \"shoping\"; did you mean shopping?");
  check_refused({"kill", "nothing"}, 1, "no bucket \"nothing\"");
  check_refused({"list", "nothing"}, 1, "no bucket \"nothing\"");
  check_refused({"get", "shopping", "mlik"}, 1,
                "no key \"mlik\" in \"shopping\"; did you mean milk?");
  check_refused({"del", "shopping", "x"}, 1, "no key \"x\" in \"shopping\"");
  check_refused({"call", "HINCRBY", "shopping", "milk", "x"}, 1,
                "value is not an integer or out of range");
  check_refused({"gte", "shopping", "milk"}, 2,
                "\"gte\": unknown command; did you mean get? (see kv --help)");
  check_refused({"get", "shopping"}, 2, "get: expected BUCKET KEY");
  check_refused({"ping", "x"}, 2, "ping: expected no operands");
  check_refused(
    {"get", "--resp-prt=1", "b", "k"}, 2,
    "\"--resp-prt\": unknown option; did you mean --resp-port? (see "
    "kv --help)");
}

TEST_CASE_METHOD(served_clients, "without a server the status is 3",
                 "[client]") {
  kv.signal(SIGKILL);
  kv.wait();
  check_refused({"get", "b", "k"}, 3,
                "cannot connect: 127.0.0.1:" + port + ": Connection refused");
  auto nowhere = run({"--host", "no.such.host.invalid", "ping"});
  CHECK(nowhere.status == 3);
  CHECK(nowhere.err.starts_with(
    "kv: cannot connect: no.such.host.invalid:" + port + ": "));
  auto off = run_program({"--resp-port", "off", "ping"});
  CHECK(off.status == 2);
  CHECK(off.err == "kv: resp-port: a client needs the port of a server\n");
}

TEST_CASE("clients say the password", "[client]") {
  served_clients x{{"KV_PASSWORD=open sesame"}};
  x.check_refused({"ping"}, 3,
                  "the server wants a password (--password-file or "
                  "KV_PASSWORD)");
  CHECK(x.run({"ping"}, {"KV_PASSWORD=open sesame"}).out == "PONG\n");
  scratch::write("secret", "open sesame\n");
  x.check({"--password-file", "secret", "ping"}, "PONG\n");
  auto wrong = x.run({"ping"}, {"KV_PASSWORD=x"});
  CHECK(wrong.status == 3);
  CHECK(wrong.err
        == "kv: cannot connect: the server does not take the password\n");
}

TEST_CASE_METHOD(served_clients, "what one server exports another imports",
                 "[client]") {
  talk(
    "KV.CREATE b\r\nHSET b k 1 \"\\xff\" \"\\x00\\xfe\"\r\nKV.CREATE empty\r\n"
    "HSET c k 2\r\nSET greeting hello\r\nHPEXPIREAT c 60000000000009 "
    "FIELDS 1 k\r\nPEXPIREAT b 60000000000008\r\nSET late x PXAT "
    "60000000000007\r\n");
  std::string all;
  for (int i = 0; i < 3000; ++i)
    all += "HSET many k" + std::to_string(i) + " v\r\n";
  talk(all);
  check({"export", "file"}, "");
  auto exported = content("file");
  CHECK(std::count(exported.begin(), exported.end(), '\n') == 3007);
  check({"export", "-", "c", "late"},
        "{\"bucket\":\"c\",\"key\":\"k\",\"value\":\"2\",\"expires\":"
        "60000000000009}\n{\"string\":\"late\",\"value\":\"x\",\"expires\":"
        "60000000000007}\n");
  check_refused({"export", "-", "cc"}, 1, "no bucket \"cc\"; did you mean c?");
  auto file = std::filesystem::current_path() / "file";
  served_clients second;
  std::filesystem::copy_file(file, "file");
  second.check({"import", "file"}, "");
  second.check({"get", "b", "k"}, "1\n");
  second.check({"call", "HLEN", "many"}, "3000\n");
  second.check({"call", "GET", "greeting"}, "hello\n");
  second.check({"call", "HPEXPIRETIME", "c", "FIELDS", "1", "k"},
               "60000000000009\n");
  second.check({"call", "PEXPIRETIME", "b"}, "60000000000008\n");
  auto again = second.run({"export"}).out;
  auto sorted = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);)
      lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  CHECK(sorted(again) == sorted(exported));
}

TEST_CASE_METHOD(served_clients, "an import tells the line that is wrong",
                 "[client]") {
  scratch::write("file", "{\"bucket\":\"b\",\"key\":\"k\",\"value\":\"1\"}\n\n"
                         "{\"bucket\":\"b\",\"key\":\"k\"}\n"
                         "{\"bucket\":\"b\",\"key\":\"l\",\"value\":\"1\"}\n");
  check_refused({"import", "file"}, 1,
                "line 3: expected {\"bucket\":\"...\",\"key\":\"...\","
                "\"value\":\"...\"}, {\"bucket\":\"...\"} or "
                "{\"string\":\"...\",\"value\":\"...\"}, each with "
                "\"expires\":MS or without; what is before it is there");
  check({"list", "b"}, "k\n");
  check_refused({"import", "none"}, 1, "none: No such file or directory");
}

TEST_CASE_METHOD(served_clients, "one looks in from outside", "[client]") {
  talk("KV.CREATE b\r\nKV.CREATE c\r\nKV.KILL b\r\n");
  run_until({"events", "1"}, "kill"); // it is answered before the end
  auto tree = run({"tree"});
  CHECK(tree.status == 0);
  CHECK(tree.out.starts_with("kv  actor "));
  CHECK(tree.out.find("\n|- kv.registry  actor ") != std::string::npos);
  CHECK(tree.out.find("\n|  `- kv.bucket  actor ") != std::string::npos);
  CHECK(tree.out.find("  c, 0 fields\n") != std::string::npos);
  auto parsed = nlohmann::json::parse(run({"tree", "json"}).out);
  CHECK(parsed["id"] == "kv");
  auto crashes = run_until({"crashes"}, "#1  bucket b"); // and when
  CHECK(crashes.find("  #1  bucket b: kill") != std::string::npos);
  check({"events", "9"}, "1  create  b\n2  create  c\n3  exit  b  kill\n");
  check({"events", "1"}, "3  exit  b  kill\n");
  check_refused({"tree", "x"}, 2, "tree: expected json or nothing");
  check_refused({"events", "0"}, 2,
                "events: expected a number from 1 on, got \"0\"");
  check_refused({"crashes", "1x"}, 2,
                "crashes: expected a number from 1 on, got \"1x\"");
}

TEST_CASE_METHOD(served_clients, "events are shown as they happen",
                 "[client]") {
  talk("KV.CREATE before\r\n");
  process events{{KV_PROGRAM, "--resp-port", port, "events"}, "/"};
  // It does not say when it listens, so events go on until it shows one.
  line_client speaker{static_cast<uint16_t>(std::stoul(port))};
  std::atomic<bool> shown = false;
  std::jthread speaking{[&] {
    for (int i = 0; !shown && i < 100'000; ++i)
      speaker.ask("KV.CREATE b" + std::to_string(i));
  }};
  // If it falls behind the log, it says so, in a line before the next event.
  size_t lost = 0;
  auto read_event = [&] {
    auto line = events.read_line();
    if (!line.starts_with("lost "))
      return line;
    lost = std::stoul(line.substr(line.rfind(' ')));
    return events.read_line();
  };
  auto first = read_event();
  shown = true;
  speaking.join();
  CHECK(first.find("  create  b") != std::string::npos);
  speaker.ask("KV.CREATE last");
  auto number = std::stoul(first);
  for (auto line = read_event(); !line.ends_with("  create  last");
       line = read_event()) {
    number = std::max(number, lost) + 1;
    CHECK(std::stoul(line) == number);
  }
  events.signal(SIGTERM);
  events.wait();
}

TEST_CASE("a command's help goes to stdout", "[client]") {
  scratch folder;
  for (auto name : {"get", "shell", "import"}) {
    auto got = run_program({name, "--help"});
    CHECK(got.status == 0);
    CHECK(got.out.starts_with("Usage: kv " + std::string{name}));
  }
}

TEST_CASE("lines are split as Redis does, and completed", "[client]") {
  CHECK(split_line(R"(put b "a b" 'c"d' \x)")
        == std::vector<std::string>{"put", "b", "a b", "c\"d", "\\x"});
  CHECK(split_line("  ").empty());
  CHECK_THROWS_AS(split_line("get \"b"), command_failure);
  CHECK(common_start({}).empty());
  CHECK(common_start({"shopping", "shop", "shoes"}) == "sho");
  CHECK(hint("put").empty());
  CHECK(hint("put b") == "BUCKET KEY VALUE");
  CHECK(hint("HSET b").empty());
}
