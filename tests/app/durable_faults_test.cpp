// `kv serve --data-dir` where the system does not want to: full disks, errors,
// limits.

#include "tests/app/durable_fixture.hpp"
#include "tests/app/scratch.hpp"

#include <optional>

using namespace kv::app::test;
namespace fs = std::filesystem;

namespace {

/// What was acknowledged: each key once, with a value that follows from it.
class ledger {
public:
  explicit ledger(size_t value_size = 1000) : filler_(value_size, 'v') {
    // nop
  }

  /// Writes until the server refuses, or `most` times; returns whether it was
  /// refused.
  bool write(line_client& to, int most) {
    for (; most > 0; --most) {
      auto number = std::to_string(next_++);
      auto answer = to.ask("PUT b k" + number + ' ' + filler_ + number);
      if (answer != "OK") {
        CHECK(answer == "ERROR");
        return true;
      }
      kept_.push_back(number);
    }
    return false;
  }

  /// Checks that all of it is there.
  void check(line_client& from) const {
    auto lost = 0;
    for (const auto& number : kept_)
      if (get(from, "k" + number) != filler_ + number)
        ++lost;
    CHECK(lost == 0);
  }

  size_t size() const {
    return kept_.size();
  }

private:
  std::string filler_;
  std::vector<std::string> kept_;
  int next_ = 0;
};

/// Repeats a request until it is done; returns whether it was refused before.
bool insist(line_client& on, const std::string& request) {
  auto latest = std::chrono::steady_clock::now() + deadline;
  auto refused = false;
  while (on.ask(request) != "OK") {
    refused = true;
    REQUIRE(std::chrono::steady_clock::now() < latest);
  }
  return refused;
}

/// A small file system in memory that only those see who enter it.
class small_disk {
public:
  explicit small_disk(const std::string& size)
    : dir_(here("disk")),
      holder_({"unshare", "-rm", "sh", "-c",
               "mount -t tmpfs -o size=" + size + " none " + dir_
                 + " && echo mounted && exec sleep 600"},
              "/", {path()}) {
    ready_ = holder_.read_line() == "mounted";
  }

  static bool make_folder() {
    return fs::create_directory("disk");
  }

  bool ready() const {
    return ready_;
  }

  const std::string& dir() const {
    return dir_;
  }

  /// Returns what begins the command line of those who are to see it.
  std::vector<std::string> enter() const {
    return {"nsenter", "-t", std::to_string(holder_.id()),
            "-U",      "-m", "--preserve-credentials"};
  }

  bool run(const std::string& script) const {
    auto words = enter();
    words.insert(words.end(), {"sh", "-c", script});
    return process{std::move(words), "/", {path()}}.wait() == 0;
  }

private:
  static std::string path() {
    return "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  }

  std::string dir_;
  process holder_;
  bool ready_ = false;
};

/// Writes while the k-th sync of a thread fails, and kills the program.
void write_with_failing_sync(int k, ledger& known) {
  process kv{
    program::words({"strace", "-D", "-f", "-o", "/dev/null", "-e",
                    "trace=fdatasync", "-e",
                    "inject=fdatasync:error=EIO:when=" + std::to_string(k)},
                   keeping(here("data"))),
    "/"};
  kv.read_line();
  auto line = kv.read_line();
  const std::string start = "ready line=127.0.0.1:";
  if (!line.starts_with(start)) { // it failed while the directory was made
    CHECK(kv.wait() == 1);
    CHECK(kv.err().find(here("data")) != std::string::npos);
    return;
  }
  line_client peer{
    static_cast<uint16_t>(std::stoul(line.substr(start.size())))};
  auto refused = insist(peer, "CREATE b");
  if (known.write(peer, 30)) {
    refused = true;
    insist(peer, "PUT b again 1");
  }
  CHECK(refused); // or nothing was injected
  known.write(peer, 10);
  CHECK(known.size() > 0);
  kv.signal(SIGKILL);
  kv.wait();
}

void fail_sync(int k) {
  const scratch folder;
  CAPTURE(k);
  ledger known{10};
  write_with_failing_sync(k, known);
  program kv{keeping(here("data"))};
  auto peer = kv.connect();
  known.check(peer);
}

bool can_inject() {
  return works({"strace", "-D", "-f", "-o", "/dev/null", "/bin/true"});
}

} // namespace

TEST_CASE("on a full disk writes fail, reads go on, and all resumes",
          "[durable]") {
  const scratch folder;
  small_disk::make_folder();
  const small_disk disk{"48m"};
  if (skipped(disk.ready(), "no file system can be mounted here"))
    return;
  auto data = disk.dir() + "/data";
  REQUIRE(disk.run("head -c 20000000 /dev/zero > " + disk.dir() + "/other"));
  ledger known{10'000};
  {
    program kv{keeping(data), disk.enter()};
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE b") == "OK");
    REQUIRE(known.write(peer, 10'000));
    REQUIRE(known.size() > 10);
    CHECK(get(peer, "k1"));
    CHECK(peer.ask("PUT b refused 1") == "ERROR");
    CHECK_FALSE(get(peer, "refused"));
    REQUIRE(disk.run("rm " + disk.dir() + "/other"));
    insist(peer, "PUT b again 1");
    CHECK_FALSE(known.write(peer, 100));
    kv.kv.signal(SIGKILL);
    kv.kv.wait();
  }
  program kv{keeping(data), disk.enter()};
  auto peer = kv.connect();
  known.check(peer);
}

TEST_CASE("a start on a full disk serves what is there", "[durable]") {
  const scratch folder;
  small_disk::make_folder();
  const small_disk disk{"16m"};
  if (skipped(disk.ready(), "no file system can be mounted here"))
    return;
  auto data = disk.dir() + "/data";
  ledger known{1000};
  {
    program kv{keeping(data), disk.enter()};
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE b") == "OK");
    CHECK_FALSE(known.write(peer, 100));
  }
  disk.run("head -c 15000000 /dev/zero > " + disk.dir() + "/other");
  program kv{keeping(data), disk.enter()};
  auto peer = kv.connect();
  known.check(peer);
  CHECK(peer.ask("PUT b refused 1") == "ERROR");
  REQUIRE(disk.run("rm " + disk.dir() + "/other"));
  insist(peer, "PUT b again 1");
}

// UBSan opens a pipe to look at an object, and takes it for none where it
// cannot.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("with few open files what is acknowledged is kept", "[durable]") {
  const scratch folder;
  ledger known{100'000}; // many files of rows
  {
    program kv{keeping(here("data")), {"prlimit", "--nofile=40:40"}};
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE b") == "OK");
    std::vector<line_client> others;
    try {
      for (auto i = 0; i < 60; ++i)
        others.push_back(kv.connect());
    } catch (const std::exception&) {
      // It says so by closing some.
    }
    if (known.write(peer, 300)) {
      others.clear();
      insist(peer, "PUT b again 1");
    }
    CHECK(known.size() > 10);
    CHECK(get(peer, "k1"));
    kv.kv.signal(SIGKILL);
    kv.kv.wait();
  }
  program kv{keeping(here("data"))};
  auto peer = kv.connect();
  known.check(peer);
}
#endif

TEST_CASE("after a failed sync nothing that was acknowledged is lost",
          "[durable]") {
  if (skipped(can_inject(), "strace cannot trace here"))
    return;
  fail_sync(GENERATE(1, 2, 3, 7));
}

TEST_CASE("after the k-th failed sync nothing that was acknowledged is lost",
          "[durable][soak]") {
  if (skipped(can_inject(), "strace cannot trace here"))
    return;
  fail_sync(GENERATE(range(1, 21)));
}
