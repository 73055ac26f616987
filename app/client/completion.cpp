#include "app/client/completion.hpp"

#include "actors/server/quoted_words.hpp"

#include <algorithm>

namespace kv::app {

namespace {

using std::string;

/// So many names are asked for, and shown.
constexpr size_t most_words = 1000;

string escaped_pattern(std::string_view start) {
  string result;
  for (auto c : start) {
    if (std::string_view{"*?[]\\^"}.find(c) != std::string_view::npos)
      result += '\\';
    result += c;
  }
  return result + '*';
}

std::vector<string> texts(command_context& context,
                          const server_link::words& request) {
  std::vector<string> result;
  for (auto& x : context.server.call(request).items)
    result.push_back(std::move(x.text));
  return result;
}

/// Words with blanks or quotes are written as the shell reads them.
string written(const string& word) {
  auto is_plain = !word.empty()
                  && std::all_of(word.begin(), word.end(), [](char c) {
                       return c > ' ' && c < '\x7f' && c != '"' && c != '\'';
                     });
  return is_plain ? word : quoted(word);
}

bool is_lower(std::string_view word) {
  return !word.empty() && word[0] >= 'a' && word[0] <= 'z';
}

std::vector<string> first_words(command_context& context,
                                std::string_view start) {
  if (!start.empty() && !is_lower(start)) {
    auto result = texts(context, {"COMMAND", "LIST"});
    for (auto& name : result)
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      });
    return result;
  }
  auto result = online_command_names();
  result.insert(result.end(), shell_words().begin(), shell_words().end());
  return result;
}

/// What the operand is that follows `before`, as in `client_command::kinds`.
char kind_of_next(const std::vector<string>& before) {
  if (!is_lower(before[0]))
    return before.size() == 1 ? 'b' : before.size() == 2 ? 'k' : '-';
  const auto* what = find_client_command(before[0]);
  if (what == nullptr)
    return before[0] == "help" ? 'c' : '-';
  auto n = before.size() - 1;
  return n < what->kinds.size() ? what->kinds[n] : '-';
}

} // namespace

std::vector<string> split_line(string line) {
  std::vector<std::string_view> words;
  if (!server::split_quoted(line, words))
    throw command_failure{exit_status::usage, "unbalanced quotes"};
  return {words.begin(), words.end()};
}

completions complete(command_context& context, std::string_view line) {
  completions result;
  auto blank = line.find_last_of(' ');
  result.start = blank == std::string_view::npos ? 0 : blank + 1;
  string start{line.substr(result.start)};
  auto before = split_line(string{line.substr(0, result.start)});
  if (!before.empty() && before[0] == "time")
    before.erase(before.begin());
  std::vector<string> found;
  auto kind = before.empty() ? 'c' : kind_of_next(before);
  if (kind == 'c')
    found = first_words(context, start);
  else if (kind == 'b')
    found = texts(context, {"KEYS", escaped_pattern(start)});
  else if (kind == 'k')
    found = texts(context, {"HKEYS", before[1]});
  std::erase_if(found, [&](auto& x) { return !x.starts_with(start); });
  std::sort(found.begin(), found.end());
  found.resize(std::min(found.size(), most_words));
  for (const auto& x : found)
    result.words.push_back(written(x));
  return result;
}

string common_start(const std::vector<string>& words) {
  if (words.empty())
    return {};
  auto result = words.front();
  for (const auto& x : words) {
    auto end = std::mismatch(result.begin(), result.end(), x.begin(), x.end());
    result.erase(end.first, result.end());
  }
  return result;
}

string hint(std::string_view line) {
  auto end = line.find(' ');
  if (end == std::string_view::npos)
    return {};
  const auto* what = find_client_command(line.substr(0, end));
  return what != nullptr ? string{what->usage} : string{};
}

const std::vector<string>& shell_words() {
  static const std::vector<string> words{"exit", "help", "quit", "time"};
  return words;
}

} // namespace kv::app
