#pragma once

#include "actors/server/resp_parser.hpp"

#include "tests/server/resp_outcome.hpp"

#include <string>
#include <vector>

namespace kv::test {

/// Returns a request as clients send it.
inline std::string multibulk(const std::vector<std::string>& arguments) {
  auto result = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const auto& x : arguments)
    result += "$" + std::to_string(x.size()) + "\r\n" + x + "\r\n";
  return result;
}

inline std::string echo(const std::string& text) {
  return multibulk({"ECHO", text});
}

/// Bytes that a client sends, and what a parser has to make of them.
struct resp_case {
  std::string bytes;
  std::vector<std::vector<std::string>> requests;
  std::string error; // behind "ERR Protocol error: "

  resp_outcome wanted() const {
    return {requests, error.empty() ? "" : "ERR Protocol error: " + error};
  }
};

/// Cases that Redis 7.0 handles alike.
inline std::vector<resp_case> redis_cases() {
  using namespace std::literals;
  return {
    // Multibulk.
    {echo("milk"), {{"ECHO", "milk"}}, ""},
    {echo("a") + echo("b"), {{"ECHO", "a"}, {"ECHO", "b"}}, ""},
    {echo("\r\n*1\r\n\0"s), {{"ECHO", "\r\n*1\r\n\0"s}}, ""},
    {echo(""), {{"ECHO", ""}}, ""},
    {multibulk({""}), {{""}}, ""},
    {"*0\r\n" + echo("a"), {{"ECHO", "a"}}, ""},
    {"*-1\r\n*-7\r\n" + echo("a"), {{"ECHO", "a"}}, ""},
    {"*1\r\n$4\r\nPING..*1\r\n$4\r\nPING\r\n", {{"PING"}, {"PING"}}, ""},
    {"*1\rx$4\rxPING\r\n", {{"PING"}}, ""},
    {echo("a") + "*2\r\n$4\r\nECHO\r\n$1\r\nb\r", {{"ECHO", "a"}}, ""},
    {"*1\r\n$3\r\nPING\r\nPING\r\n", {{"PIN"}, {"PING"}}, ""},
    // Inline.
    {"PING\r\n", {{"PING"}}, ""},
    {"PING\n", {{"PING"}}, ""},
    {"\r\n\n  \t \r\nPING\r\n", {{"PING"}}, ""},
    {"  PUT  a\t1 \r\n", {{"PUT", "a", "1"}}, ""},
    {"PUT a \"b c\" 'd e'\r\n", {{"PUT", "a", "b c", "d e"}}, ""},
    {"PING\r\n" + echo("a") + "PING\n",
     {{"PING"}, {"ECHO", "a"}, {"PING"}},
     ""},
    {"PING\r\r\n", {{"PING"}}, ""},
    {" *1\r\n", {{"*1"}}, ""},
    // Errors end it: what follows is not looked at.
    {"PUT a \"b\n" + echo("a"), {}, "unbalanced quotes in request"},
    {"PUT a 'b\n", {}, "unbalanced quotes in request"},
    {"PUT a \"b\"c\n", {}, "unbalanced quotes in request"},
    {"*\r\n", {}, "invalid multibulk length"},
    {"*x\r\n", {}, "invalid multibulk length"},
    {"*+1\r\n", {}, "invalid multibulk length"},
    {"*01\r\n", {}, "invalid multibulk length"},
    {"*-0\r\n", {}, "invalid multibulk length"},
    {"*-\r\n", {}, "invalid multibulk length"},
    {"* 1\r\n", {}, "invalid multibulk length"},
    {"*1 \r\n", {}, "invalid multibulk length"},
    {"*1\n$4\r\n", {}, "invalid multibulk length"},
    {"*9223372036854775807\r\n", {}, "invalid multibulk length"},
    {"*9223372036854775808\r\n", {}, "invalid multibulk length"},
    {"*-9223372036854775808\r\nPING\n", {{"PING"}}, ""},
    {"*-9223372036854775809\r\nPING\n", {}, "invalid multibulk length"},
    {"*1048576\r\n", {}, ""},
    {"*1\r\nPING\r\n", {}, "expected '$', got 'P'"},
    {"*1\r\n\r\n", {}, "expected '$', got ' '"},
    {"*1\r\n\n\r\n", {}, "expected '$', got ' '"},
    {"*2\r\n$4\r\nPING\r\n*1\r\n", {}, "expected '$', got '*'"},
    {"*1\r\n\xFF\r\n", {}, "expected '$', got '\xFF'"},
    {"*1\r\n$\r\n", {}, "invalid bulk length"},
    {"*1\r\n$-1\r\n", {}, "invalid bulk length"},
    {"*1\r\n$04\r\n", {}, "invalid bulk length"},
    {"*1\r\n$4x\r\n", {}, "invalid bulk length"},
    {"*1\r\n$67108865\r\n", {}, "invalid bulk length"},
    {"*1\r\n$67108864\r\n", {}, ""},
    {echo("a") + "*1\r\n$x\r\n" + echo("b"),
     {{"ECHO", "a"}},
     "invalid bulk length"},
  };
}

/// Cases that the parser handles as its header says, and Redis otherwise.
inline std::vector<resp_case> own_cases() {
  using namespace std::literals;
  return {
    {"a\0b c\r\n"s, {{"a\0b"s, "c"}}, ""},
    {"*1\0\r\n"s, {}, "invalid multibulk length"},
    {"*1\r\n$1\0\r\n"s, {}, "invalid bulk length"},
    {"*1048577\r\n", {}, "invalid multibulk length"},
  };
}

} // namespace kv::test
