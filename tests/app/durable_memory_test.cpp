// `kv serve` in a small address space.

#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"
#include "tests/support/process.hpp"

#include <filesystem>

using namespace kv::app::test;
namespace fs = std::filesystem;

namespace {

/// `kv` for Redis clients, which may send large values.
struct resp_program {
  resp_program(const std::string& dir, const std::string& limit)
    : kv({"prlimit", "--as=" + limit, KV_PROGRAM, "serve", "--line-port", "off",
          "--resp-port", "0", "--data-dir", dir, "--log-level", "error"},
         "/") {
    kv.read_line();
    auto line = kv.read_line();
    const std::string start = "ready resp=127.0.0.1:";
    if (!line.starts_with(start))
      FAIL("'" << line << "' " << kv.err());
    port = static_cast<uint16_t>(std::stoul(line.substr(start.size())));
  }

  process kv;
  uint16_t port = 0;
};

std::string set_request(const std::string& key, size_t size) {
  return "*3\r\n$3\r\nSET\r\n$" + std::to_string(key.size()) + "\r\n" + key
         + "\r\n$" + std::to_string(size) + "\r\n" + std::string(size, 'v')
         + "\r\n";
}

/// Returns the answer, or what ended the connection.
std::string try_set(uint16_t port, const std::string& key, size_t size) {
  try {
    line_client peer{port};
    return peer.ask(set_request(key, size));
  } catch (const std::exception& reason) {
    return reason.what();
  }
}

} // namespace

// Sanitizers need the address space for themselves.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("what does not fit into memory fails, and the process lives",
          "[durable]") {
  const scratch folder;
  auto dir = (fs::current_path() / "data").string();
  constexpr size_t mebibyte = size_t{1} << 20;
  auto limit = GENERATE(256, 512, 1024, 1280, 1536, 2048);
  CAPTURE(limit);
  std::vector<std::string> kept;
  {
    resp_program kv{dir, std::to_string(limit * mebibyte)};
    line_client other{kv.port};
    REQUIRE(other.ask("SET small 1") == "+OK");
    auto failed = 0;
    for (auto i = 0; i < 8; ++i) {
      auto key = "big" + std::to_string(i);
      auto answer = try_set(kv.port, key, 60 * mebibyte);
      if (answer == "+OK")
        kept.push_back(key);
      else
        ++failed;
      CAPTURE(answer);
      CHECK(other.ask("STRLEN small") == ":1");
      auto small = other.ask("SET small 2");
      CAPTURE(small);
      CHECK((small == "+OK" || small.starts_with("-MISCONF")));
    }
    CHECK(failed > 0);
    kv.kv.signal(SIGKILL);
    kv.kv.wait();
  }
  resp_program kv{dir, "unlimited"};
  line_client peer{kv.port};
  CHECK(peer.ask("STRLEN small") == ":1");
  for (const auto& key : kept)
    CHECK(peer.ask("STRLEN " + key) == ":" + std::to_string(60 * mebibyte));
}
#endif
