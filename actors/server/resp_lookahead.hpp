#pragma once

#include "actors/server/command.hpp"
#include "actors/server/resp_parser.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kv::server {

/// The next requests of one client, parsed before it is their turn, so that
/// what they read can be fetched from memory at once: one after the other, each
/// would wait for it. Thread safety: one thread at a time.
class resp_lookahead {
public:
  /// Requests that are parsed ahead.
  static constexpr size_t most = 32;

  struct request {
    const command* what; ///< Null: there is no such command.
    server::arguments args;
  };

  bool empty() const noexcept {
    return next_ == requests_.size();
  }

  /// Parses up to `n` requests, and none behind one that may make the client
  /// known, or a stranger. @pre `empty()`
  /// @returns What the parser said last; of interest only if there is none.
  resp_status fill(resp_parser& parser, std::string& buffer, size_t n);

  /// Returns the next request, which lives until `fill`. The buffer may have
  /// grown meanwhile. @pre `!empty()`
  request take(const std::string& buffer);

  /// Fetches the rows that the requests read.
  /// Complexity: O(requests); nothing if there are few.
  void fetch_rows(const std::string& buffer, const name_readers& names) const;

private:
  struct word {
    size_t offset; ///< Within the buffer, which may move.
    size_t size;
  };

  struct entry {
    const command* what;
    size_t end; ///< Behind its last word.
  };

  /// Words of usual requests.
  using word_list = boost::container::small_vector<std::string_view, 6>;

  std::vector<entry> requests_;
  std::vector<word> words_;
  word_list args_; ///< Of the request taken last.
  size_t next_ = 0;
};

} // namespace kv::server
