#include "actors/server/uring.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <liburing.h>
#include <new>
#include <system_error>
#include <utility>

// Invariants
// I1  What has been queued is submitted: by the turn that is at work, or by the
//     one that is posted.
// I2  While nothing is posted or at work the context waits for the ring to be
//     readable.
// I3  A turn handles the requests that were there when it was posted. What came
//     of an answer that was sent later is behind what was posted before that
//     answer: who was told that it has made a change, and asks another client,
//     finds that this one has been told of it.
// I4  A buffer is the kernel's, except while the operation it came with
//     completes.

namespace kv::server {

namespace {

namespace asio = boost::asio;

constexpr int buffer_group = 0;
constexpr size_t page = 4096;

/// What an entry of the ring is about: an operation, or one byte behind its
/// address if that receives.
constexpr size_t receives = 1;

void* tag_of(uring::operation& op, size_t kind) {
  return reinterpret_cast<char*>(&op) + kind;
}

bool is_no_receive(const io_uring_cqe& done) {
  return (done.user_data & receives) == 0;
}

uring::operation* operation_of(const io_uring_cqe& done) {
  auto* tag = static_cast<char*>(io_uring_cqe_get_data(&done));
  return reinterpret_cast<uring::operation*>(tag - (done.user_data & receives));
}

struct free_memory {
  void operator()(void* x) const {
    std::free(x);
  }
};

class kernel_ring final : public uring {
public:
  // Throws `std::system_error`.
  kernel_ring(asio::io_context& context, const sizes& has)
    : has_(has),
      readable_(context),
      buffers_(new char[size_t{has.buffers} * has.buffer_bytes]) {
    io_uring_params params{};
    // Completions are seen when the thread comes from the kernel: it need not
    // be interrupted for them.
    params.flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE;
    params.cq_entries = has.completions;
    check(io_uring_queue_init_params(has.submissions, &ring_, &params));
    try {
      give_buffers();
      readable_.assign(ring_.ring_fd);
      watch();
    } catch (...) {
      io_uring_queue_exit(&ring_);
      throw;
    }
  }

  kernel_ring(const kernel_ring&) = delete;

  kernel_ring& operator=(const kernel_ring&) = delete;

  ~kernel_ring() override {
    readable_.release();
    io_uring_queue_exit(&ring_);
  }

  void receive(int socket, bool is_late, operation& op) override {
    auto& entry = next_entry();
    io_uring_prep_recv(&entry, socket, nullptr, 0, 0);
    entry.flags |= IOSQE_BUFFER_SELECT;
    entry.buf_group = buffer_group;
    if (is_late)
      entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
    io_uring_sqe_set_data(&entry, tag_of(op, receives));
  }

  void send(int socket, std::string_view bytes, operation& op) override {
    auto& entry = next_entry();
    io_uring_prep_send(&entry, socket, bytes.data(), bytes.size(),
                       MSG_NOSIGNAL);
    io_uring_sqe_set_data(&entry, tag_of(op, 0));
  }

  void cancel_receive(operation& op) override {
    auto& entry = next_entry();
    io_uring_prep_cancel(&entry, tag_of(op, receives), 0);
    io_uring_sqe_set_data(&entry, nullptr);
  }

private:
  static void check(int status) {
    if (status < 0)
      throw std::system_error{-status, std::system_category(),
                              "io_uring cannot be used"};
  }

  static size_t whole_pages(size_t bytes) {
    return (bytes + page - 1) / page * page;
  }

  void give_buffers() {
    memory_.reset(static_cast<io_uring_buf_ring*>(std::aligned_alloc(
      page, whole_pages(has_.buffers * sizeof(io_uring_buf)))));
    if (memory_ == nullptr)
      throw std::bad_alloc{};
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<uintptr_t>(memory_.get());
    registration.ring_entries = has_.buffers;
    registration.bgid = buffer_group;
    check(io_uring_register_buf_ring(&ring_, &registration, 0));
    io_uring_buf_ring_init(memory_.get());
    for (uint16_t i = 0; i < has_.buffers; ++i)
      give_buffer(i);
  }

