#pragma once

#include "actors/kv/change_feed.hpp"
#include "actors/server/command.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kv::server {

/// A request that outlives the bytes it came in.
struct kept_request {
  kept_request(const command& what, arguments args);

  // Not in line: g++ 12 warns of the vector's move without cause there.
  kept_request(kept_request&&) noexcept;

  kept_request& operator=(kept_request&&) noexcept;

  ~kept_request() = default;

  arguments args() const noexcept {
    return {words.data(), words.size()};
  }

  /// Runs in a bucket.
  void run(const bucket_fields& fields, resp_writer& out) const;

  /// Runs in the strings.
  void run(const string_keys& keys, resp_writer& out) const;

  /// Runs where there is no bucket. @pre `!what->creates()`
  void run_absent(resp_writer& out) const;

  /// Returns whether it changes several rows.
  bool changes_rows() const noexcept;

  static constexpr size_t usual_words = 6;

  const command* what;
  std::unique_ptr<char[]> bytes;
  boost::container::small_vector<std::string_view, usual_words> words;
};

/// Requests that run as one, unless a watched name has changed.
struct kept_transaction {
  using watch = std::shared_ptr<name_watch>;

  /// Returns whether none of the watched names has changed.
  bool is_valid() const noexcept;

  bool creates() const noexcept;

  std::vector<kept_request> requests;
  std::vector<watch> watches;
  /// Of the requests in their order; of those on the session not filled in.
  std::vector<std::string> replies;
  bool aborted = false;
};

} // namespace kv::server
