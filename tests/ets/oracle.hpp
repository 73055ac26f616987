#pragma once

#include "tests/ets/external_term.hpp"

#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cstdint>
#include <signal.h> // NOLINT(modernize-deprecated-headers): POSIX
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace kv::test {

/// Erlang's own ETS, in a process of its own.
/// Errors: std::runtime_error if it cannot be started or does not answer.
class oracle {
public:
  explicit oracle(const std::string& source) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw std::runtime_error("socketpair");
    socket_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string code = "{ok, M, B} = compile:file(\"" + source
                       + "\", [binary]), {module, M} = code:load_binary(M, "
                         "\"oracle.erl\", B), M:main().";
    std::array<std::string, 7> words{"env",          "ERL_CRASH_DUMP_SECONDS=0",
                                     "erl",          "-noshell",
                                     "-noinput",     "-eval",
                                     std::move(code)};
    std::array<char*, 8> args{};
    for (std::size_t i = 0; i < words.size(); ++i)
      args[i] = words[i].data();
    const auto reason = ::posix_spawnp(&pid_, args[0], &actions, nullptr,
                                       args.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (reason != 0)
      throw std::runtime_error("cannot start erl");
  }

  oracle(const oracle&) = delete;
  oracle& operator=(const oracle&) = delete;

  ~oracle() {
    ::close(socket_);
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  /// Carries out a list of tuples of function and arguments; returns a list of
  /// pairs, ["ok", result] or ["error", class].
  nlohmann::json call(const nlohmann::json& requests) const {
    const auto packet = to_external(requests);
    write(header(packet.size()) + packet);
    std::uint32_t size = 0;
    for (const char x : read(4))
      size = size << 8 | static_cast<unsigned char>(x);
    auto result = from_external(read(size));
    for (auto& x : result)
      x = from_external(x.get_ref<const std::string&>());
    return result;
  }

private:
  static std::string header(std::size_t size) {
    std::string result;
    for (int shift = 24; shift >= 0; shift -= 8)
      result += static_cast<char>(size >> shift);
    return result;
  }

  void write(const std::string& bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const auto n = ::send(socket_, bytes.data() + done, bytes.size() - done,
                            MSG_NOSIGNAL);
      if (n <= 0)
        throw std::runtime_error("erl has ended");
      done += static_cast<std::size_t>(n);
    }
  }

  std::string read(std::size_t size) const {
    std::string result(size, '\0');
    for (std::size_t done = 0; done < size;) {
      const auto n = ::recv(socket_, result.data() + done, size - done, 0);
      if (n <= 0)
        throw std::runtime_error("erl has ended");
      done += static_cast<std::size_t>(n);
    }
    return result;
  }

  int socket_ = -1;
  pid_t pid_ = -1;
};

} // namespace kv::test