  char* buffer(uint16_t id) {
    return buffers_.get() + size_t{id} * has_.buffer_bytes;
  }

  void give_buffer(uint16_t id) {
    io_uring_buf_ring_add(memory_.get(), buffer(id), has_.buffer_bytes, id,
                          io_uring_buf_ring_mask(has_.buffers), 0);
    io_uring_buf_ring_advance(memory_.get(), 1);
  }

  // Whoever gets an entry has to fill it: what can fail comes before.
  io_uring_sqe& next_entry() {
    if (!at_work_)
      post_turn();
    auto* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
      submit();
      entry = io_uring_get_sqe(&ring_);
    }
    if (entry == nullptr)
      check(-ENOBUFS);
    return *entry;
  }

  void submit() {
    auto status = io_uring_submit(&ring_);
    // It is to be asked again: interrupted, out of memory, or too much is
    // complete already.
    if (status != -EINTR && status != -EAGAIN && status != -EBUSY)
      check(status);
  }

  void post_turn() {
    if (posted_)
      return;
    due_ = io_uring_cq_ready(&ring_);
    asio::post(readable_.get_executor(), [this] {
      posted_ = false;
      turn();
    });
    posted_ = true;
  }

  void watch() {
    if (std::exchange(watching_, true))
      return;
    readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& err) {
                           watching_ = false;
                           if (!err)
                             post_turn();
                         });
  }

  void turn() {
    at_work_ = true;
    try {
      if (io_uring_cq_has_overflow(&ring_))
        io_uring_get_events(&ring_); // what the kernel has kept
      reap(due_, [](const io_uring_cqe&) { return true; });
      if (io_uring_sq_ready(&ring_) > 0) {
        submit();
        reap(io_uring_cq_ready(&ring_), is_no_receive);
      }
    } catch (...) {
      at_work_ = false;
      post_turn();
      throw;
    }
    at_work_ = false;
    if (io_uring_sq_ready(&ring_) > 0 || io_uring_cq_ready(&ring_) > 0
        || io_uring_cq_has_overflow(&ring_))
      post_turn();
    else
      watch();
  }

  /// Completes operations, at most `n`, for as long as `may` agrees.
  template <class Condition>
  void reap(unsigned n, Condition may) {
    for (; n > 0; --n) {
      io_uring_cqe* entry = nullptr;
      if (io_uring_peek_cqe(&ring_, &entry) != 0 || !may(*entry))
        return;
      const auto done = *entry;
      io_uring_cqe_seen(&ring_, entry);
      complete(done);
    }
  }

  /// Gives a buffer back.
  struct loan {
    ~loan() {
      if (has_buffer)
        owner.give_buffer(id);
    }

    kernel_ring& owner;
    bool has_buffer;
    uint16_t id;
  };

  void complete(const io_uring_cqe& done) {
    const loan bytes{*this, (done.flags & IORING_CQE_F_BUFFER) != 0,
                     static_cast<uint16_t>(done.flags
                                           >> IORING_CQE_BUFFER_SHIFT)};
    if (done.user_data == 0)
      return; // a cancellation
    auto* op = operation_of(done);
    if (bytes.has_buffer && done.res > 0)
      op->complete(done.res, {buffer(bytes.id), static_cast<size_t>(done.res)});
    else
      op->complete(done.res, {});
  }

  const sizes has_;
  io_uring ring_{};
  asio::posix::stream_descriptor readable_;
  std::unique_ptr<char[]> buffers_;
  std::unique_ptr<io_uring_buf_ring, free_memory> memory_;
  bool at_work_ = false;
  bool posted_ = false;
  unsigned due_ = 0; ///< Completions there were when the turn was posted.
  bool watching_ = false;
};

} // namespace

std::unique_ptr<uring> uring::make(asio::io_context& context,
                                   const sizes& has) {
  return std::make_unique<kernel_ring>(context, has);
}

} // namespace kv::server
