// The line server, as a process of its own, under a load generator with one
// thread: every connection puts and gets in turn, one request at a time.

#include "tests/bench/app/harness.hpp"
#include "tests/bench/common/peer.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <sys/wait.h>

#include <array>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace kv::bench {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr size_t connections = 50;
constexpr size_t requests = 100'000;

/// What one run of the load generator saw.
struct load_result {
  double requests_per_second;
  double cpu_microseconds; ///< Of the server, per request.
};

/// Returns the CPU seconds that a process has used, from /proc.
double cpu_seconds(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  std::istringstream fields{text.substr(text.rfind(')') + 2)};
  std::string skipped;
  for (int i = 3; i < 14; ++i)
    fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// One client: sends the next request when it has the answer to the last.
class load_connection {
public:
  load_connection(asio::io_context& context, uint16_t port, size_t number,
                  size_t& left)
    : socket_(context), left_(left) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay{true});
    auto key = "key-" + std::to_string(number);
    requests_ = {"PUT shopping " + key + " value\r\n",
                 "GET shopping " + key + "\r\n"};
  }

  void next() {
    if (left_ == 0)
      return;
    --left_;
    turn_ = 1 - turn_;
    asio::async_write(socket_, asio::buffer(requests_[turn_]),
                      [this](const boost::system::error_code& err, size_t) {
                        if (err)
                          throw std::runtime_error(err.message());
                        read();
                      });
  }

private:
  // A put is answered with one line, a get with two; OK ends both.
  void read() {
    asio::async_read_until(
      socket_, asio::dynamic_buffer(answer_), "OK\r\n",
      [this](const boost::system::error_code& err, size_t n) {
        std::string_view expected = turn_ == 0 ? "OK\r\n" : "value\r\nOK\r\n";
        if (err || std::string_view{answer_}.substr(0, n) != expected)
          throw std::runtime_error("unexpected answer: " + answer_);
        answer_.erase(0, n);
        next();
      });
  }

  tcp::socket socket_;
  size_t& left_;
  std::array<std::string, 2> requests_;
  size_t turn_ = 1;
  std::string answer_;
};

load_result generate_load(uint16_t port, pid_t server) {
  asio::io_context context{1};
  tcp::socket setup{context};
  setup.connect({asio::ip::address_v4::loopback(), port});
  asio::write(setup, asio::buffer(std::string_view{"CREATE shopping\r\n"}));
  std::string answer;
  asio::read_until(setup, asio::dynamic_buffer(answer), "\r\n");
  auto left = requests;
  std::vector<std::unique_ptr<load_connection>> clients;
  for (size_t i = 0; i < connections; ++i)
    clients.push_back(
      std::make_unique<load_connection>(context, port, i, left));
  for (auto& x : clients)
    x->next();
  auto cpu = cpu_seconds(server);
  auto from = clock::now();
  context.run();
  auto seconds = since(from);
  constexpr auto count = static_cast<double>(requests);
  return {count / seconds, (cpu_seconds(server) - cpu) / count * 1e6};
}

/// The program under test, serving on a free port.
class server_process {
public:
  explicit server_process(const std::string& program) {
    std::array<int, 2> from{};
    if (pipe(from.data()) != 0)
      throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(from[1], STDOUT_FILENO);
      dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
      execl(program.c_str(), "kv", "serve", "--line-port", "0", "--resp-port",
            "off", nullptr);
      _exit(127);
    }
    close(from[1]);
    auto* in = fdopen(from[0], "r");
    std::array<char, 256> line{};
    while (std::fgets(line.data(), line.size(), in) != nullptr) {
      std::string_view text{line.data()};
      if (auto pos = text.find("line="); pos != std::string_view::npos) {
        port_ = static_cast<uint16_t>(
          std::stoi(std::string{text.substr(text.find(':') + 1)}));
        break;
      }
    }
    std::fclose(in);
    if (port_ == 0)
      throw std::runtime_error("the server does not start: " + program);
  }

  server_process(const server_process&) = delete;

  server_process& operator=(const server_process&) = delete;

  ~server_process() {
    ::kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

  load_result load() const {
    return generate_load(port_, pid_);
  }

private:
  pid_t pid_ = 0;
  uint16_t port_ = 0;
};

load_result load_peer(peer& other) {
  auto port = static_cast<uint16_t>(other.measure("line server nodelay"));
  auto result = generate_load(port, other.pid());
  other.measure("line stop");
  return result;
}

} // namespace

std::vector<measurement> line_measurements(const std::string& program,
                                           peer* other) {
  auto ours = [=] { return server_process{program}.load(); };
  auto theirs = [=] { return load_peer(*other); };
  return {
    {"line", "50.p1", "requests/s", "", "elixir",
     [=] { return ours().requests_per_second; },
     [=] { return theirs().requests_per_second; }},
    {"line_cpu", "50.p1", "us", "", "elixir",
     [=] { return ours().cpu_microseconds; },
     [=] { return theirs().cpu_microseconds; }},
  };
}

} // namespace kv::bench
