#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace kv::app::test {

/// An empty working folder for the length of a test.
class scratch {
public:
  scratch() : before_(std::filesystem::current_path()) {
    auto name = (std::filesystem::temp_directory_path() / "kv-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("mkdtemp");
    path_ = name;
    std::filesystem::current_path(path_);
  }

  scratch(const scratch&) = delete;

  scratch& operator=(const scratch&) = delete;

  ~scratch() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }

  /// Writes a file and returns its name.
  static std::string write(const std::string& name, const std::string& text) {
    std::ofstream{name, std::ios::binary} << text;
    return name;
  }

private:
  std::filesystem::path before_;
  std::filesystem::path path_;
};

} // namespace kv::app::test
