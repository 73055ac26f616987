#pragma once

#include "tests/server/resp_fixture.hpp"
#include "tests/support/redis_server.hpp"

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace kv::test {

/// Compares replies with those of a redis-server. A script has requests in
/// inline form, one a line; blank lines do not count.
class golden_fixture : public resp_fixture {
public:
  /// What is compared of replies.
  using view = std::string (*)(std::string_view replies);

  static std::string all_of_it(std::string_view replies) {
    return std::string{replies};
  }

  /// Numbers that may be seconds left, to the next ten: pauses between requests
  /// make no difference.
  static std::string about(std::string_view replies) {
    constexpr int64_t least = 5;
    constexpr int64_t most = 1000;
    constexpr int64_t unit = 10;
    std::istringstream in{std::string{replies}};
    std::string result;
    for (std::string line; std::getline(in, line); result += line + '\n') {
      auto number = line.starts_with(':') ? std::stoll(line.substr(1)) : 0;
      if (number >= least && number < most)
        line = ':' + std::to_string((number + unit / 2) / unit * unit);
    }
    return result;
  }

  /// Sends a script in RESP2 and RESP3, one request at a time, transactions as
  /// a whole, and then all of it at once.
  void compare(std::string_view script, view seen = all_of_it) {
    auto requests = lines_of(script);
    compare_one_by_one(requests, "HELLO 2", seen);
    clear();
    compare_one_by_one(requests, "HELLO 3", seen);
    clear();
    std::string all;
    for (const auto& request : requests)
      all += request + "\r\n";
    CHECK(seen(talk(all)) == seen(redis.talk(all)));
    clear();
  }

  static std::vector<std::string> lines_of(std::string_view script) {
    std::vector<std::string> result;
    std::istringstream in{std::string{script}};
    for (std::string line; std::getline(in, line);)
      if (!line.empty())
        result.push_back(line);
    return result;
  }

  /// Sends a request and a marker, and returns what comes before the marker.
  static std::string ask(line_client& peer, const std::string& request) {
    constexpr std::string_view marker = "marker-4711";
    auto ends = request == "QUIT";
    peer.send(request + "\r\n" + (ends ? "" : "ECHO marker-4711\r\n"));
    if (ends)
      return peer.read_all();
    std::string result;
    for (;;) {
      auto line = peer.read_line();
      if (line == marker) // its length came before it
        return result.substr(0, result.rfind("$11"));
      // Within MULTI the marker is queued.
      result += line + '\n';
    }
  }

  redis_server redis{{"--proto-max-bulk-len", "64mb"}};

private:
  void compare_one_by_one(const std::vector<std::string>& requests,
                          const std::string& hello, view seen) {
    auto ours = connect();
    auto theirs = line_client{redis.port()};
    ask(ours, hello);
    ask(theirs, hello);
    std::string pending;
    auto open = false;
    for (const auto& request : requests) {
      pending += pending.empty() ? request : "\r\n" + request;
      open = open || request == "MULTI";
      if (open && request != "EXEC" && request != "DISCARD")
        continue;
      open = false;
      INFO(hello + "\n" + pending);
      CHECK(seen(ask(ours, pending)) == seen(ask(theirs, pending)));
      pending.clear();
    }
  }

  void clear() {
    talk("FLUSHALL\r\n");
    redis.talk("FLUSHALL\r\n");
  }
};

} // namespace kv::test
