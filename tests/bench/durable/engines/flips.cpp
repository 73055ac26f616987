#include "tests/bench/durable/engines/measures.hpp"
#include "tests/bench/durable/engines/rows.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

namespace kv::bench::engines {

namespace {

namespace fs = std::filesystem;

void write_all(const string& name, const string& dir) {
  auto db = open(name, dir);
  for (uint32_t i = 0; i < 20'000; i += 10) {
    rows xs;
    for (uint32_t j = i; j < i + 10; ++j)
      xs.emplace_back(key_of(j), value_of(key_of(j)));
    db->write(xs, true);
  }
}

/// Turns one bit of one file.
void flip(const string& dir, std::mt19937& random) {
  uint64_t total = 0;
  for (const auto& x : fs::directory_iterator{dir})
    total += x.file_size();
  auto at = std::uniform_int_distribution<uint64_t>{0, total - 1}(random);
  for (const auto& x : fs::directory_iterator{dir}) {
    if (at >= x.file_size()) {
      at -= x.file_size();
      continue;
    }
    std::fstream file{x.path(),
                      std::ios::in | std::ios::out | std::ios::binary};
    file.seekg(static_cast<std::streamoff>(at));
    auto c = static_cast<char>(file.get() ^ (1 << random() % 8));
    file.seekp(static_cast<std::streamoff>(at));
    file.put(c);
    return;
  }
}

/// What an engine does with damage.
enum class outcome : int { all_right, served, named, crash };

/// Loads everything in a process of its own: it may crash.
outcome load_apart(const string& name, const string& dir) {
  auto child = ::fork();
  if (child == 0) {
    auto result = outcome::all_right;
    try {
      open(name, dir)->load([&](string_view key, string_view value) {
        if (value != value_of(key))
          result = outcome::served;
      });
    } catch (const std::exception&) {
      if (result == outcome::all_right)
        result = outcome::named;
    }
    std::_Exit(static_cast<int>(result));
  }
  auto status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? static_cast<outcome>(WEXITSTATUS(status))
                           : outcome::crash;
}

} // namespace

int flips(const string& name, const string& dir) {
  write_all(name, dir);
  std::mt19937 random{1};
  std::map<outcome, size_t> found;
  constexpr size_t rounds = 100;
  auto copy = dir + ".flipped";
  for (size_t round = 0; round < rounds; ++round) {
    fs::remove_all(copy);
    fs::copy(dir, copy, fs::copy_options::recursive);
    flip(copy, random);
    ++found[load_apart(name, copy)];
  }
  std::printf("%s: %zu flips: %zu served, %zu named, %zu crashes\n",
              name.c_str(), rounds, found[outcome::served],
              found[outcome::named], found[outcome::crash]);
  return found[outcome::served] + found[outcome::crash] == 0 ? 0 : 1;
}

} // namespace kv::bench::engines
