#include "actors/server/resp_writer.hpp"

#include "tests/support/catch.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace kv::server;
using namespace std::literals;

namespace {

using action = std::function<void(resp_writer&)>;

std::string written(const action& f, resp_version version) {
  std::string result = "before";
  resp_writer writer{result, version};
  f(writer);
  REQUIRE(result.substr(0, 6) == "before");
  return result.substr(6);
}

std::string resp2(const action& f) {
  return written(f, resp_version::resp2);
}

std::string resp3(const action& f) {
  return written(f, resp_version::resp3);
}

std::string as_bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

} // namespace

TEST_CASE("every reply has its form in both protocols", "[resp]") {
  struct row {
    action write;
    std::string in_resp2;
    std::string in_resp3;
  };
  using w = resp_writer;
  const std::vector<row> table{
    {[](w& x) { x.simple_string("OK"); }, "+OK\r\n", "+OK\r\n"},
    {[](w& x) { x.error("ERR no"); }, "-ERR no\r\n", "-ERR no\r\n"},
    {[](w& x) { x.integer(-7); }, ":-7\r\n", ":-7\r\n"},
    {[](w& x) { x.bulk("a\r\n\0b"sv); }, "$5\r\na\r\n\0b\r\n"s,
     "$5\r\na\r\n\0b\r\n"s},
    {[](w& x) { x.bulk(""); }, "$0\r\n\r\n", "$0\r\n\r\n"},
    {[](w& x) { x.bulk(-10); }, "$3\r\n-10\r\n", "$3\r\n-10\r\n"},
    {[](w& x) { x.null(); }, "$-1\r\n", "_\r\n"},
    {[](w& x) { x.null_array(); }, "*-1\r\n", "_\r\n"},
    {[](w& x) { x.boolean(true); }, ":1\r\n", "#t\r\n"},
    {[](w& x) { x.boolean(false); }, ":0\r\n", "#f\r\n"},
    {[](w& x) { x.big_number("123"); }, "$3\r\n123\r\n", "(123\r\n"},
    {[](w& x) { x.verbatim("txt", "a\nb"); }, "$3\r\na\nb\r\n",
     "=7\r\ntxt:a\nb\r\n"},
    {[](w& x) { x.array(3); }, "*3\r\n", "*3\r\n"},
    {[](w& x) { x.array(0); }, "*0\r\n", "*0\r\n"},
    {[](w& x) { x.map(3); }, "*6\r\n", "%3\r\n"},
    {[](w& x) { x.set(3); }, "*3\r\n", "~3\r\n"},
    {[](w& x) { x.push(3); }, "*3\r\n", ">3\r\n"},
  };
  for (const auto& [write, in_resp2, in_resp3] : table) {
    CHECK(resp2(write) == in_resp2);
    CHECK(resp3(write) == in_resp3);
  }
}

TEST_CASE("a text of one line stays one", "[resp]") {
  CHECK(resp2([](resp_writer& x) { x.error("ERR a\r\nb\nc\r"); })
        == "-ERR a  b c \r\n");
  CHECK(resp2([](resp_writer& x) { x.simple_string("a\r\n+b"); })
        == "+a  +b\r\n");
}

TEST_CASE("integers have all their digits", "[resp]") {
  using limits = std::numeric_limits<int64_t>;
  for (auto value :
       {limits::min(), int64_t{-1}, int64_t{0}, int64_t{10}, limits::max()}) {
    auto text = std::to_string(value);
    CHECK(resp2([&](resp_writer& x) { x.integer(value); })
          == ":" + text + "\r\n");
    CHECK(resp2([&](resp_writer& x) { x.bulk(value); }) == as_bulk(text));
  }
}

// What Redis itself writes: resp_redis_test.cpp.
TEST_CASE("doubles have 17 digits", "[resp]") {
  struct row {
    double value;
    std::string text;
  };
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  const std::vector<row> table{
    {0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {-1.5, "-1.5"},
    {3.14, "3.1400000000000001"},
    {0.1, "0.10000000000000001"},
    {1e15, "1000000000000000"},
    {1e17, "1e+17"},
    {1e-5, "1.0000000000000001e-05"},
    {1e21, "1e+21"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {-5e-324, "-4.9406564584124654e-324"},
    {infinity, "inf"},
    {-infinity, "-inf"},
    {std::numeric_limits<double>::quiet_NaN(), "nan"},
    {-std::numeric_limits<double>::quiet_NaN(), "nan"},
  };
  for (const auto& [value, text] : table) {
    auto write = [value = value](resp_writer& x) { x.number(value); };
    CHECK(resp2(write) == as_bulk(text));
    CHECK(resp3(write) == "," + text + "\r\n");
  }
}

TEST_CASE("a client may change its protocol", "[resp]") {
  std::string out;
  resp_writer writer{out};
  CHECK(writer.version() == resp_version::resp2);
  writer.null();
  writer.version(resp_version::resp3);
  writer.null();
  CHECK(out == "$-1\r\n_\r\n");
}
