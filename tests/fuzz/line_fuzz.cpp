// Words lie in their line, in order, with nothing but white space in between,
// and a line may be cut at any blank.

#include "actors/server/line_protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

using namespace kv::server;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

void check_words(std::string_view line,
                 const std::vector<std::string_view>& words) {
  const char* pos = line.data();
  for (auto word : words) {
    require(!word.empty() && word.data() >= pos);
    require(word.find_first_of(" \t\r\v\f\n") == std::string_view::npos);
    require(split_words(word, 2) == std::vector<std::string_view>{word});
    std::string_view between{pos, static_cast<size_t>(word.data() - pos)};
    require(split_words(between, 1).empty());
    pos = word.data() + word.size();
  }
  require(pos <= line.data() + line.size());
}

void check_cut(std::string_view line, size_t pos,
               const std::vector<std::string_view>& words) {
  auto left = split_words(line.substr(0, pos), line.size());
  auto right = split_words(line.substr(pos), line.size());
  left.insert(left.end(), right.begin(), right.end());
  require(left == words);
}

void check_command(std::string_view line,
                   const std::vector<std::string_view>& words) {
  auto cmd = parse_line(line);
  if (!cmd)
    return;
  std::vector<std::string_view> parts{words[0]};
  for (auto part : {cmd->bucket, cmd->key, cmd->value})
    if (!part.empty())
      parts.push_back(part);
  require(parts == words);
}

void check_line(std::string_view line) {
  auto words = split_words(line, line.size());
  check_words(line, words);
  check_command(line, words);
  for (size_t limit = 0; limit <= words.size(); ++limit) {
    auto first = split_words(line, limit);
    require(first
            == std::vector(words.begin(),
                           words.begin() + static_cast<std::ptrdiff_t>(limit)));
  }
  for (size_t pos = 0; pos < line.size(); ++pos)
    if (line[pos] == ' ')
      check_cut(line, pos, words);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t longest = 256; // the checks are quadratic
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  while (!bytes.empty()) {
    auto end = bytes.find('\n');
    check_line(bytes.substr(0, end).substr(0, longest));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  return 0;
}
