#include "app/generate/changes.hpp"

#include "app/options.hpp"
#include "app/text.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace kv::app {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void no_place(const std::string& path, const std::string& mark) {
  throw refusal{exit_status::usage, path + ": has no line with "
                                      + in_quotes(mark)
                                      + "; put it back where new parts belong"};
}

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream out{path, std::ios::binary};
  out << text;
  out.close();
  if (!out)
    throw std::runtime_error(path.string() + ": cannot be written");
}

} // namespace

void changes::add(const std::string& path, std::string text) {
  auto same = [&](const file& x) { return x.path == path; };
  if (fs::exists(root_ / path)
      || std::any_of(files_.begin(), files_.end(), same))
    throw refusal{exit_status::usage,
                  path + ": is there already; choose another name"};
  files_.push_back({path, std::move(text), true});
}

std::string changes::content(const std::string& path) const {
  for (const auto& x : files_)
    if (x.path == path)
      return x.text;
  std::ifstream in{root_ / path, std::ios::binary};
  if (!in)
    throw refusal{exit_status::usage, path + ": cannot be read"};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void changes::include(const std::string& path, const std::string& header) {
  const std::string start = "#include \"actors/";
  const auto line = "#include \"" + header + "\"\n";
  auto text = content(path);
  auto at = text.find(start);
  if (at == std::string::npos)
    no_place(path, start);
  while (text.compare(at, start.size(), start) == 0 && text.substr(at) < line)
    at = text.find('\n', at) + 1;
  insert(path, at, line);
}

void changes::put_above(const std::string& path, const std::string& mark,
                        const std::string& lines) {
  auto text = content(path);
  auto at = text.find(mark);
  if (at == std::string::npos)
    no_place(path, mark);
  auto before = text.rfind('\n', at);
  insert(path, before == std::string::npos ? 0 : before + 1, lines);
}

void changes::insert(const std::string& path, size_t at,
                     const std::string& lines) {
  auto text = content(path);
  text.insert(at, lines);
  for (auto& x : files_)
    if (x.path == path) {
      x.text = std::move(text);
      return;
    }
  files_.push_back({path, std::move(text), false});
}

std::vector<std::string> changes::write() const {
  std::vector<std::string> done;
  try {
    // What is new first: what was there is touched when all else went well.
    for (auto fresh : {true, false})
      for (const auto& x : files_)
        if (x.is_new == fresh) {
          done.push_back(x.path);
          write_file(root_ / x.path, x.text);
        }
  } catch (...) {
    std::error_code ignored;
    for (const auto& x : files_)
      if (x.is_new && std::find(done.begin(), done.end(), x.path) != done.end())
        fs::remove(root_ / x.path, ignored);
    throw;
  }
  return done;
}

} // namespace kv::app
