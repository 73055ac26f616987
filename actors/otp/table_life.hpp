#pragma once

#include "actors/base/atoms.hpp"
#include "actors/ets/table.hpp"

#include <caf/actor_cast.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/local_actor.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace kv::otp {

/// Carries a table's owner in a message (ETS: `'ETS-TRANSFER'`). CAF copies
/// messages and an owner cannot be copied, so copies share one slot, and one
/// `take` empties it. An owner that nobody takes closes its table.
template <ets::table T>
class transfer {
public:
  explicit transfer(ets::owner<T> owner)
    : slot_(std::make_shared<slot>(std::move(owner))) {
    // nop
  }

  /// Returns the owner to the first who asks, nothing to others.
  /// Thread safety: any thread.
  std::optional<ets::owner<T>> take() const {
    std::lock_guard guard{slot_->mtx};
    return std::exchange(slot_->owner, std::nullopt);
  }

private:
  struct slot {
    explicit slot(ets::owner<T> x) : owner(std::move(x)) {
      // nop
    }
    std::mutex mtx;
    std::optional<ets::owner<T>> owner;
  };

  std::shared_ptr<slot> slot_;
};

/// Ties a table to the life of an actor: a member of the actor's state. When
/// the actor ends, the table goes to its heir, before anyone hears of the end,
/// or is closed.
template <ets::table T>
class owned_table {
public:
  owned_table(caf::local_actor* self, ets::owner<T> owner)
    : self_(self), owner_(std::move(owner)) {
    // nop
  }

  owned_table(owned_table&&) noexcept = default;

  owned_table& operator=(owned_table&&) = delete;

  ~owned_table() {
    if (owner_)
      if (auto heir = caf::actor_cast<caf::strong_actor_ptr>(heir_))
        hand_over(heir, std::move(gift_));
  }

  ets::owner<T>& owner() {
    return *owner_;
  }

  /// Names the actor that inherits the table with the message
  /// `(atom::transfer, transfer<T>, caf::actor_addr from, gift)`.
  template <class Handle>
  void set_heir(const Handle& heir, caf::message gift) {
    heir_ = caf::actor_cast<caf::weak_actor_ptr>(heir);
    gift_ = std::move(gift);
  }

  /// Lets the table end with its owner again.
  void clear_heir() {
    heir_ = nullptr;
  }

  /// Hands the table over now, with the same message. The new owner names an
  /// heir of its own.
  template <class Handle>
  void give_away(const Handle& to, caf::message gift) && {
    hand_over(caf::actor_cast<caf::strong_actor_ptr>(to), std::move(gift));
  }

private:
  void hand_over(const caf::strong_actor_ptr& to, caf::message gift) {
    transfer<T> parcel{std::move(*owner_)};
    owner_ = std::nullopt;
    // Without a sender: that would be one reference more, and the last one to
    // an actor may be gone when it hands over its tables.
    if (to)
      to->enqueue(nullptr, caf::make_message_id(),
                  caf::make_message(atom::transfer_v, std::move(parcel),
                                    self_->address(), std::move(gift)),
                  self_->context());
  }

  caf::local_actor* self_;
  std::optional<ets::owner<T>> owner_;
  caf::weak_actor_ptr heir_;
  caf::message gift_;
};

/// Tables that end with whoever holds this list, last one first.
class kept_tables {
public:
  kept_tables() = default;
  kept_tables(kept_tables&&) noexcept = default;
  kept_tables& operator=(kept_tables&&) noexcept = default;

  ~kept_tables() {
    while (!tables_.empty())
      tables_.pop_back();
  }

  /// Takes over `owner` and returns a reference to it.
  template <ets::table T>
  ets::owner<T>& keep(ets::owner<T> owner) {
    auto ptr = std::make_unique<model<T>>(std::move(owner));
    auto& result = ptr->owner;
    tables_.push_back(std::move(ptr));
    return result;
  }

private:
  struct concept_base {
    virtual ~concept_base() = default;
  };

  template <ets::table T>
  struct model final : concept_base {
    explicit model(ets::owner<T> x) : owner(std::move(x)) {
      // nop
    }
    ets::owner<T> owner;
  };

  std::vector<std::unique_ptr<concept_base>> tables_;
};

} // namespace kv::otp

namespace caf {

template <class T>
struct allowed_unsafe_message_type<kv::otp::transfer<T>> : std::true_type {};

} // namespace caf
