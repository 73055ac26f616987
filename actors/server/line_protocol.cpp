#include "actors/server/line_protocol.hpp"

namespace kv::server {

namespace {

unsigned byte_at(std::string_view text, size_t pos) {
  return static_cast<unsigned char>(text[pos]);
}

/// Returns how many bytes of white space `text` starts with, 0 if it does not.
/// Unicode's White_Space (PropList.txt of Unicode 15) without the no-break
/// spaces U+00A0, U+2007 and U+202F.
size_t space_at(std::string_view text) {
  auto first = byte_at(text, 0);
  if (first == ' ' || (first >= '\t' && first <= '\r'))
    return 1;
  if (first == 0xC2 && text.size() > 1) // U+0085
    return byte_at(text, 1) == 0x85 ? 2 : 0;
  if (first < 0xE1 || first > 0xE3 || text.size() < 3)
    return 0;
  auto code = (first & 0x0F) << 12 | (byte_at(text, 1) & 0x3F) << 6
              | (byte_at(text, 2) & 0x3F);
  if ((byte_at(text, 1) & 0xC0) != 0x80 || (byte_at(text, 2) & 0xC0) != 0x80)
    return 0;
  auto splits = code == 0x1680 || (code >= 0x2000 && code <= 0x200A)
                || code == 0x2028 || code == 0x2029 || code == 0x205F
                || code == 0x3000;
  return splits && code != 0x2007 ? 3 : 0;
}

} // namespace

std::vector<std::string_view> split_words(std::string_view line, size_t limit) {
  std::vector<std::string_view> result;
  size_t begin = 0;
  size_t pos = 0;
  auto end_word = [&] {
    if (pos > begin)
      result.push_back(line.substr(begin, pos - begin));
  };
  while (pos < line.size() && result.size() < limit) {
    if (auto n = space_at(line.substr(pos)); n > 0) {
      end_word();
      pos += n;
      begin = pos;
    } else {
      ++pos;
    }
  }
  if (result.size() < limit)
    end_word();
  return result;
}

std::optional<line_command> parse_line(std::string_view line) {
  constexpr size_t most_words = 4;
  auto words = split_words(line, most_words + 1);
  if (words.size() == 2 && words[0] == "CREATE")
    return line_command{line_verb::create, words[1], {}, {}};
  if (words.size() == 2 && words[0] == "SUBSCRIBE")
    return line_command{line_verb::subscribe, words[1], {}, {}};
  if (words.size() == 1 && words[0] == "HELP")
    return line_command{line_verb::help, {}, {}, {}};
  if (words.size() == 3 && words[0] == "GET")
    return line_command{line_verb::get, words[1], words[2], {}};
  if (words.size() == 3 && words[0] == "DELETE")
    return line_command{line_verb::erase, words[1], words[2], {}};
  if (words.size() == 4 && words[0] == "PUT")
    return line_command{line_verb::put, words[1], words[2], words[3]};
  return std::nullopt;
}

} // namespace kv::server
