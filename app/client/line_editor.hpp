#pragma once

#include "app/client/completion.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace kv::app {

/// Reads lines from a terminal, with editing, a history that is kept in a file,
/// completion by the tabulator, and a hint at the right.
/// Thread safety: one thread at a time, and one editor at a time.
class line_editor {
public:
  struct options {
    std::string prompt;
    std::string history_file; ///< Empty: none.
    std::function<completions(std::string_view line)> complete;
    std::function<std::string(std::string_view line)> hint;
  };

  explicit line_editor(options opts);

  ~line_editor();

  enum class outcome { line, interrupted, end };

  /// Reads a line, without its end, into `to`.
  outcome read(std::string& to);

  /// Adds a line to the history, and to its file.
  void remember(const std::string& line);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace kv::app
