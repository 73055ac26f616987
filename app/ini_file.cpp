#include "app/ini_file.hpp"

#include "app/options.hpp"
#include "app/text.hpp"

#include <caf/detail/parser/read_ini.hpp>
#include <caf/parser_state.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

// Invariants
// I1  The grammar is CAF's parser and nothing else: this file only listens to
//     it, and looks at the text before (bytes) and after (what was it?).
// I2  CAF's parser recurses per nested list or map and takes a zero byte for
//     any character: neither reaches it unchecked.

namespace kv::app {

namespace {

using parser = caf::parser_state<const char*>;

/// Ends the parser from within.
struct nested_too_deeply {};

/// What all listeners of one parser share.
struct recording {
  parser& ps;
  ini_file& result;
  int depth = 0;
  std::string key;
  int line = 0;
  const char* value = nullptr;
};

/// CAF counts a line as soon as it sees the end of the one before.
int current_line(const parser& ps) {
  return !ps.at_end() && *ps.i == '\n' ? ps.line - 1 : ps.line;
}

/// Listens to CAF's parser: the interface is what `read_ini` calls.
class listener {
public:
  /// @param parent Receives the list that we are; null if we are a map.
  listener(recording& rec, std::string path, listener* parent)
    : rec_(rec), path_(std::move(path)), parent_(parent) {
    constexpr int max_depth = 16;
    if (rec_.depth == max_depth)
      throw nested_too_deeply{};
    ++rec_.depth;
  }

  listener(const listener&) = delete;

  listener& operator=(const listener&) = delete;

  ~listener() {
    --rec_.depth;
  }

  void key(std::string name) {
    key_ = path_.empty() ? std::move(name) : path_ + '.' + name;
    line_ = current_line(rec_.ps);
    rec_.key = key_;
    rec_.line = line_;
    value_ = rec_.value = rec_.ps.i + 1;
  }

  template <class T>
  void value(T&& x) {
    add(caf::config_value{std::forward<T>(x)});
  }

  listener begin_map() {
    rec_.value = nullptr;
    if (parent_ != nullptr)
      return {rec_, path_, nullptr}; // A map within a list.
    auto path = key_ == "global" ? std::string{} : key_;
    if (!path.empty())
      rec_.result.sections.push_back({path, line_});
    return {rec_, std::move(path), nullptr};
  }

  void end_map() {
    // nop
  }

  listener begin_list() {
    return {rec_, parent_ != nullptr ? path_ : key_, this};
  }

  void end_list() {
    constexpr ptrdiff_t bracket = 1;
    parent_->add(caf::config_value{std::move(items_)}, bracket);
  }

private:
  // The text of the value ends `more` bytes behind the parser's position.
  void add(caf::config_value x, ptrdiff_t more = 0) {
    if (parent_ != nullptr) {
      items_.push_back(std::move(x));
      return;
    }
    auto size = static_cast<size_t>(rec_.ps.i + more - value_);
    auto text = trimmed({value_, size});
    rec_.result.entries.push_back(
      {key_, line_, std::move(x), std::string{text}});
  }

  recording& rec_;
  std::string path_;
  listener* parent_;
  std::string key_;
  int line_ = 0;
  const char* value_ = nullptr;
  caf::config_value::list items_;
};

/// Returns the first byte that no text file has.
std::optional<ini_mistake> find_binary(std::string_view text) {
  auto is_binary = [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte == 0x7f || (byte < ' ' && c != '\t' && c != '\n');
  };
  const auto* i = std::find_if(text.begin(), text.end(), is_binary);
  if (i == text.end())
    return std::nullopt;
  auto line = 1 + std::count(text.begin(), i, '\n');
  return ini_mistake{"", static_cast<int>(line),
                     "not a text file: found the byte " + in_quotes({i, 1})};
}

/// Returns what is written from `first` to the end of its line.
std::string rest_of_line(const char* first, const char* last) {
  auto rest = std::string_view{first, static_cast<size_t>(last - first)};
  return std::string{trimmed(rest.substr(0, rest.find('\n')))};
}

ini_mistake describe_mistake(const recording& rec) {
  const auto& ps = rec.ps;
  auto line = current_line(ps);
  if (rec.value != nullptr && line == rec.line)
    return {rec.key, rec.line, rest_of_line(rec.value, ps.e)};
  if (ps.at_end())
    return {"", line, "the file ends within a value or a section's name"};
  const auto* first = ps.i;
  while (first[-1] != '\n')
    --first;
  return {"", line,
          "expected [section], key = value or ; comment, got "
            + in_quotes(rest_of_line(first, ps.e))};
}

void parse(std::string_view text, ini_file& result) {
  // Begins with the line end that `parse_ini` put there: CAF counts every line
  // end but one at the very begin.
  parser ps{text.data(), text.data() + text.size()};
  recording rec{.ps = ps, .result = result};
  try {
    listener top{rec, "", nullptr};
    caf::detail::parser::read_ini(ps, top);
    if (ps.code != caf::pec::success || !ps.at_end())
      result.mistake = describe_mistake(rec);
  } catch (const nested_too_deeply&) {
    result.mistake = {"", ps.line, "lists or maps are nested too deeply"};
  }
}

} // namespace

ini_file parse_ini(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  std::string unix_text = "\n";
  unix_text.reserve(text.size() + 1);
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n')
      unix_text += text[i];
  ini_file result;
  result.mistake = find_binary(std::string_view{unix_text}.substr(1));
  if (!result.mistake)
    parse(unix_text, result);
  return result;
}

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw refusal{exit_status::configuration, path + ": " + reason};
}

[[noreturn]] void refuse(const std::string& path, int error) {
  refuse(path, "cannot read: " + std::generic_category().message(error));
}

struct open_file {
  int fd;

  ~open_file() {
    ::close(fd);
  }
};

} // namespace

std::optional<std::string> read_config_file(const std::string& path) {
  constexpr size_t limit = 1U << 20U;
  // Must not wait for the other end of a pipe.
  open_file file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0 && errno == ENOENT)
    return std::nullopt;
  struct stat info {};
  if (file.fd < 0 || ::fstat(file.fd, &info) != 0)
    refuse(path, errno);
  if (S_ISDIR(info.st_mode))
    refuse(path, EISDIR);
  if (!S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode))
    refuse(path, "cannot read: not a regular file");
  std::string result(limit + 1, '\0');
  size_t size = 0;
  while (size < result.size()) {
    auto n = ::read(file.fd, result.data() + size, result.size() - size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      refuse(path, errno);
    if (n == 0)
      break;
    size += static_cast<size_t>(n);
  }
  if (size > limit)
    refuse(path, "larger than 1 MiB: not a configuration file");
  result.resize(size);
  return result;
}

} // namespace kv::app
