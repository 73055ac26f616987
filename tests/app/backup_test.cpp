// `kv backup`, `kv restore` and `kv verify`.

#include "tests/app/program.hpp"
#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"

#include <algorithm>
#include <filesystem>

using namespace kv::app::test;
namespace fs = std::filesystem;

namespace {

/// A server for Redis clients that keeps its data in `dir`.
struct keeping_server {
  explicit keeping_server(const std::string& dir,
                          const std::vector<std::string>& before = {})
    : kv(words(dir, before)) {
    kv.read_line();
    auto ready = kv.read_line();
    port = ready.substr(ready.rfind(':') + 1);
  }

  static std::vector<std::string> words(const std::string& dir,
                                        std::vector<std::string> result) {
    result.insert(result.end(),
                  {KV_PROGRAM, "serve", "--line-port", "off", "--resp-port",
                   "0", "--data-dir", dir, "--log-level", "error"});
    return result;
  }

  std::string talk(std::string_view requests) const {
    return line_client{static_cast<uint16_t>(std::stoul(port))}.talk(requests);
  }

  outcome backup(const std::string& dir) const {
    return run_program({"--resp-port", port, "backup", dir});
  }

  process kv;
  std::string port;
};

std::string here(const std::string& name) {
  return (fs::current_path() / name).string();
}

void check_refused(const outcome& got, int status, const std::string& line) {
  CHECK(got.status == status);
  CHECK(got.out.empty());
  CHECK(got.err == "kv: " + line + '\n');
}

} // namespace

TEST_CASE("a backup of a running server is restored elsewhere", "[durable]") {
  const scratch folder;
  {
    const keeping_server server{here("data")};
    server.talk(
      "KV.CREATE b\r\nHSET b k 1 l 2\r\nSET s 3\r\nKV.CREATE empty\r\n");
    auto made = server.backup("copy"); // seen from where the client is
    CHECK(made.status == 0);
    CHECK(made.out.empty());
    CHECK(made.err.empty());
    server.talk("HSET b k later\r\n");
    check_refused(server.backup("copy"), 1,
                  "no backup was made: " + here("copy") + ": is not empty");
  }
  auto checked = run_program({"verify", "copy"});
  CHECK(checked.status == 0);
  CHECK(checked.err.empty());
  CHECK(checked.out.starts_with("buckets 2\nfields 2\nstrings 1\nlast event "));
  auto restored = run_program({"restore", "copy", "--data-dir", "again"});
  CHECK(restored.status == 0);
  CHECK(restored.out == checked.out);
  const keeping_server server{here("again")};
  CHECK(server.talk("HGET b k\r\nHGET b l\r\nGET s\r\nEXISTS empty\r\n")
        == "$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n:1\r\n");
}

TEST_CASE("who cannot back up or restore is told why", "[durable]") {
  const scratch folder;
  {
    process server{
      {KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", "0"}, "/"};
    server.read_line();
    auto ready = server.read_line();
    check_refused(run_program({"--resp-port",
                               ready.substr(ready.rfind(':') + 1), "backup",
                               "copy"}),
                  1, "there is no data directory, see --data-dir");
  }
  const keeping_server server{here("data")};
  check_refused(run_program({"verify", "data"}), 1,
                "data: another process has it");
  check_refused(run_program({"restore", "data", "--data-dir", "new"}), 1,
                "data: another process has it");
  check_refused(run_program({"verify", "none"}), 1,
                "none: No such file or directory");
  fs::create_directory("empty");
  check_refused(run_program({"verify", "empty"}), 1,
                "empty: is no data directory");
  check_refused(run_program({"restore", "empty"}), 2,
                "restore: expected --data-dir, where to");
  check_refused(run_program({"restore", "empty", "--data-dir", "data"}), 1,
                "data: is not empty");
  check_refused(run_program({"verify"}), 2, "verify: expected DIR");
  CHECK_FALSE(fs::exists("new"));
}

TEST_CASE("what may not be read or written is named", "[durable]") {
  const scratch folder;
  if (::geteuid() != 0)
    return; // nobody else can become nobody
  { const keeping_server server{here("data")}; }
  fs::permissions(fs::current_path(), fs::perms{0755});
  fs::permissions("data", fs::perms{0700});
  auto as_nobody = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"setpriv", "--reuid=65534", KV_PROGRAM});
    process kv{std::move(words), fs::current_path().string()};
    auto status = kv.wait();
    return std::pair{status, kv.err()};
  };
  CHECK(as_nobody({"verify", "data"})
        == std::pair{1, "kv: data: Permission denied\n"s});
  fs::permissions("data", fs::perms{0755});
  CHECK(as_nobody({"verify", "data"}) == std::pair{0, ""s});
  CHECK(as_nobody({"restore", "data", "--data-dir", "new"})
        == std::pair{1, "kv: new: Permission denied\n"s});
}

TEST_CASE("verify tells damage, and its status does", "[durable]") {
  const scratch folder;
  {
    const keeping_server server{here("data")};
    std::string requests;
    for (auto i = 0; i < 1000; ++i)
      requests += "HSET b k" + std::to_string(i) + " v\r\n";
    server.talk(requests + "SAVE\r\n");
    CHECK(server.backup("copy").status == 0);
  }
  for (const auto& x : fs::directory_iterator{"copy/data"})
    if ((x.path().extension() == ".log" || x.path().extension() == ".ldb")
        && x.file_size() > 0) {
      std::fstream file{x.path(),
                        std::ios::in | std::ios::out | std::ios::binary};
      file.seekp(static_cast<std::streamoff>(x.file_size() / 2));
      file.put('\xff');
    }
  auto found = run_program({"verify", "copy"});
  CHECK(found.status == 1);
  CHECK(found.out.find("\ndamaged: ") != std::string::npos);
  CHECK(found.out.find("copy/data/") != std::string::npos);
  CHECK(found.err == "kv: copy: is damaged in one place\n");
  auto restored = run_program({"restore", "copy", "--data-dir", "new"});
  CHECK(restored.status == 1);
  CHECK(restored.err.starts_with("kv: copy: is damaged: "));
  CHECK_FALSE(fs::exists("new"));
}

TEST_CASE("the end of the server ends a backup, and it says so", "[durable]") {
  const scratch folder;
  const keeping_server server{here("data")};
  std::string requests;
  const std::string value(1000, 'v');
  for (auto i = 0; i < 20'000; ++i)
    requests += "SET k" + std::to_string(i) + ' ' + value + "\r\n";
  server.talk(requests);
  process client{{KV_PROGRAM, "--resp-port", server.port, "backup", "copy"},
                 fs::current_path().string()};
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (!fs::exists("copy/unfinished") && !fs::exists("copy/data"))
    REQUIRE(std::chrono::steady_clock::now() < latest);
  server.kv.signal(SIGTERM);
  auto status = client.wait();
  if (fs::exists("copy/data"))
    return; // it was faster
  // The connection may outlive the backup.
  const bool told = status == 1;
  CHECK((told || status == 3));
  CHECK(client.err().find(told ? "no backup was made" : "closed the connection")
        != std::string::npos);
}
