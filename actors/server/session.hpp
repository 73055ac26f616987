#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace kv::server {

/// One client of a protocol, without its socket: bytes in, bytes out, in order.
/// A protocol derives from this. What it asks of actors runs in place, so the
/// answer is almost always there when the call returns; while one is not, the
/// session waits.
///
/// Thread safety: one thread at a time, an io thread with a `host_unit`.
class session : public std::enable_shared_from_this<session> {
public:
  /// No command is handled while there is more than this to send.
  static constexpr size_t max_output = size_t{1} << 20;

  /// What ties a session to its thread.
  struct home {
    /// Runs a function on the session's thread; callable from any thread.
    std::function<void(std::function<void()>)> post;
    /// Is called on the session's thread after an answer that came late; the
    /// owner then calls `process`.
    std::function<void()> on_progress;
  };

  explicit session(home where) : home_(std::move(where)) {
    // nop
  }

  session(const session&) = delete;

  session& operator=(const session&) = delete;

  virtual ~session() = default;

  /// Takes in what the client sent. Complexity: O(bytes), amortized.
  void receive(std::string_view bytes) {
    input_.append(bytes);
  }

  /// Handles at most `budget` commands, and none beyond `max_output`; returns
  /// whether there may be more that wait for nothing but the next call.
  /// Errors: a command that throws, out of memory most likely, ends the
  /// session.
  bool process(size_t budget);

  /// What has to be sent to the client. The owner empties it.
  std::string& output() noexcept {
    return output_;
  }

  /// Returns whether the session has ended: send the output, then close.
  bool ended() const noexcept {
    return ended_;
  }

  /// Empties a buffer, and keeps its memory for the output to come unless that
  /// is much: what one client has once needed must not be kept for all.
  void spare_output(std::string& buffer) {
    buffer.clear();
    if (buffer.capacity() > spare_size)
      buffer.shrink_to_fit(); // an assignment would keep the memory
    else if (output_.empty() && output_.capacity() < buffer.capacity())
      output_.swap(buffer);
  }

  /// Returns how much of what was received is not handled yet.
  size_t unhandled() const noexcept {
    return input_.size();
  }

  /// Returns whether the client awaits what nobody asks for: it may be silent.
  bool listening() const noexcept {
    return listening_;
  }

  /// Returns whether the client may do more than say a password.
  bool authenticated() const noexcept {
    return authenticated_;
  }

  /// Returns whether answers are under way.
  bool waiting() const noexcept {
    return outstanding_ > 0;
  }

  /// Ends a wait for what nobody has promised: the client goes, or the server.
  /// From now on none may begin.
  void give_up() {
    gives_up_ = true;
    if (auto f = std::exchange(on_give_up_, nullptr))
      f();
  }

  bool gives_up() const noexcept {
    return gives_up_;
  }

  /// Has `f` called by `give_up`, in place of what was to be called before.
  void on_give_up(std::function<void()> f) {
    on_give_up_ = std::move(f);
  }

protected:
  /// Does what `process` promises; called only while not `waiting`.
  virtual bool handle_input(size_t budget) = 0;

  /// What has been received. The protocol erases what it is done with, and may
  /// point into the rest: nothing is received within `handle_input`.
  std::string& input() noexcept {
    return input_;
  }

  void end() noexcept {
    ended_ = true;
  }

  void authenticated(bool value) noexcept {
    authenticated_ = value;
  }

  void listening(bool value) noexcept {
    listening_ = value;
  }

  /// Returns a function that any thread may call any number of times: it has
  /// `f()` run on the session's thread, and what `f` appends to the output
  /// sent, unless the session has gone by then.
  template <class F>
  auto later(F f) {
    return [weak = weak_from_this(), post = home_.post, f = std::move(f)] {
      post([weak, f] {
        auto self = weak.lock();
        if (!self || self->ended_)
          return;
        f();
        self->home_.on_progress();
      });
    };
  }

  /// Returns a callback that any thread may call once with a
  /// `caf::expected<T>`, and that calls `on_answer` with it on the session's
  /// thread; the session waits until then.
  template <class T, class F>
  auto answer_later(F on_answer) {
    ++outstanding_;
    return [self = shared_from_this(), on_answer = std::move(on_answer),
            thread = std::this_thread::get_id()](caf::expected<T> x) {
      if (std::this_thread::get_id() == thread && self->processing_) {
        self->hear(on_answer, x);
        return;
      }
      self->home_.post([self, on_answer, x = std::move(x)] {
        self->hear(on_answer, x);
        self->home_.on_progress();
      });
    };
  }

private:
  /// Takes in an answer, without throwing: who calls could do nothing about it.
  template <class F, class T>
  void hear(const F& on_answer, const T& x) {
    --outstanding_;
    try {
      on_answer(x);
    } catch (const std::exception& reason) {
      fail(reason);
    }
  }

  /// Ends the session in the midst of a command: what it would say from now on
  /// could not be told from the answers to others.
  void fail(const std::exception& reason) noexcept;

  static constexpr size_t spare_size = size_t{64} << 10;

  home home_;
  std::string input_;
  std::string output_;
  std::function<void()> on_give_up_;
  size_t outstanding_ = 0; ///< Answers under way.
  bool processing_ = false;
  bool ended_ = false;
  bool failed_ = false; ///< Within `process`: its output does not count.
  bool authenticated_ = true;
  bool listening_ = false;
  bool gives_up_ = false;
};

} // namespace kv::server
