#include "tests/bench/durable/engines/measures.hpp"
#include "tests/bench/durable/engines/rows.hpp"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

namespace kv::bench::engines {

namespace {

namespace fs = std::filesystem;

/// Writes until the engine says no, then reads, then makes room and goes on.
int until_full(const string& name, const string& dir,
               const std::function<void()>& squeeze,
               const std::function<void()>& relax) {
  std::map<string, string> acknowledged;
  auto has_all = [&](engine& db) {
    size_t found = 0;
    db.load([&](string_view key, string_view value) {
      auto i = acknowledged.find(string{key});
      found += i != acknowledged.end() && i->second == value ? 1 : 0;
    });
    return found == acknowledged.size();
  };
  std::mt19937 random{std::random_device{}()};
  auto db = open(name, dir);
  squeeze();
  string error;
  while (error.empty() && acknowledged.size() < million) {
    auto xs = random_rows(random, 16);
    try {
      db->write(xs, true);
      acknowledged.insert(xs.begin(), xs.end());
    } catch (const std::exception& reason) {
      error = reason.what();
    }
  }
  auto reads = false;
  auto goes_on = false;
  auto reopens = false;
  auto complete = false;
  try {
    reads = has_all(*db);
  } catch (const std::exception&) {
    // no
  }
  relax();
  try {
    db->write(random_rows(random, 16), true);
    goes_on = true;
  } catch (const std::exception&) {
    // no
  }
  db.reset();
  try {
    db = open(name, dir);
    complete = has_all(*db);
    db->write(random_rows(random, 16), true);
    reopens = true;
  } catch (const std::exception& reason) {
    error += string{" / "} + reason.what();
  }
  std::printf(
    "%s: %zu rows, then \"%s\"; reads %d, goes on %d, opens again %d, "
    "complete %d\n",
    name.c_str(), acknowledged.size(), error.c_str(), reads, goes_on, reopens,
    complete);
  return reads && reopens && complete ? 0 : 1;
}

} // namespace

int limit(const string& name, const string& dir) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto set = [](rlim_t most) {
    rlimit x{most, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &x);
  };
  return until_full(
    name, dir, [&] { set(3 * million); }, [&] { set(RLIM_INFINITY); });
}

int fill(const string& name, const string& dir) {
  auto ballast = fs::path{dir}.parent_path() / "ballast";
  std::ofstream{ballast} << string(24 * million, 'x');
  return until_full(
    name, dir, [] {}, [&] { fs::remove(ballast); });
}

} // namespace kv::bench::engines
