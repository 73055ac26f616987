// `kv serve --data-dir` when the power is cut.

#include "tests/app/durable_fixture.hpp"
#include "tests/app/scratch.hpp"
#include "tests/support/seed.hpp"

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <random>

using namespace kv::app::test;
namespace fs = std::filesystem;

namespace {

/// A file system in a file, mounted.
class mounted_image {
public:
  mounted_image(std::string image, const std::string& dir)
    : image_(std::move(image)), dir_(here(dir)) {
    fs::create_directory(dir_);
    mounted_ = works({"mount", "-o", "loop", image_, dir_});
  }

  mounted_image(const mounted_image&) = delete;

  mounted_image& operator=(const mounted_image&) = delete;

  ~mounted_image() {
    if (mounted_)
      works({"umount", dir_});
  }

  bool mounted() const {
    return mounted_;
  }

  std::string data() const {
    return dir_ + "/data";
  }

private:
  std::string image_;
  std::string dir_;
  bool mounted_;
};

/// Cuts the power under load; returns how many acknowledged writes are lost.
std::optional<int> cut_power(const std::string& mode, std::mt19937_64& random) {
  const scratch folder;
  if (!works({"sh", "-c", "truncate -s 128M image && mkfs.ext4 -q image"}))
    return std::nullopt;
  std::map<std::string, int> before;
  {
    const mounted_image disk{here("image"), "disk"};
    if (!disk.mounted())
      return std::nullopt;
    program kv{keeping(disk.data(), mode)};
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE b") == "OK");
    std::mutex mtx;
    std::map<std::string, int> acknowledged;
    std::atomic<uint64_t> written = 0;
    std::atomic<bool> ends = false;
    std::vector<std::future<void>> writers;
    for (auto w = 0; w < 4; ++w)
      writers.push_back(std::async(std::launch::async, [&, w] {
        auto mine = kv.connect();
        for (auto i = 1; !ends; ++i) {
          auto key = 'w' + std::to_string(w) + '-' + std::to_string(i % 100);
          if (mine.ask("PUT b " + key + ' ' + std::to_string(i)) != "OK")
            return;
          std::lock_guard guard{mtx};
          acknowledged[key] = i;
          ++written;
        }
      }));
    auto enough = 1000 + random() % 2000;
    auto latest = std::chrono::steady_clock::now() + deadline;
    while (written < enough && std::chrono::steady_clock::now() < latest)
      std::this_thread::yield();
    {
      std::lock_guard guard{mtx};
      before = acknowledged;
    }
    CHECK(works({"cp", "--sparse=never", here("image"), here("copy")}));
    ends = true;
    for (auto& x : writers)
      x.get();
  }
  const mounted_image disk{here("copy"), "again"};
  REQUIRE(disk.mounted());
  program kv{keeping(disk.data())};
  auto peer = kv.connect();
  auto lost = 0;
  for (const auto& [key, value] : before)
    if (std::stoi(get(peer, key).value_or("0")) < value)
      ++lost;
  CHECK(before.size() > 10);
  return lost;
}

} // namespace

TEST_CASE("a power cut loses nothing that was acknowledged with always",
          "[durable][soak]") {
  auto seed = kv::test::test_seed();
  std::mt19937_64 random{seed};
  CAPTURE(seed);
  for (auto round = 0; round < 5; ++round) {
    auto lost = cut_power("always", random);
    if (skipped(lost.has_value(), "no loop device can be mounted here"))
      return;
    CAPTURE(round);
    CHECK(*lost == 0);
  }
  CHECK(cut_power("none", random) > 0); // or the cut cuts nothing
}
