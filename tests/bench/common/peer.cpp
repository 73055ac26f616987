#include "tests/bench/common/peer.hpp"

#include <sys/wait.h>

#include <array>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace kv::bench {

peer::peer(const std::string& command) {
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  if (pipe(to.data()) != 0 || pipe(from.data()) != 0)
    throw std::runtime_error("no pipe");
  child_ = fork();
  if (child_ == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    for (int fd : {to[0], to[1], from[0], from[1]})
      close(fd);
    auto line = "exec " + command;
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  out_ = fdopen(to[1], "w");
  in_ = fdopen(from[0], "r");
  std::istringstream ready{read_line()};
  std::string word;
  ready >> word >> pid_;
  if (word != "ready")
    throw std::runtime_error("the peer does not start: " + ready.str());
}

peer::~peer() {
  std::fputs("quit\n", out_);
  std::fclose(out_);
  std::fclose(in_);
  waitpid(child_, nullptr, 0);
}

double peer::measure(const std::string& words) {
  std::fputs((words + '\n').c_str(), out_);
  std::fflush(out_);
  auto line = read_line();
  std::istringstream answer{line};
  std::string kind;
  std::string bench;
  std::string name;
  std::string unit;
  double result = 0;
  answer >> kind >> bench >> name >> unit >> result;
  if (kind != "result" || !answer)
    throw std::runtime_error("the peer says: " + line);
  return result;
}

std::string peer::read_line() {
  std::array<char, 512> buffer{};
  if (std::fgets(buffer.data(), buffer.size(), in_) == nullptr)
    throw std::runtime_error("the peer has ended");
  std::string result{buffer.data()};
  while (!result.empty() && result.back() == '\n')
    result.pop_back();
  return result;
}

} // namespace kv::bench
