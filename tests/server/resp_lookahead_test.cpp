// Requests that are parsed before it is their turn.

#include "actors/server/resp_lookahead.hpp"

#include "tests/server/resp_fixture.hpp"

#include <malloc.h>
#include <string>
#include <vector>

using namespace kv;
using namespace std::literals;
using server::resp_lookahead;
using server::resp_status;

namespace {

std::vector<std::string> take(resp_lookahead& from, const std::string& buffer) {
  auto request = from.take(buffer);
  std::vector<std::string> result{
    request.what == nullptr ? "?" : std::string{request.what->name}};
  result.insert(result.end(), request.args.begin(), request.args.end());
  return result;
}

using words = std::vector<std::string>;

/// A request as Redis clients send it.
std::string request_of(const words& args) {
  std::string result;
  server::resp_writer out{result};
  out.array(args.size());
  for (const auto& x : args)
    out.bulk(x);
  return result;
}

} // namespace

TEST_CASE("requests are parsed ahead, and taken in order", "[resp]") {
  server::resp_parser parser;
  resp_lookahead ahead;
  auto buffer = "PING\r\nget \"a b\"\r\nnone x\r\n*2\r\n$3\r\nGET\r\n$1\r\nb"s;
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::request);
  CHECK(take(ahead, buffer) == words{"ping", "PING"});
  CHECK(take(ahead, buffer) == words{"get", "get", "a b"});
  CHECK(ahead.empty());
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::incomplete);
  CHECK(take(ahead, buffer) == words{"?", "none", "x"});
  CHECK(ahead.empty());
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::incomplete);
  CHECK(ahead.empty());
  buffer += "\r\n*1\r\n$x\r\n";
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::failed);
  CHECK(take(ahead, buffer) == words{"get", "GET", "b"});
  CHECK(ahead.empty());
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::failed);
  CHECK(ahead.empty());
}

TEST_CASE("nothing is parsed ahead of who the client will be", "[resp]") {
  server::resp_parser parser;
  resp_lookahead ahead;
  auto buffer = "PING\r\nRESET\r\nGET a\r\n"s;
  CHECK(ahead.fill(parser, buffer, 3) == resp_status::request);
  CHECK(take(ahead, buffer) == words{"ping", "PING"});
  CHECK(take(ahead, buffer) == words{"reset", "RESET"});
  CHECK(ahead.empty());
  CHECK(ahead.fill(parser, buffer, 3) == resp_status::incomplete);
  CHECK(take(ahead, buffer) == words{"get", "GET", "a"});
}

TEST_CASE("long requests are parsed one by one", "[resp]") {
  server::resp_parser parser;
  resp_lookahead ahead;
  constexpr size_t many = 100'000;
  auto buffer = request_of(words(many, "DEL")) + "PING\r\nPING\r\n";
  CHECK(ahead.fill(parser, buffer, 3) == resp_status::request);
  CHECK(ahead.take(buffer).args.size() == many);
  CHECK(ahead.empty());
  CHECK(ahead.fill(parser, buffer, 3) == resp_status::incomplete);
  CHECK(take(ahead, buffer) == words{"ping", "PING"});
  CHECK_FALSE(ahead.empty());
}

TEST_CASE("a long request leaves no memory behind", "[resp]") {
  auto in_use = [] {
    auto heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd;
  };
  constexpr size_t many = 100'000;
  server::resp_parser parser;
  resp_lookahead ahead;
  auto buffer = request_of(words(many, "DEL"));
  auto before = in_use();
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::request);
  CHECK(ahead.take(buffer).args.size() == many);
  parser.discard(buffer);
  buffer += "PING\r\n";
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::incomplete);
  CHECK(in_use() <= before + size_t{64} * 1024);
}

TEST_CASE("what is parsed ahead may be taken from a buffer that has moved",
          "[resp]") {
  server::resp_parser parser;
  resp_lookahead ahead;
  auto buffer = "GET a\r\nGET b\r\n"s;
  CHECK(ahead.fill(parser, buffer, 2) == resp_status::request);
  CHECK(take(ahead, buffer) == words{"get", "GET", "a"});
  const auto* before = buffer.data();
  while (buffer.data() == before)
    buffer.append(1000, ' ');
  CHECK(take(ahead, buffer) == words{"get", "GET", "b"});
}

// Rows are fetched where there are many, more than caches hold anyway.
TEST_CASE_METHOD(test::resp_fixture,
                 "many requests at once see what those before them wrote",
                 "[resp]") {
  constexpr auto rows = 5000;
  constexpr auto step = 250;
  constexpr auto faults
    = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
      "-ERR unknown command 'NONE', with args beginning with: \r\n"
      "-ERR wrong number of arguments for 'get' command\r\n";
  // Asks for what `add` makes of each row, some rows at a time.
  auto talk_of_rows = [this](auto add) {
    for (auto i = 0; i < rows; i += step) {
      std::string requests;
      std::string replies;
      for (auto j = i; j < i + step; ++j)
        add(std::to_string(j), requests, replies);
      REQUIRE(talk(requests) == replies);
    }
  };
  talk_of_rows([](const std::string& n, auto& requests, auto& replies) {
    requests += request_of({"HSET", "bucket", n, n});
    requests += request_of({"SET", "s" + n, n});
    replies += ":1\r\n+OK\r\n";
  });
  talk_of_rows([&](const std::string& n, auto& requests, auto& replies) {
    requests += request_of({"HGET", "bucket", n});
    requests += request_of({"HGET", "bucket", "x" + n});
    requests += request_of({"HGET", "none", n});
    requests += request_of({"GET", "s" + n});
    requests += request_of({"GET", "x" + n});
    requests += request_of({"GET", "bucket"});
    requests += request_of({"NONE"});
    requests += request_of({"GET"});
    auto value = "$" + std::to_string(n.size()) + "\r\n" + n + "\r\n";
    replies += value + "$-1\r\n$-1\r\n" + value + "$-1\r\n" + faults;
  });
  talk_of_rows([](const std::string& n, auto& requests, auto& replies) {
    requests += request_of({"HGET", "bucket", n});
    requests += request_of({"HSET", "bucket", n, "x"});
    requests += request_of({"HGET", "bucket", n});
    requests += request_of({"DEL", "s" + n});
    requests += request_of({"GET", "s" + n});
    replies += "$" + std::to_string(n.size()) + "\r\n" + n
               + "\r\n:0\r\n$1\r\nx\r\n:1\r\n$-1\r\n";
  });
}
