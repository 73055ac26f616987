// `kv serve --data-dir`: what is there after an end of any kind.

#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"
#include "tests/support/seed.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <random>

using namespace kv::app::test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> keeping(const std::string& dir,
                                 const std::string& mode = "always") {
  return {"--data-dir", dir, "--durability", mode, "--log-level", "error"};
}

std::string data_dir() {
  return (fs::current_path() / "data").string();
}

/// Returns what a bucket holds under a key.
std::optional<std::string> get(line_client& from, const std::string& bucket,
                               const std::string& key) {
  auto line = from.ask("GET " + bucket + ' ' + key);
  if (line == "NOT FOUND")
    return std::nullopt;
  CHECK(from.read_line() == "OK");
  return line;
}

/// What a client knows to be kept, and what it does not know.
struct ledger {
  std::map<std::string, int> acknowledged;
  std::map<std::string, int> last_tried;
};

/// Writes ascending values until the server is gone.
ledger write_until_end(uint16_t port, const std::string& bucket, int begin,
                       std::atomic<uint64_t>& written) {
  ledger result;
  try {
    line_client peer{port};
    if (peer.ask("CREATE " + bucket) != "OK")
      return result;
    for (auto i = begin;; ++i) {
      auto key = "k" + std::to_string(i % 50);
      result.last_tried[key] = i;
      if (peer.ask("PUT " + bucket + ' ' + key + ' ' + std::to_string(i))
          != "OK")
        return result;
      result.acknowledged[key] = i;
      ++written;
    }
  } catch (const std::exception&) {
    return result; // it was killed
  }
}

/// Kills the program under load, again and again; checks that all that was
/// acknowledged is there.
void kill_again_and_again(int times, const std::string& mode) {
  const scratch folder;
  constexpr int clients = 4;
  auto seed = kv::test::test_seed();
  std::mt19937_64 random{seed};
  CAPTURE(seed);
  std::vector<ledger> known(clients);
  for (auto round = 0; round <= times; ++round) {
    program kv{keeping(data_dir(), mode)};
    auto peer = kv.connect();
    size_t checked = 0;
    for (auto i = 0; i < clients; ++i) {
      auto bucket = "b" + std::to_string(i);
      auto& mine = known[static_cast<size_t>(i)];
      for (const auto& [key, least] : mine.acknowledged) {
        auto found = get(peer, bucket, key);
        CAPTURE(round, bucket, key, least);
        REQUIRE(found);
        auto value = std::stoi(*found);
        CHECK(value >= least);
        CHECK(value <= mine.last_tried.at(key));
        ++checked;
      }
    }
    CHECK((round == 0 || checked > 0));
    if (round == times)
      return;
    std::atomic<uint64_t> written = 0;
    std::vector<std::future<ledger>> writers;
    for (auto i = 0; i < clients; ++i)
      writers.push_back(std::async(std::launch::async, [&, i] {
        return write_until_end(kv.port, "b" + std::to_string(i),
                               round * 1'000'000, written);
      }));
    auto enough = 100 + random() % 1000;
    auto latest = std::chrono::steady_clock::now() + deadline;
    while (written < enough && std::chrono::steady_clock::now() < latest)
      std::this_thread::yield();
    CHECK(written >= enough);
    kv.kv.signal(SIGKILL);
    for (size_t i = 0; i < clients; ++i) {
      auto fresh = writers[i].get();
      for (const auto& [key, value] : fresh.acknowledged)
        known[i].acknowledged[key] = value;
      for (const auto& [key, value] : fresh.last_tried)
        known[i].last_tried[key] = value;
    }
    CHECK(kv.kv.wait() == -SIGKILL);
  }
}

/// Returns the program's exit status and what it says, if it does not start.
std::pair<int, std::string> refused(const std::vector<std::string>& options,
                                    std::vector<std::string> before = {}) {
  process kv{program::words(std::move(before), options), "/"};
  auto status = kv.wait();
  return {status, kv.err()};
}

} // namespace

TEST_CASE("data outlive an ordered end", "[durable]") {
  const scratch folder;
  auto mode = std::string{GENERATE("always", "everysec")};
  {
    program kv{keeping(data_dir(), mode)};
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE shopping") == "OK");
    CHECK(peer.ask("PUT shopping milk 1") == "OK");
    CHECK(peer.ask("PUT shopping eggs 2") == "OK");
    CHECK(peer.ask("DELETE shopping eggs") == "OK");
    kv.kv.signal(SIGTERM);
    CHECK(kv.kv.wait() == 0);
  }
  program kv{keeping(data_dir(), mode)};
  auto peer = kv.connect();
  CHECK(get(peer, "shopping", "milk") == "1");
  CHECK(peer.ask("GET shopping eggs").empty());
}

