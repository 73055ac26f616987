#include "tests/app/program.hpp"

#include "tests/app/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/patience.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <unistd.h>

using namespace kv::app::test;

namespace {

// Every refusal is one line, and fast: of a processor's time, because others
// may use the machine.
void check_refused(const std::vector<std::string>& args, int status,
                   const std::string& line,
                   const std::vector<std::string>& environment = {}) {
  auto begin = std::chrono::steady_clock::now();
  auto result = run_program(args, environment);
  CHECK(result.cpu < std::chrono::seconds{2});
  CHECK(std::chrono::steady_clock::now() - begin < kv::test::patience);
  CHECK(result.status == status);
  CHECK(result.out.empty());
  CHECK(result.err == "kv: " + line + '\n');
}

} // namespace

TEST_CASE("help goes to stdout, with three worked examples") {
  scratch folder;
  scratch::write("caf-application.ini", "wrong");
  auto result = run_program({"--help"});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(result.out.starts_with("Usage: kv "));
  auto examples = result.out.substr(result.out.find("\nExamples:"));
  size_t count = 0;
  for (size_t pos = 0; (pos = examples.find("\n  ", pos + 1)) != examples.npos;)
    if (examples[pos + 3] != ' ')
      ++count;
  CHECK(count == 3);
  size_t start = 0;
  for (auto end = result.out.find('\n'); end != std::string::npos;
       start = end + 1, end = result.out.find('\n', start))
    CHECK(end - start <= 80);
  auto serve = run_program({"serve", "--help"});
  CHECK(serve.status == 0);
  CHECK(serve.out.starts_with("Usage: kv serve "));
}

TEST_CASE("the version names CAF's") {
  scratch folder;
  auto result = run_program({"--version"});
  CHECK(result.status == 0);
  CHECK(result.out == "kv 0.1.0 (CAF 0.17.6)\n");
  CHECK(result.err.empty());
}

TEST_CASE("print-config starts nothing and exits with 0") {
  scratch folder;
  auto result = run_program({"--line-port", "7", "--print-config"},
                            {"KV_BIND=::1", "KV_LOG_LEVEL="});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(result.out.starts_with("; configuration file: none\n[kv]\n"
                               "bind = \"::1\"  ; KV_BIND\n"
                               "host = \"none\"  ; default\n"
                               "line-port = 7  ; command line\n"));
}

TEST_CASE("a wrong command line exits with 2") {
  scratch folder;
  check_refused({"--lin-port", "1"}, 2,
                "\"--lin-port\": unknown option; did you mean --line-port? "
                "(see kv --help)");
  check_refused({"serve", "--line-port", "abc"}, 2,
                "--line-port: expected a port from 0 to 65535 or \"off\", got "
                "\"abc\"");
}

TEST_CASE("a wrong environment exits with 4") {
  scratch folder;
  check_refused({"serve"}, 4,
                "KV_IO_THREADS: expected a number from 1 to 256 or \"auto\", "
                "got \"many\"",
                {"KV_IO_THREADS=many"});
}

TEST_CASE("a wrong file exits with 4") {
  scratch folder;
  scratch::write("caf-application.ini", "[kv]\n\n; x\nline-port = \"abc\"\n");
  check_refused({}, 4,
                "caf-application.ini:4: kv.line-port: expected a port from 0 "
                "to 65535 or \"off\", got \"abc\"");
}

TEST_CASE("a file that cannot be read exits with 4, path and reason") {
  scratch folder;
  check_refused({"--config", "no.ini"}, 4,
                "no.ini: cannot read: No such file or directory (--config)");
  check_refused({"--config", "a\nb"}, 4,
                "a\\x0ab: cannot read: No such file or directory (--config)");
  check_refused({"--config", "."}, 4, ".: cannot read: Is a directory");
  std::filesystem::create_directory("caf-application.ini");
  check_refused({}, 4, "caf-application.ini: cannot read: Is a directory");
  REQUIRE(::mkfifo("fifo", S_IRUSR | S_IWUSR) == 0);
  check_refused({"--config", "fifo"}, 4,
                "fifo: cannot read: not a regular file");
  scratch::write("big", std::string(2'000'000, ';'));
  check_refused({"--config", "big"}, 4,
                "big: larger than 1 MiB: not a configuration file");
  scratch::write("binary", std::string{"\x7f"
                                       "ELF\x02\x01\x01\x00",
                                       8});
  check_refused({"--config", "binary"}, 4,
                R"(binary:1: not a text file: found the byte "\x7f")");
}

TEST_CASE("an unreadable file exits with 4") {
  if (::geteuid() == 0)
    return; // Root may read everything.
  scratch folder;
  scratch::write("secret", "");
  std::filesystem::permissions("secret", std::filesystem::perms::none);
  check_refused({"--config", "secret"}, 4,
                "secret: cannot read: Permission denied");
}
