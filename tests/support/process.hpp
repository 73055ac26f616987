#pragma once

#include "tests/support/patience.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): POSIX
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kv::test {

/// A child process whose output one can read while it runs; it is killed when
/// this goes.
/// Errors: what fails or lasts too long throws `std::runtime_error`.
class process {
public:
  /// @param words The program, looked up in PATH, and its arguments.
  /// @param folder Where it runs; empty: here.
  explicit process(std::vector<std::string> words,
                   const std::string& folder = {},
                   std::vector<std::string> environment = {}) {
    int out[2];
    int err[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
      throw std::runtime_error("pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    if (!folder.empty())
      posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    auto args = pointers(words);
    auto variables = pointers(environment);
    auto reason = ::posix_spawnp(&pid_, args[0], &actions, nullptr, args.data(),
                                 variables.data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    out_ = out[0];
    err_ = err[0];
    if (reason != 0)
      throw std::runtime_error("cannot start " + words[0]);
  }

  process(const process&) = delete;

  process& operator=(const process&) = delete;

  ~process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
  }

  pid_t id() const {
    return pid_;
  }

  void signal(int number) const {
    ::kill(pid_, number);
  }

  /// Returns the next line on its standard output, without its end.
  std::string read_line() {
    std::string result;
    for (char c = 0; read_some(out_, &c, 1) > 0 && c != '\n';)
      result += c;
    return result;
  }

  /// Returns the rest of its standard output.
  std::string out() const {
    return read_all(out_);
  }

  /// Returns what it wrote to its standard error, when it has ended.
  std::string err() const {
    return read_all(err_);
  }

  /// Waits for its end; returns its exit status, or minus the signal.
  int wait(std::chrono::milliseconds timeout = patience) {
    auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    pollfd x{fd, POLLIN, 0};
    auto ended = ::poll(&x, 1, static_cast<int>(timeout.count()));
    ::close(fd);
    if (ended != 1)
      throw std::runtime_error("the program does not end");
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

private:
  static std::vector<char*> pointers(std::vector<std::string>& xs) {
    std::vector<char*> result;
    for (auto& x : xs)
      result.push_back(x.data());
    result.push_back(nullptr);
    return result;
  }

  static ssize_t read_some(int fd, char* buf, size_t size) {
    pollfd x{fd, POLLIN, 0};
    if (::poll(&x, 1, poll_patience) != 1)
      throw std::runtime_error("the program says nothing");
    return ::read(fd, buf, size);
  }

  static std::string read_all(int fd) {
    std::string result;
    char buf[4096];
    for (ssize_t n = 0; (n = read_some(fd, buf, sizeof(buf))) > 0;)
      result.append(buf, static_cast<size_t>(n));
    return result;
  }

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

} // namespace kv::test