TEST_CASE("data are not kept with durability none", "[durable]") {
  const scratch folder;
  {
    program kv{keeping(data_dir(), "none")};
    CHECK(kv.connect().ask("CREATE shopping") == "OK");
  }
  program kv{keeping(data_dir())};
  CHECK(kv.connect().ask("PUT shopping milk 1") == "NOT FOUND");
}

TEST_CASE("kill -9 loses nothing that was acknowledged", "[durable]") {
  kill_again_and_again(3, GENERATE("always", "everysec"));
}

TEST_CASE("kill -9, often, loses nothing that was acknowledged",
          "[durable][soak]") {
  kill_again_and_again(20, GENERATE("always", "everysec"));
}

TEST_CASE("a directory that another process has is refused", "[durable]") {
  const scratch folder;
  const program kv{keeping(data_dir())};
  auto [status, text] = refused(keeping(data_dir()));
  CHECK(status == 1);
  CHECK(text.find(data_dir()) != std::string::npos);
  CHECK(text.find("another process has it") != std::string::npos);
}

TEST_CASE("a directory that cannot be written is refused", "[durable]") {
  const scratch folder;
  if (::geteuid() != 0)
    return; // nobody else can become nobody
  fs::create_directory("data");
  fs::permissions(fs::current_path(), fs::perms{0755});
  fs::permissions("data", fs::perms{0555});
  auto [status, text] = refused(keeping(data_dir()),
                                {"setpriv", "--reuid=65534"});
  CHECK(status == 1);
  CHECK(text.find(data_dir()) != std::string::npos);
  CHECK(text.find("Permission denied") != std::string::npos);
}

TEST_CASE("always without a directory is refused", "[durable]") {
  auto [status, text] = refused({"--durability", "always"});
  CHECK(status == 4);
  CHECK(text.find("data-dir") != std::string::npos);
}

TEST_CASE("at the limit of files writes fail, reads go on, and all resumes",
          "[durable]") {
  const scratch folder;
  auto limit = [](pid_t id, rlim_t most) {
    const rlimit x{most, RLIM_INFINITY};
    REQUIRE(::prlimit(id, RLIMIT_FSIZE, &x, nullptr) == 0);
  };
  constexpr rlim_t most = 64 * 1024;
  auto last = 0;
  {
    program kv{keeping(data_dir())};
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE b") == "OK");
    limit(kv.kv.id(), most);
    const std::string filler(1000, 'v');
    for (auto i = 1; i < 1000; ++i) {
      auto number = std::to_string(i);
      auto answer = peer.ask("PUT b k" + number + ' ' + filler + number);
      if (answer != "OK") {
        CHECK(answer == "ERROR");
        break;
      }
      last = i;
    }
    REQUIRE(last > 0);
    REQUIRE(last < 999);
    CHECK(get(peer, "b", "k1") == filler + "1");
    CHECK(peer.ask("PUT b refused 1") == "ERROR");
    CHECK(get(peer, "b", "refused").value_or("").empty());
    limit(kv.kv.id(), RLIM_INFINITY);
    auto latest = std::chrono::steady_clock::now() + deadline;
    while (peer.ask("PUT b again 1") != "OK")
      REQUIRE(std::chrono::steady_clock::now() < latest);
    kv.kv.signal(SIGKILL);
    kv.kv.wait();
  }
  program kv{keeping(data_dir())};
  auto peer = kv.connect();
  for (auto i = 1; i <= last; ++i)
    CHECK(get(peer, "b", "k" + std::to_string(i)).value_or("").size() > 1000);
  CHECK(get(peer, "b", "again") == "1");
}

TEST_CASE("a damaged file is named, and the rest is served", "[durable]") {
  const scratch folder;
  {
    program kv{keeping(data_dir())};
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE b") == "OK");
    for (auto i = 0; i < 1000; ++i)
      CHECK(peer.ask("PUT b k" + std::to_string(i) + " v" + std::to_string(i))
            == "OK");
    kv.kv.signal(SIGKILL);
    kv.kv.wait();
  }
  for (const auto& x : fs::directory_iterator{data_dir() + "/data"})
    if (x.path().extension() == ".log" && x.file_size() > 0) {
      std::fstream file{x.path(),
                        std::ios::in | std::ios::out | std::ios::binary};
      file.seekp(20'000); // before the zeros behind the records
      file.put('\xff');
    }
  program kv{keeping(data_dir())};
  auto peer = kv.connect();
  CHECK(get(peer, "b", "k1") == "v1");
  auto wrong = 0;
  for (auto i = 0; i < 1000; ++i) {
    auto found = get(peer, "b", "k" + std::to_string(i)).value_or("");
    if (!found.empty() && found != "v" + std::to_string(i))
      ++wrong;
  }
  CHECK(wrong == 0);
  kv.kv.signal(SIGTERM);
  CHECK(kv.kv.wait() == 0);
  CHECK(kv.kv.err().find("damaged: ") != std::string::npos);
}
