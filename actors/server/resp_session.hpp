#pragma once

#include "actors/kv/client.hpp"
#include "actors/server/reply_queue.hpp"
#include "actors/server/resp_batch.hpp"
#include "actors/server/resp_lookahead.hpp"
#include "actors/server/resp_sender.hpp"
#include "actors/server/resp_service.hpp"
#include "actors/server/resp_subscriptions.hpp"
#include "actors/server/resp_transaction.hpp"
#include "actors/server/session.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kv::server {

/// One Redis client. What reads one row is answered from the tables; what
/// writes, or reads several rows, is gathered per bucket for as long as the
/// input lasts, and runs in the bucket. Replies leave in the order of their
/// requests, and a read sees what the client wrote before.
class resp_session final : public session {
public:
  resp_session(kv::client client, std::shared_ptr<resp_service> service,
               home where);

  ~resp_session() override;

  // -- for commands

  /// Returns a writer for the reply to the present request.
  resp_writer reply() {
    return resp_writer{replies_.next(), version_};
  }

  reply_queue& replies() noexcept {
    return replies_;
  }

  resp_version version() const noexcept {
    return version_;
  }

  void version(resp_version x) noexcept {
    version_ = x;
    info_->protocol = static_cast<int>(x);
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

  const name_readers& names() const noexcept {
    return client_.tables().names;
  }

  resp_service& service() noexcept {
    return *service_;
  }

  uint64_t id() const noexcept {
    return id_;
  }

  /// Returns what others may know of this client.
  client_info& info() noexcept {
    return *info_;
  }

  resp_subscriptions& subscriptions() noexcept {
    return subscriptions_;
  }

  /// Returns what any thread calls when there are messages to deliver.
  std::function<void()> waker() {
    return later([this] { subscriptions_.deliver(); });
  }

  /// A client that subscribes may be silent for as long as it likes.
  void listens(bool value) noexcept {
    listening(value);
  }

  resp_transaction& transaction() noexcept {
    return transaction_;
  }

  /// Has a request, or a transaction, run in a bucket or in the strings; the
  /// reply keeps its place.
  resp_sender& sender() noexcept {
    return sender_;
  }

  /// Makes the session as new, but for its id.
  void reset();

  /// See `session`: for answers that come later.
  using session::answer_later;

protected:
  bool handle_input(size_t budget) override;

private:
  enum class pause { input, turn, stalled };

  pause take_requests(size_t& budget);
  bool execute(const command* what, arguments args);
  void dispatch(const command& what, arguments args);
  void run(const command& what, arguments args);
  bool is_subscriber_only(const command& what);
  bool passes(const command& what, arguments args);
  void gather(const command& what, arguments args);
  void refuse(std::string_view reason);
  void refuse_unknown(arguments args);
  void forget_password();
  template <class F>
  void read(const command& what, arguments args, F try_read);
  void read_names(const command& what, arguments args);
  void read_table(const command& what, arguments args);

  kv::client client_;
  std::shared_ptr<resp_service> service_;
  uint64_t id_;
  client_list::client info_;
  resp_version version_ = resp_version::resp2;
  resp_parser parser_;
  resp_lookahead ahead_;
  std::optional<kept_request> stalled_;
  reply_queue replies_;
  resp_sender sender_;
  resp_transaction transaction_;
  resp_subscriptions subscriptions_;
};

} // namespace kv::server
