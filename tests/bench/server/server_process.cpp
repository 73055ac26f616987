#include "tests/bench/server/server_process.hpp"

#include "actors/server/quoted_words.hpp"

#include "tests/bench/server/load.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace kv::bench {

namespace {

constexpr std::string_view place = "{port}";

std::vector<std::string> words_of(std::string command, uint16_t port) {
  for (size_t at = 0; (at = command.find(place)) != std::string::npos;)
    command.replace(at, place.size(), std::to_string(port));
  std::vector<std::string_view> words;
  if (!server::split_quoted(command, words) || words.empty())
    throw std::runtime_error("not a command: " + command);
  return {words.begin(), words.end()};
}

std::string folder_of(pid_t pid) {
  return "/proc/" + std::to_string(pid) + '/';
}

} // namespace

server_process::server_process(const std::string& command)
  : process_(words_of(command, port())) {
  using namespace std::chrono_literals;
  constexpr auto most_attempts = 6000;
  for (auto i = 0; i < most_attempts; ++i) {
    try {
      ask(port(), "PING\r\n", "+PONG\r\n");
      return;
    } catch (const std::runtime_error&) { // not there yet, or still loading
      std::this_thread::sleep_for(10ms);
    }
  }
  throw std::runtime_error("the server does not answer: " + command);
}

double server_process::cpu_seconds() const {
  double result = 0;
  for (const auto& thread :
       std::filesystem::directory_iterator{folder_of(process_.id()) + "task"}) {
    double nanoseconds = 0;
    std::ifstream{thread.path() / "schedstat"} >> nanoseconds;
    result += nanoseconds / 1e9;
  }
  return result;
}

double server_process::resident_bytes() const {
  double all = 0;
  double resident = 0;
  std::ifstream{folder_of(process_.id()) + "statm"} >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

} // namespace kv::bench
