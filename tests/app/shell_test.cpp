// `kv shell`, on a pseudo-terminal and without one.

#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"
#include "tests/support/patience.hpp"

#include <sys/ioctl.h>
#include <sys/wait.h>

#include <pty.h>

using namespace kv::app::test;

namespace {

/// A program on a terminal of its own.
class terminal {
public:
  explicit terminal(std::vector<std::string> words,
                    std::vector<std::string> environment) {
    winsize size{24, 80, 0, 0};
    pid_ = ::forkpty(&fd_, nullptr, nullptr, &size);
    REQUIRE(pid_ >= 0);
    if (pid_ > 0)
      return;
    auto pointers = [](std::vector<std::string>& xs) {
      std::vector<char*> result;
      for (auto& x : xs)
        result.push_back(x.data());
      result.push_back(nullptr);
      return result;
    };
    ::execve(words[0].c_str(), pointers(words).data(),
             pointers(environment).data());
    ::_exit(127);
  }

  terminal(const terminal&) = delete;

  terminal& operator=(const terminal&) = delete;

  ~terminal() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(fd_);
  }

  void type(std::string_view keys) const {
    REQUIRE(::write(fd_, keys.data(), keys.size())
            == static_cast<ssize_t>(keys.size()));
  }

  /// Waits until the screen has shown `text`; what is before it is forgotten.
  void expect(const std::string& text) {
    size_t found = 0;
    while ((found = seen_.find(text)) == std::string::npos) {
      pollfd x{fd_, POLLIN, 0};
      char buffer[4096];
      ssize_t n = 0;
      if (::poll(&x, 1, kv::test::poll_patience) > 0)
        n = ::read(fd_, buffer, sizeof(buffer));
      if (n <= 0)
        FAIL("never showed '" << text << "', but '" << seen_ << "'");
      seen_.append(buffer, static_cast<size_t>(n));
    }
    seen_.erase(0, found + text.size());
    SUCCEED();
  }

  int wait() {
    // What it still writes has to be read, or it does not end.
    char buffer[4096];
    while (::read(fd_, buffer, sizeof(buffer)) > 0) {
      // Goes on.
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

private:
  pid_t pid_ = -1;
  int fd_ = -1;
  std::string seen_;
};

struct shell_fixture {
  shell_fixture()
    : kv({KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", "0"}, "/") {
    kv.read_line();
    auto ready = kv.read_line();
    port = ready.substr(ready.rfind(':') + 1);
  }

  std::vector<std::string> words() const {
    return {KV_PROGRAM, "--resp-port", port, "shell"};
  }

  std::vector<std::string> environment() const {
    return {"TERM=xterm", "HOME=" + std::filesystem::current_path().string()};
  }

  scratch folder;
  process kv;
  std::string port;
};

} // namespace

TEST_CASE_METHOD(shell_fixture, "the shell runs commands of both kinds",
                 "[shell]") {
  terminal shell{words(), environment()};
  shell.expect("connected to 127.0.0.1:" + port);
  shell.expect("kv> ");
  shell.type("create shopping\n");
  shell.expect("kv> ");
  shell.type("put shopping milk 17\n");
  shell.expect("kv> ");
  shell.type("get shopping milk\n");
  shell.expect("\r\n17\r\n");
  shell.type("HINCRBY shopping milk 2\n");
  shell.expect("(integer) 19");
  shell.type("HGETALL shopping\n");
  shell.expect("1) \"milk\"\r\n2) \"19\"");
  shell.type("get shoping milk\n");
  shell.expect("did you mean shopping?");
  shell.type("gt shopping milk\n");
  shell.expect("did you mean get?");
  shell.type("time ping\n");
  shell.expect("PONG\r\n");
  shell.expect(" ms\r\n");
  shell.type("help HSET\n");
  shell.expect("complexity: ");
  shell.type("help put\n");
  shell.expect("store a value");
  shell.type("quit\n");
  CHECK(shell.wait() == 0);
}

TEST_CASE_METHOD(shell_fixture, "the tabulator completes", "[shell]") {
  terminal shell{words(), environment()};
  shell.expect("kv> ");
  shell.type("cre\tshopping\n");
  shell.expect("kv> ");
  shell.type("list\n");
  shell.expect("\r\nshopping\r\n");
  shell.expect("kv> ");
  shell.type("put sho\tmilk 42\n");
  shell.expect("kv> ");
  shell.type("get s\tm\t\n");
  shell.expect("\r\n42\r\n");
  shell.type("HGE\tALL s\t\n");
  shell.expect("\"42\"");
  // The hint.
  shell.type("put ");
  shell.expect("BUCKET KEY VALUE");
  // ^U empties the line, and ^D on an empty line ends it. Not ^C, whose signal
  // may be handled after what is typed next.
  shell.type("\x15\x04");
  CHECK(shell.wait() == 0);
}

TEST_CASE_METHOD(shell_fixture, "the history lasts, without passwords",
                 "[shell]") {
  {
    terminal shell{words(), environment()};
    shell.expect("kv> ");
    shell.type("ping\n");
    shell.expect("PONG");
    shell.expect("kv> ");
    shell.type("AUTH hush-4711\n");
    shell.expect("(error)");
    shell.expect("kv> ");
    shell.type("quit\n");
    CHECK(shell.wait() == 0);
  }
  std::ifstream in{".kv_history"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  CHECK(text.find("ping") != std::string::npos);
  CHECK(text.find("4711") == std::string::npos);
  auto mode = std::filesystem::status(".kv_history").permissions();
  CHECK((mode & std::filesystem::perms(077)) == std::filesystem::perms::none);
  terminal shell{words(), environment()};
  shell.expect("kv> ");
  shell.type("\x1b[A\x1b[A\n"); // quit, ping
  shell.expect("PONG");
}

TEST_CASE_METHOD(shell_fixture, "the shell outlives its server", "[shell]") {
  terminal shell{words(), environment()};
  shell.expect("kv> ");
  kv.signal(SIGKILL);
  kv.wait();
  shell.type("ping\n");
  shell.expect("127.0.0.1:" + port);
  shell.expect("kv> ");
  process second{
    {KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", port}, "/"};
  second.read_line();
  second.read_line();
  shell.type("ping\n");
  shell.expect("connected again");
  shell.expect("kv> ");
  shell.type("ping\n");
  shell.expect("PONG");
}

TEST_CASE_METHOD(shell_fixture, "without a terminal it runs a script",
                 "[shell]") {
  scratch::write("good", "create b\n\nput b k 'a b'\nget b k\nHGET b k\nquit\n"
                         "get b none\n");
  scratch::write("bad", "get none k\nHGET b\nHGET b k\n");
  auto run = [&](const std::string& script) {
    auto command = words();
    command.insert(command.begin(),
                   {"/bin/sh", "-c", "exec \"$@\" <" + script, "sh"}); // NOLINT
    process shell{command};
    auto status = shell.wait();
    return std::pair{status, shell.out() + "|" + shell.err()};
  };
  CHECK(run("good") == std::pair{0, "a b\n\"a b\"\n|"s});
  auto [status, text] = run("bad");
  CHECK(status == 1);
  CHECK(text
        == "(error) ERR wrong number of arguments for 'hget' command\n"
           "\"a b\"\n|no bucket \"none\"\n");
}
