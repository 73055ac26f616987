#pragma once

#include "actors/kv/client.hpp"
#include "actors/server/line_protocol.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace kv::server {

/// One client of the line protocol, without its socket: bytes in, bytes out, in
/// order. Reads are answered from the tables; writes run the bucket in place.
/// While a command waits for an actor that another thread runs, later ones of
/// the same client wait behind it.
///
/// Thread safety: one thread at a time, an io thread with a `host_unit`.
class line_session : public std::enable_shared_from_this<line_session> {
public:
  /// A longer line, its end aside, is answered with `ERROR`, and the session
  /// ends.
  static constexpr size_t max_line = size_t{1} << 20;

  /// No line is handled while there is more than this to send.
  static constexpr size_t max_output = size_t{1} << 20;

  /// Runs a function on the session's thread; callable from any thread.
  using post_function = std::function<void(std::function<void()>)>;

  /// @param on_progress Is called on the session's thread after an answer that
  ///                    came late; the owner then calls `process`.
  line_session(kv::client client, post_function post,
               std::function<void()> on_progress);

  /// Takes in what the client sent.
  void receive(std::string_view bytes);

  /// Handles at most `budget` lines, and none beyond `max_output`; returns
  /// whether there may be more that wait for nothing but the next call.
  bool process(size_t budget);

  /// What has to be sent to the client. The owner empties it.
  std::string& output() noexcept {
    return output_;
  }

  /// Returns whether the session has ended: send the output, then close.
  bool ended() const noexcept {
    return ended_;
  }

  /// Returns whether a command waits for its answer.
  bool waiting() const noexcept {
    return waiting_;
  }

private:
  bool process_lines(size_t budget);
  void handle(std::string_view line);
  void create(const line_command& cmd);
  void get(const line_command& cmd);
  void put(const line_command& cmd);
  void erase(const line_command& cmd);
  void write(bucket_call::verb what, const line_command& cmd);

  /// Returns a completion that answers `OK`, `if_down` if the receiver ended,
  /// or `ERROR`.
  template <class T>
  completion<T> answer_later(std::string_view if_down);

  /// Returns whether this thread is the session's, and inside `process`.
  bool processing_on(std::thread::id home) const;

  void on_answer(std::string_view text);
  void answer(std::string_view text);

  kv::client client_;
  post_function post_;
  std::function<void()> on_progress_;
  std::string input_;
  size_t handled_ = 0; ///< Bytes of `input_` that are done with.
  size_t scanned_ = 0; ///< Bytes of `input_` without a line end.
  std::string output_;
  bool waiting_ = false; ///< A command has not been answered yet.
  bool processing_ = false;
  bool ended_ = false;
};

} // namespace kv::server
