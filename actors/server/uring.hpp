#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace kv::server {

/// What the kernel does for the sockets of one io thread: many receives and
/// sends with one system call (Linux's io_uring).
/// Complexity: O(1) each.
/// Errors: what cannot begin throws `std::system_error` or `std::bad_alloc`,
/// and has not begun. Thread safety: the thread that runs the context; before
/// and after that, any.
class uring {
public:
  /// A receive or a send that is under way: at most one of each object.
  class operation {
  public:
    virtual ~operation() = default;

    /// Is called once it is done.
    /// @param result The number of bytes, or a negative `errno`.
    /// @param bytes  What was received, until this returns.
    virtual void complete(int result, std::string_view bytes) = 0;
  };

  /// How much there may be before the kernel is asked again. All powers of 2.
  struct sizes {
    unsigned submissions = 512;
    unsigned completions = 4096; ///< More are kept by the kernel.
    uint16_t buffers = 128;      ///< To receive into, for all sockets.
    unsigned buffer_bytes = 16U << 10;
  };

  /// Returns a queue that is served when the context runs.
  /// Errors: throws `std::system_error` if the kernel has none (before Linux
  /// 5.19) or does not let this process use it.
  static std::unique_ptr<uring> make(boost::asio::io_context& context,
                                     const sizes& has);

  static std::unique_ptr<uring> make(boost::asio::io_context& context) {
    return make(context, {});
  }

  virtual ~uring() = default;

  /// Begins to receive. The operation lives until it is complete, and the
  /// socket stays open: the kernel may look for its descriptor at any time.
  /// @param is_late Nothing is expected to be there already.
  virtual void receive(int socket, bool is_late, operation& op) = 0;

  /// Begins to send; the same holds, and the bytes live as long.
  virtual void send(int socket, std::string_view bytes, operation& op) = 0;

  /// Has a receive that is under way fail soon, unless it is done before.
  virtual void cancel_receive(operation& op) = 0;
};

} // namespace kv::server
