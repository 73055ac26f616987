#pragma once

#include "actors/server/resp_batch.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace kv::server {

/// Gathers the requests of one client per bucket, sends them as one message
/// each, and brings the replies to their places. What a bucket that ended has
/// not run goes to its successor. Thread safety: the session's thread.
class resp_sender {
public:
  /// A bucket that does not answer for so long is reported as an error.
  static constexpr std::chrono::seconds patience{5};

  explicit resp_sender(resp_session& self) : self_(self) {
    // nop
  }

  /// Returns whether a request has to wait for what has been gathered, because
  /// that may give one of its names another meaning.
  bool must_wait(const command& what, arguments args) const;

  /// Returns whether requests are gathered where this one may read.
  bool has_gathered(const command& what, arguments args) const {
    if (batches_.empty())
      return false;
    return what.takes_strings() ? strings_ != nullptr
                                : buckets_.contains(args[1]);
  }

  /// Gathers a request for where it belongs.
  void gather(const command& what, arguments args);

  /// Gathers a transaction for a bucket or, with no name, for the strings.
  /// @param bucket Null: for the strings.
  void gather(resp_batch::transaction work, const std::string_view* bucket);

  /// Sends what has been gathered.
  void send();

  /// Returns how many bytes the replies to what has been gathered may have,
  /// going by the last ones: a client must not be dropped for more answers than
  /// it had the time to read.
  size_t expected_output() const noexcept {
    return reads_ * usual_reply_;
  }

private:
  using batch_ptr = std::shared_ptr<resp_batch>;

  batch_ptr make_batch();
  resp_batch& batch_for(std::string_view bucket);
  resp_batch& batch_for_strings();
  void send(const batch_ptr& batch);
  void send_to_strings(const batch_ptr& batch);
  void send_to_bucket(const batch_ptr& batch);
  bucket_task task_for(const batch_ptr& batch);
  void retry(const batch_ptr& batch);
  void fail(const batch_ptr& batch, std::string_view reason);
  void finish(resp_batch& batch);

  resp_session& self_;
  std::vector<batch_ptr> batches_; ///< Not sent yet.
  boost::unordered_flat_map<std::string_view, resp_batch*> buckets_;
  resp_batch* strings_ = nullptr; ///< The one for the strings, if any.
  size_t reads_ = 0;              ///< Requests that only read, among them.
  size_t usual_reply_ = size_t{64} << 10; ///< At most that of the last ones.
};

} // namespace kv::server
