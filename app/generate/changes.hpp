#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kv::app {

/// What a generator is about to write: it collects first, so that whatever is
/// wrong with its words is found before anything is written.
class changes {
public:
  explicit changes(std::filesystem::path root) : root_(std::move(root)) {
    // nop
  }

  /// Adds a file.
  /// Errors: throws `refusal` if there is one of that name.
  void add(const std::string& path, std::string text);

  /// Puts an include where it belongs among those of a file that begin with
  /// `#include "actors/`.
  /// Errors: as `content`.
  void include(const std::string& path, const std::string& header);

  /// Puts lines above the first line of a file that contains `mark`.
  /// Errors: throws `refusal` if there is no such line.
  void put_above(const std::string& path, const std::string& mark,
                 const std::string& lines);

  /// Returns a file as it will be.
  /// Errors: throws `refusal` if it cannot be read.
  std::string content(const std::string& path) const;

  /// Writes everything; returns the paths, in order. A failure leaves nothing
  /// that was not there before.
  /// Errors: throws `std::runtime_error`.
  std::vector<std::string> write() const;

private:
  struct file {
    std::string path;
    std::string text;
    bool is_new;
  };

  void insert(const std::string& path, size_t at, const std::string& lines);

  std::filesystem::path root_;
  std::vector<file> files_;
};

} // namespace kv::app
