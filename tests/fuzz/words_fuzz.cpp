// Quoted words lie in their line, do not depend on what follows it, and come
// back when they are quoted again.

#include "actors/server/quoted_words.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace kv::server;

namespace {

using views = std::vector<std::string_view>;

void require(bool condition) {
  if (!condition)
    std::abort();
}

/// Appends a word with every byte as an escape.
void quote(std::string_view word, std::string& line) {
  constexpr std::string_view digits = "0123456789abcdef";
  line += '"';
  for (char c : word) {
    auto byte = static_cast<unsigned char>(c);
    line += "\\x";
    line += digits[byte / 16];
    line += digits[byte % 16];
  }
  line += "\" ";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Its own block of memory: a byte too far is a report.
  std::vector<char> line(data, data + size);
  views words;
  auto balanced = split_quoted(line, words);
  auto text = std::string(data, data + size) + " .";
  views more;
  require(split_quoted(text, more) == balanced);
  if (!balanced)
    return 0;
  const char* pos = line.data();
  std::string again;
  for (auto word : words) {
    require(word.data() >= pos);
    pos = word.data() + word.size();
    quote(word, again);
  }
  require(pos <= line.data() + line.size());
  require(more.size() == words.size() + 1 && more.back() == ".");
  more.pop_back();
  require(more == words);
  views same;
  require(split_quoted(again, same) && same == words);
  return 0;
}
