#pragma once

#include "actors/server/client_list.hpp"
#include "actors/server/kept_request.hpp"
#include "actors/server/slow_log.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kv::server {

/// Requests of one client for one bucket, or for the strings, gathered to run
/// there one after the other, as one message. Whoever runs them holds the batch
/// alone: the session does not look at it in between.
struct resp_batch {
  using transaction = std::shared_ptr<kept_transaction>;

  struct item {
    std::variant<kept_request, transaction> work;
    size_t slot; ///< Where the session wants the reply.
    std::string reply{};
  };

  bool for_strings = false;
  std::string bucket; ///< Unless it is for the strings.
  resp_version version = resp_version::resp2;
  std::vector<item> items{};
  size_t next = 0; ///< Items before it have been answered.
  std::chrono::steady_clock::time_point deadline{};
  slow_log* slow = nullptr;            ///< Gets requests that took long.
  const client_info* client = nullptr; ///< Whose requests these are.

  /// Runs what is left, and notes what takes long. What throws is answered with
  /// an error.
  /// @param names What the strings need to know.
  void run(const bucket_fields& fields, const name_readers& names);

  /// Answers what is left for as long as it needs no bucket; returns whether
  /// nothing is left.
  bool run_absent();

  /// Answers what is left with an error.
  void fail(std::string_view reason);

  /// Takes back the replies to what may have changed something, because that
  /// cannot be kept.
  void refuse(std::string_view reason);

  /// Returns whether a request of it has that key.
  bool has_key(std::string_view key) const;

private:
  void run(item& x, const bucket_fields& fields, const name_readers& names);

  /// Brings the rows that these requests are about near, all at once: one after
  /// the other, each request would wait for memory.
  void fetch_rows(const bucket_fields& fields,
                  std::span<const item> some) const;
};

} // namespace kv::server
