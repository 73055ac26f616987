// What a service manager and packages rely on.

#include "app/client/command.hpp"
#include "app/option_table.hpp"

#include "tests/app/program.hpp"
#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/patience.hpp"

#include <sys/socket.h>
#include <sys/un.h>

using namespace kv::app;
using namespace kv::app::test;

namespace {

std::string content(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The socket of a service manager, in the current folder.
class manager {
public:
  manager() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    path = std::filesystem::current_path() / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    REQUIRE(
      ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address))
      == 0);
  }

  ~manager() {
    ::close(fd_);
  }

  std::string next() const {
    pollfd x{fd_, POLLIN, 0};
    if (::poll(&x, 1, kv::test::poll_patience) != 1)
      return "nothing";
    char buffer[256];
    auto n = ::recv(fd_, buffer, sizeof(buffer), 0);
    return {buffer, static_cast<size_t>(std::max<ssize_t>(n, 0))};
  }

  std::string path;

private:
  int fd_;
};

/// `kv` with a configuration of the test's, and a service manager.
struct service {
  explicit service(const std::string& ini) {
    scratch::write("kv.ini", ini);
    kv.emplace(std::vector<std::string>{KV_PROGRAM, "serve", "--line-port", "0",
                                        "--resp-port", "off", "--log-file",
                                        "log", "--config", "kv.ini"},
               std::string{},
               std::vector<std::string>{"NOTIFY_SOCKET=" + systemd.path});
    kv->read_line();
    auto ready = kv->read_line();
    port
      = static_cast<uint16_t>(std::stoul(ready.substr(ready.rfind(':') + 1)));
    CHECK(systemd.next() == "READY=1");
  }

  void reload() {
    kv->signal(SIGHUP);
    CHECK(systemd.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(systemd.next() == "READY=1");
  }

  void stop() {
    kv->signal(SIGTERM);
    CHECK(systemd.next() == "STOPPING=1");
    CHECK(kv->wait() == 0);
  }

  std::string talk(std::string_view lines) const {
    return line_client{port}.talk(lines);
  }

  scratch folder;
  manager systemd;
  std::optional<process> kv;
  uint16_t port = 0;
};

} // namespace

TEST_CASE("the service manager hears of start, reload and end", "[service]") {
  service x{"[kv]\n"};
  x.reload();
  CHECK(x.talk("CREATE b\n") == "OK\r\n");
  x.stop();
}

TEST_CASE("SIGHUP reads the password, the log's level and file again",
          "[service]") {
  struct prepared {
    scratch folder;
    std::string secret = std::filesystem::current_path() / "secret";
    prepared() {
      scratch::write("secret", "one\n");
    }
  } files;
  auto ini = "[kv]\npassword-file = \"" + files.secret + "\"\nlog-level = ";
  service x{ini + "\"warn\"\n"};
  auto before = line_client{x.port};
  CHECK(before.ask("AUTH one") == "OK");
  std::ofstream{files.secret} << "two\n";
  std::filesystem::rename("log", "log.1");
  scratch::write("kv.ini", ini + "\"info\"\nmax-clients = 7\n");
  x.reload();
  CHECK(before.ask("CREATE b") == "OK");
  CHECK(x.talk("AUTH one\n") == "WRONG PASSWORD\r\n");
  CHECK(x.talk("AUTH two\n") == "OK\r\n");
  auto log = content("log");
  CHECK(log.find("info the configuration was read again") != std::string::npos);
  CHECK(log.find("warning max-clients: takes effect after a restart")
        != std::string::npos);
  CHECK(log.find("two") == std::string::npos);
  CHECK(content("log.1").find("read again") == std::string::npos);

  // A wrong one changes nothing.
  scratch::write("kv.ini", ini + "\"loud\"\n");
  std::ofstream{files.secret} << "three\n";
  x.reload();
  CHECK(x.talk("AUTH two\n") == "OK\r\n");
  CHECK(content("log").find("error the configuration is not read: kv.ini:3: "
                            "kv.log-level: expected one of")
        != std::string::npos);
  // A password that is gone must not open the door.
  scratch::write("kv.ini", ini + "\"info\"\n");
  std::ofstream{files.secret} << "\n";
  x.reload();
  CHECK(x.talk("CREATE c\n") == "AUTHENTICATION REQUIRED\r\n");
  x.stop();
}

