#pragma once

#include "actors/server/command.hpp"

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kv::server {

/// A request that outlives the bytes it came in.
struct kept_request {
  kept_request(const command& what, arguments args);

  /// A transaction: its parts run as one, and are answered by one array.
  explicit kept_request(std::vector<kept_request> parts);

  kept_request(kept_request&&) noexcept = default;

  kept_request& operator=(kept_request&&) noexcept = default;

  ~kept_request() = default;

  arguments args() const noexcept {
    return {words.data(), words.size()};
  }

  /// Returns whether it needs a bucket to run in.
  bool creates() const noexcept;

  void run(const bucket_fields& fields, resp_writer& out) const;

  /// Runs where there is no bucket. @pre `!creates()`
  void run_absent(resp_writer& out) const;

  static constexpr size_t usual_words = 6;

  const command* what = nullptr; ///< Null: a transaction.
  std::unique_ptr<char[]> bytes;
  boost::container::small_vector<std::string_view, usual_words> words;
  std::vector<kept_request> parts;
};

/// Requests of one client for one bucket, gathered to run there one after the
/// other, as one message. Whoever runs them holds the batch alone: the session
/// does not look at it in between.
struct resp_batch {
  struct item {
    kept_request request;
    size_t slot; ///< Where the session wants the reply.
    std::string reply;
  };

  std::string bucket;
  resp_version version = resp_version::resp2;
  std::vector<item> items;
  size_t next = 0; ///< Items before it have been answered.
  std::chrono::steady_clock::time_point deadline;

  /// Runs what is left in the bucket. What throws is answered with an error.
  void run(const bucket_fields& fields);

  /// Answers what is left for as long as it needs no bucket; returns whether
  /// nothing is left.
  bool run_absent();

  /// Answers what is left with an error.
  void fail(std::string_view reason);
};

} // namespace kv::server
