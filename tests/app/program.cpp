#include "tests/app/program.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <stdexcept>
#include <unistd.h>

namespace kv::app::test {

namespace {

std::vector<char*> pointers(std::vector<std::string>& xs) {
  std::vector<char*> result;
  for (auto& x : xs)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

std::string content(const char* path) {
  std::ifstream in{path, std::ios::binary};
  std::string result{std::istreambuf_iterator<char>{in}, {}};
  ::unlink(path);
  return result;
}

std::chrono::milliseconds to_time(const timeval& x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::seconds{x.tv_sec} + std::chrono::microseconds{x.tv_usec});
}

} // namespace

outcome run_program(const std::vector<std::string>& args,
                    const std::vector<std::string>& environment) {
  std::vector<std::string> words{"timeout", "-s", "KILL", "60", KV_PROGRAM};
  words.insert(words.end(), args.begin(), args.end());
  auto variables = environment;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr mode_t mode = 0600;
  constexpr auto flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "out.txt", flags,
                                   mode);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "err.txt", flags,
                                   mode);
  pid_t pid = 0;
  auto error = posix_spawnp(&pid, "timeout", &actions, nullptr,
                            pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage used{};
  if (error != 0 || ::wait4(pid, &status, 0, &used) != pid)
    throw std::runtime_error("cannot run the program");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content("out.txt"),
          content("err.txt"), to_time(used.ru_utime) + to_time(used.ru_stime)};
}

} // namespace kv::app::test
