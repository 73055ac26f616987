#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/shared_text.hpp"
#include "actors/kv/bucket_fields.hpp"
#include "actors/kv/liveness.hpp"
#include "actors/otp/inspection.hpp"

#include <caf/expected.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kv {

/// Work that a bucket does for a caller that is no actor: one kind of message
/// for everything, because a bucket pays for every kind it understands.
class bucket_work {
public:
  bucket_work() = default;

  bucket_work(const bucket_work&) = delete;

  bucket_work& operator=(const bucket_work&) = delete;

  /// Answers with `caf::sec::request_receiver_down` if it did not run.
  virtual ~bucket_work() = default;

  /// Runs inside the bucket, at most once; what it throws ends the bucket.
  virtual void run(const bucket_fields& fields) = 0;

  /// Returns whether a bucket without fields may end after it.
  virtual bool may_end_bucket() const noexcept {
    return true;
  }

  /// Returns whether it may be refused when too much waits for the bucket.
  virtual bool may_be_refused() const noexcept {
    return true;
  }

  /// Is called after `run`, when the bucket has done what follows from it, and
  /// what it changed is kept; on any thread.
  virtual void answer() {
    // nop
  }

  /// Is called instead if that cannot be kept; or instead of everything else,
  /// on the sender's thread, if too much waits for the bucket.
  virtual void refuse(const caf::error&) {
    // nop
  }
};

/// See `make_bucket_task`.
struct bucket_task {
  std::shared_ptr<bucket_work> work;
};

/// While so many messages wait for a bucket, or for the strings, requests and
/// tasks are answered with `ec::overloaded`.
constexpr uint32_t bucket_mailbox_limit = 100'000;

/// Refuses a message that is a task and may be; see `otp::state_actor`.
bool refuse_bucket_task(caf::type_erased_tuple& content,
                        const caf::error& reason);

/// A BUCKET is a map from keys to values (the guide's agent). Reading its table
/// needs no message; a `get` by message is for those who want it in order with
/// what they sent before.
using bucket_actor = caf::typed_actor<
  // Returns the value under a key.
  caf::replies_to<atom::get, std::string>::with<optional_bytes>,
  // Stores a value under a key.
  caf::replies_to<atom::put, std::string, std::string>::with<caf::ok_atom>,
  // Removes a key and returns its old value.
  caf::replies_to<atom::erase, std::string>::with<optional_bytes>,
  // Returns all keys, in no order.
  caf::replies_to<atom::keys>::with<std::vector<std::string>>,
  // Returns the number of fields.
  caf::replies_to<atom::size>::with<uint64_t>,
  // Anything, for callers that are no actors.
  caf::reacts_to<bucket_task>>;

class bucket_state {
public:
  using handle_type = bucket_actor;

  static constexpr const char* name = "kv.bucket";

  bucket_state(handle_type::pointer self, ets::owner<fields_table> fields,
               shared_text bucket_name, liveness life = {});

  /// Marks the watches of its name.
  ~bucket_state();

  handle_type::behavior_type make_behavior();

  void show(otp::inspection& out) const;

  static constexpr uint32_t mailbox_limit() noexcept {
    return bucket_mailbox_limit;
  }

  static bool refuse(caf::type_erased_tuple& content,
                     const caf::error& reason) {
    return refuse_bucket_task(content, reason);
  }

private:
  optional_bytes get(atom::get, const std::string& key) const;

  caf::result<caf::ok_atom> put(atom::put, std::string& key,
                                std::string& value);

  caf::result<optional_bytes> erase(atom::erase, const std::string& key);

  std::vector<std::string> keys(atom::keys);

  uint64_t size(atom::size) const;

  void run(const bucket_task& task);

  bucket_fields fields() {
    return {fields_, name_.view(), &ends_when_empty_};
  }

  void end_if_empty();

  void close() noexcept;

  handle_type::pointer self_;
  shared_text name_;
  bool ends_when_empty_ = false;
  liveness life_;
  // Closed when the bucket ends, before anyone hears of the end.
  ets::owner<fields_table> fields_;
};

/// Returns a task that calls `op(fields)`, which takes `bucket_fields` and
/// returns a T, inside a bucket, and `done` with that. If the bucket ends
/// first, is overloaded, or cannot keep what it changed, `done` gets an error.
/// @param done Is called once with a `caf::expected<T>`, on some thread; must
///             not throw, and should not block.
template <class T, class Op, class Done>
bucket_task make_bucket_task(Op op, Done done) {
  class work final : public bucket_work {
  public:
    work(Op op, Done done) : op_(std::move(op)), done_(std::move(done)) {
      // nop
    }

    ~work() override {
      if (!answered_)
        done_(caf::expected<T>{caf::error{caf::sec::request_receiver_down}});
    }

    void run(const bucket_fields& fields) override {
      result_.emplace(op_(fields));
    }

    void answer() override {
      answered_ = true;
      done_(std::move(*result_));
    }

    void refuse(const caf::error& reason) override {
      answered_ = true;
      done_(caf::expected<T>{reason});
    }

  private:
    Op op_;
    Done done_;
    std::optional<caf::expected<T>> result_;
    bool answered_ = false;
  };
  return {std::make_shared<work>(std::move(op), std::move(done))};
}

/// Returns a task that chooses whether a bucket ends when it is empty.
bucket_task ends_when_empty(bool value);

/// What one needs to use a bucket.
struct bucket_ref {
  bucket_actor actor;
  ets::reader<fields_table> fields;

  friend bool operator==(const bucket_ref&, const bucket_ref&) = default;
};

/// What a bucket shows of itself when it has started.
struct bucket_info {
  ets::reader<fields_table> fields;
  liveness life;
};

} // namespace kv

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::bucket_info)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::bucket_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::optional_bytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::ets::reader<kv::fields_table>)
