// What is installed serves projects of others.

#include "tests/app/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

using kv::app::test::scratch;
using kv::test::process;

namespace {

constexpr std::chrono::minutes patience{20};

/// Runs a command in the current folder, which must succeed; returns what it
/// said.
std::string run(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words)
    line += word + ' ';
  INFO(line);
  // A pipe that nobody reads gets full.
  std::vector<std::string> all{"/bin/sh", "-c", "exec \"$@\" >said 2>&1", "sh"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<std::string> environment;
  for (auto** x = environ; *x != nullptr; ++x)
    environment.emplace_back(*x);
  process shell{all, std::string{}, environment};
  auto status = shell.wait(patience);
  std::ifstream in{"said"};
  std::string said{std::istreambuf_iterator<char>{in}, {}};
  INFO(said);
  REQUIRE(status == 0);
  return said;
}

/// The folder in which the build was installed, in the current one.
std::filesystem::path install() {
  auto result = std::filesystem::current_path() / "prefix";
  run({KV_CMAKE, "--install", KV_BUILD, "--prefix", result});
  return result;
}

/// Configures and builds the consumer.
void build_consumer(const std::vector<std::string>& options) {
  std::vector<std::string> words{KV_CMAKE, "-S", KV_CONSUMER, "-B",
                                 "build",  "-G", "Ninja"};
  words.insert(words.end(), options.begin(), options.end());
  run(words);
  run({KV_CMAKE, "--build", "build"});
}

/// Runs what was built of the consumer.
void run_consumer() {
  run({"build/table"});
  run({"build/greeter_test"});
  CHECK(run({"build/keeping", "data"}) == "start 1\n");
  CHECK(run({"build/keeping", "data"}) == "start 2\n");
}

} // namespace

TEST_CASE("a project builds against what is installed", "[package]") {
  scratch folder;
  auto prefix = install();
  build_consumer({"-DCMAKE_PREFIX_PATH=" + prefix.string()});
  run_consumer();
}

TEST_CASE("a project takes the tables from the source tree", "[package]") {
  scratch folder;
  build_consumer({"-DKV_SOURCE=" KV_ROOT, "-DKV_CAF=OFF"});
  run({"build/table"});
}

TEST_CASE("a project takes every room from the source tree",
          "[package][soak]") {
  scratch folder;
  build_consumer({"-DKV_SOURCE=" KV_ROOT, "-DKV_CAF=ON"});
  run_consumer();
}

TEST_CASE("pkg-config knows every room", "[package]") {
  scratch folder;
  auto prefix = install();
  auto path = "PKG_CONFIG_PATH=" + (prefix / "lib/pkgconfig").string();
  for (std::string room : {"ets", "otp", "core", "durable", "server"}) {
    auto flags
      = run({"env", path, "pkg-config", "--cflags", "--libs",
             "--define-variable=prefix=" + prefix.string(), "kv-" + room});
    CHECK(flags.find("-lkv_" + room) != std::string::npos);
    CHECK(flags.find("-lkv_ets") != std::string::npos);
    CHECK((flags.find("-lcaf_core") == std::string::npos) == (room == "ets"));
  }
}

TEST_CASE("Debian packages hold the program and the libraries", "[package]") {
  scratch folder;
  run({"cpack", "--config", KV_BUILD "/CPackConfig.cmake", "-B", "packages",
       "-D", "CPACK_STRIP_FILES=ON"});
  // This build is for another prefix than a package's would be.
  std::string listing;
  std::string about;
  for (const auto& file : std::filesystem::directory_iterator{"packages"})
    if (file.path().extension() == ".deb") {
      listing += run({"dpkg-deb", "--contents", file.path()});
      about += run({"dpkg-deb", "--info", file.path()});
    }
  for (auto path :
       {"/bin/kv", "/share/man/man1/kv.1", "/etc/kv/caf-application.ini",
        "/include/kv/actors/ets/table.hpp", "/lib/libkv_core.a",
        "/include/kv/tests/support/actor_fixture.hpp"}) {
    CAPTURE(path);
    CHECK(listing.find(path + std::string{"\n"}) != std::string::npos);
  }
  for (auto field : {"Package: kv\n", "Package: libkv-dev\n", "libcaf-core"}) {
    CAPTURE(field);
    CHECK(about.find(field) != std::string::npos);
  }
}
