#pragma once

#include "actors/kv/client.hpp"
#include "actors/server/bucket_feed.hpp"
#include "actors/server/line_protocol.hpp"
#include "actors/server/password.hpp"
#include "actors/server/session.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace kv::server {

/// What all clients of the line protocol share.
/// Thread safety: any thread; `access` does not change once it serves.
struct line_service {
  /// What clients have to know.
  std::shared_ptr<const password> access = std::make_shared<const password>();
  bucket_feed feed;
};

/// One client of the line protocol. Reads are answered from the tables; writes
/// run the bucket in place. While a command waits for an actor that another
/// thread runs, later ones of the same client wait behind it. If a password is
/// set, the first line has to be `AUTH` and the password. A client that
/// subscribes is told of changes from then on, and not heard any more.
class line_session final : public session {
public:
  /// A longer line, its end aside, is answered with `ERROR`, and the session
  /// ends.
  static constexpr size_t max_line = size_t{1} << 20;

  /// The same, for clients that have not said the password yet.
  static constexpr size_t max_first_line = size_t{16} << 10;

  line_session(kv::client client, std::shared_ptr<line_service> service,
               home where);

  ~line_session() override;

protected:
  bool handle_input(size_t budget) override;

private:
  bool handle_lines(size_t budget);
  void handle(std::string_view line);
  void authenticate(std::string_view line);
  void refuse(std::string_view line);
  void create(const line_command& cmd);
  void get(const line_command& cmd);
  void put(const line_command& cmd);
  void erase(const line_command& cmd);
  void subscribe(const line_command& cmd);
  void deliver();
  void help();

  /// Has the bucket call `op(fields)`, then answers `OK`.
  template <class Op>
  void write(std::string_view bucket, Op op);

  /// Returns a callback that answers `OK`, `if_down` if the receiver ended, or
  /// `ERROR`.
  template <class T>
  auto ok_later(std::string_view if_down);

  void answer(std::string_view text);

  kv::client client_;
  std::shared_ptr<line_service> service_;
  std::string subscribed_to_;         ///< A bucket's name.
  std::shared_ptr<subscriber> inbox_; ///< Null: nobody has subscribed.
  size_t handled_ = 0; ///< Bytes of the input that are done with.
  size_t scanned_ = 0; ///< Bytes of the input without a line end, or handled.
};

} // namespace kv::server
