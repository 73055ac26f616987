#include "app/client/record.hpp"

#include "app/client/progress.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

#include <random>
#include <sstream>

using namespace kv::app;
using namespace std::literals;

namespace {

std::string refused(std::string_view line) {
  try {
    parse_json_line(line);
  } catch (const std::invalid_argument& reason) {
    return reason.what();
  }
  return "not refused";
}

constexpr std::string_view expected
  = R"(expected {"bucket":"...","key":"...","value":"..."}, {"bucket":"..."} )"
    R"(or {"string":"...","value":"..."}, each with "expires":MS or without)";

using kind = record::kind;

} // namespace

TEST_CASE("a record is a line of JSON", "[client]") {
  record x{kind::field, "shopping", "milk", "1"};
  CHECK(to_json_line(x) == R"({"bucket":"shopping","key":"milk","value":"1"})");
  CHECK(parse_json_line(to_json_line(x)) == x);
  CHECK(parse_json_line(R"( { "value" : "\u00e4", "key":"", "bucket":"b"} )")
        == record{kind::field, "b", "", "\xc3\xa4"});
  x = {kind::bucket, "shopping", {}, {}, 12};
  CHECK(to_json_line(x) == R"({"bucket":"shopping","expires":12})");
  CHECK(parse_json_line(to_json_line(x)) == x);
  x = {kind::string, "greeting", {}, "hello"};
  CHECK(to_json_line(x) == R"({"string":"greeting","value":"hello"})");
  CHECK(parse_json_line(to_json_line(x)) == x);
}

TEST_CASE("what is not UTF-8 stands in base64", "[client]") {
  record x{kind::field, "b\xff", "\0"s, "\xfe\0"s};
  CHECK(to_json_line(x)
        == R"({"bucket64":"Yv8=","key":"\u0000","value64":"/gA="})");
  CHECK(parse_json_line(to_json_line(x)) == x);
  CHECK(parse_json_line(R"({"bucket":"b","key":"k","value64":""})")
        == record{kind::field, "b", "k", ""});
}

TEST_CASE("any bytes survive", "[client]") {
  std::mt19937_64 random{kv::test::test_seed()};
  auto bytes = [&] {
    std::string result(random() % 20, '\0');
    for (auto& c : result)
      c = static_cast<char>(random() % 2 == 0 ? random() : 'a');
    return result;
  };
  for (int i = 0; i < 2000; ++i) {
    record x{static_cast<kind>(random() % 3), bytes()};
    if (x.what == kind::field)
      x.key = bytes();
    if (x.what != kind::bucket)
      x.value = bytes();
    if (random() % 2 == 0)
      x.expires = static_cast<int64_t>(random() >> 1 | 1);
    auto line = to_json_line(x);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(parse_json_line(line) == x);
  }
}

TEST_CASE("what is no record is refused", "[client]") {
  for (std::string line :
       {"", "x", "[]", "null", "{}", R"({"bucket":"b","key":"k"})",
        R"({"string":"k"})", R"({"bucket":"b","expires":0})",
        R"({"bucket":"b","expires":-1})",
        R"({"bucket":"b","expires":9223372036854775808})",
        R"({"bucket":"b","expires":"1"})",
        R"({"bucket":"b","key":"k","value":1})",
        R"({"bucket":"b","key":"k","value":"1","value64":"MQ=="})",
        R"({"bucket":"b","key":"k","value":{"x":"y"}})",
        R"({"bucket":"b","key":"k","value":"1"} x)",
        "{\"bucket\":\"b\",\"key\":\"k\",\"value\":\"\xff\"}"})
    CHECK(refused(line) == expected);
  CHECK(refused(std::string(1'000'000, '[')) == expected);
  CHECK(refused(R"({"bucket":"b","key":"k","value":"1","ttl":"5"})")
        == R"(unknown member "ttl")");
  for (std::string text : {"x", "MQ=", "M===", "MQ==x", "????"})
    CHECK(refused(R"({"bucket":"b","key":"k","value64":")" + text + "\"}")
          == "expected base64, got \"" + text + '"');
}

TEST_CASE("a bar shows how far it is", "[client]") {
  CHECK(progress_line(0, 0, 12) == "12 records");
  CHECK(progress_line(50, 100, 7)
        == "[" + std::string(20, '#') + std::string(20, ' ')
             + "] 50 %  7 records");
  CHECK(progress_line(200, 100, 7)
        == "[" + std::string(40, '#') + "] 100 %  7 records");
  std::ostringstream out;
  {
    progress hidden{out, false, 10};
    hidden.update(5, 5);
  }
  CHECK(out.str().empty());
  {
    progress shown{out, true, 10};
    shown.update(5, 5);
    shown.update(6, 6); // too soon
  }
  CHECK(out.str() == "\r" + progress_line(5, 10, 5) + "\x1b[K\r\x1b[K");
}