TEST_CASE("SIGHUP reads the certificates again", "[service][tls]") {
  kv::test::certificates files;
  kv::test::certificates fresh;
  service x{"[kv]\ntls-cert = \"" + files.cert("server") + "\"\ntls-key = \""
            + files.key("server") + "\"\n"};
  auto shows = [&](const kv::test::certificates& by) {
    process client{
      {"/bin/sh", "-c",
       "echo | openssl s_client -connect 127.0.0.1:" + std::to_string(x.port)
         + " -CAfile " + by.ca() + " -verify_return_error"}};
    return client.wait() == 0;
  };
  CHECK(shows(files));
  CHECK_FALSE(shows(fresh));
  files.replace("server", fresh);
  x.reload();
  CHECK(shows(fresh));
  files.spoil("server");
  x.reload();
  CHECK(shows(fresh));
  x.stop();
}

TEST_CASE("what is installed runs, and finds its configuration", "[service]") {
  scratch folder;
  auto prefix = std::filesystem::current_path() / "prefix";
  process install{{KV_CMAKE, "--install", KV_BUILD, "--prefix", prefix}};
  REQUIRE(install.wait() == 0);
  for (auto file :
       {"bin/kv", "share/man/man1/kv.1", "share/bash-completion/completions/kv",
        "lib/systemd/system/kv.service", "etc/kv/caf-application.ini"})
    CHECK(std::filesystem::is_regular_file(prefix / file));
  auto unit = content(prefix / "lib/systemd/system/kv.service");
  CHECK(unit.find('@') == unit.find("@system-service"));
  process kv{{prefix / "bin/kv", "--version"}};
  CHECK(kv.wait() == 0);
  process help{{"man", "-l", "--warnings", prefix / "share/man/man1/kv.1"}};
  CHECK(help.wait() == 0);
  CHECK(help.err().empty());
}

TEST_CASE("the shell's completion completes", "[service]") {
  auto complete = [](const std::string& words, int at) {
    process bash{{"bash", "-c",
                  "source " KV_PACKAGING "/kv.bash; COMP_WORDS=(" + words
                    + "); COMP_CWORD=" + std::to_string(at)
                    + "; _kv; echo ${COMPREPLY[*]}"}};
    return bash.read_line();
  };
  CHECK(complete("kv sh", 1) == "shell");
  CHECK(complete("kv ex", 1) == "export");
  CHECK(complete("kv --log-l", 1) == "--log-level");
  CHECK(complete("kv --log-level w", 2) == "warn");
  process server{
    {KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", "0"}};
  server.read_line();
  auto ready = server.read_line();
  auto port = ready.substr(ready.rfind(':') + 1);
  line_client{static_cast<uint16_t>(std::stoul(port))}.talk(
    "HSET shopping milk 1\r\n");
  auto start = std::string{KV_PROGRAM} + " --resp-port " + port;
  CHECK(complete(start + " get sho", 4) == "shopping");
  CHECK(complete(start + " get shopping m", 5) == "milk");
}

TEST_CASE("man page and completion know every option and command",
          "[service]") {
  auto page = content(KV_PACKAGING "/kv.1");
  auto completion = content(KV_PACKAGING "/kv.bash");
  for (const auto& spec : option_table()) {
    auto name = "--" + std::string{spec.name};
    CAPTURE(name);
    CHECK(completion.find(name) != std::string::npos);
    std::string escaped;
    for (auto c : name)
      escaped += c == '-' ? std::string{"\\-"} : std::string{c};
    CHECK(page.find("BI " + escaped + ' ') != std::string::npos);
  }
  auto names = client_command_names();
  names.insert(names.end(), {"add", "new", "serve", "shell"});
  for (const auto& name : names) {
    CAPTURE(name);
    CHECK(page.find("\n.B" + std::string{" "} + name + '\n')
            + page.find("\n.BI " + name + ' ')
          != 2 * std::string::npos);
    CHECK(completion.find(name) != std::string::npos);
  }
}
