#pragma once

#include "actors/kv/client.hpp"
#include "actors/server/resp_batch.hpp"
#include "actors/server/resp_parser.hpp"
#include "actors/server/resp_service.hpp"
#include "actors/server/session.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv::server {

/// What came between MULTI and EXEC.
struct resp_transaction {
  std::vector<kept_request> requests;
  bool broken = false; ///< A request in it was refused.
};

/// One Redis client. What reads one row is answered from the tables; what
/// writes, or reads several rows, is gathered per bucket for as long as the
/// input lasts, and runs in the bucket. Replies leave in the order of their
/// requests, and a read sees what the client wrote before.
class resp_session final : public session {
public:
  /// A bucket that does not answer for so long is reported as an error.
  static constexpr std::chrono::seconds bucket_deadline{5};

  resp_session(kv::client client, std::shared_ptr<resp_service> service,
               home where);

  ~resp_session() override;

  // -- for commands

  /// Returns a writer for the reply to the present request.
  resp_writer reply();

  /// Keeps the place of a reply that comes later, by `fill`.
  size_t reserve_reply();

  void fill(size_t slot, std::string reply);

  resp_version version() const noexcept {
    return version_;
  }

  void version(resp_version x) noexcept {
    version_ = x;
  }

  /// Returns whether `guess` is right; then the client may do everything.
  bool authenticate(std::string_view guess);

  /// Ends the session once the reply has been sent.
  void quit() noexcept {
    end();
  }

  const kv::client& kv() const noexcept {
    return client_;
  }

  resp_service& service() noexcept {
    return *service_;
  }

  uint64_t id() const noexcept {
    return id_;
  }

  std::string& client_name() noexcept {
    return client_name_;
  }

  /// Ends the buckets of these names, and replies with their number, or with
  /// `text` if it is not empty.
  void end_buckets(arguments names, std::string_view text = {});

  /// Asks the registry for a bucket that stays, and replies `OK`.
  void create_bucket(std::string_view name);

  // -- transactions

  void begin_transaction();
  void discard_transaction();
  void execute_transaction();
  void reset();

protected:
  bool handle_input(size_t budget) override;

private:
  enum class pause { input, turn, stalled };

  pause take_requests(size_t& budget);
  bool execute(arguments args);
  bool dispatch(const command& what, arguments args);
  void refuse(std::string_view reason);
  void refuse_unknown(arguments args);
  void forget_password();
  void enqueue(const command& what, arguments args);
  void read_table(const command& what, arguments args);

  /// Returns whether the request has to wait for what has been gathered.
  bool must_wait(const command& what, arguments args) const;

  resp_batch& batch_for(std::string_view bucket);
  void gather(std::string_view bucket, kept_request request);
  void send_batches();
  void send(const std::shared_ptr<resp_batch>& batch);
  bucket_task task_for(const std::shared_ptr<resp_batch>& batch);
  void finish(resp_batch& batch);
  void join_replies();

  kv::client client_;
  std::shared_ptr<resp_service> service_;
  uint64_t id_;
  std::string client_name_;
  resp_version version_ = resp_version::resp2;
  resp_parser parser_;
  std::optional<kept_request> stalled_;
  std::optional<resp_transaction> transaction_;
  std::vector<std::shared_ptr<resp_batch>> batches_; ///< Not sent yet.
  boost::unordered_flat_map<std::string_view, size_t> batch_of_;
  std::vector<std::string> replies_; ///< From the first that is missing on.
};

} // namespace kv::server
