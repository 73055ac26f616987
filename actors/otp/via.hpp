#pragma once

#include "actors/base/completion.hpp"
#include "actors/otp/names.hpp"
#include "actors/otp/supervisor.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/response_promise.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

namespace kv::otp {

/// Finds the actor that goes by a name. Called by any thread.
struct resolver {
  /// Returns who has the name, null if nobody has.
  std::function<caf::strong_actor_ptr()> now;
  /// Answers once somebody has it, or with the reason why nobody will.
  std::function<void(completion<caf::strong_actor_ptr>)> later;
};

/// Returns the resolver of a supervisor's child.
resolver child_name(ets::reader<names_table> names,
                    const supervisor_actor& supervisor, std::string id);

/// Stands for an actor that is known by name: what it gets goes to whoever has
/// the name then. While nobody has, messages wait, in order. A request whose
/// receiver goes down before it answers is sent again to the next one.
class via_actor final : public caf::event_based_actor {
public:
  using super = caf::event_based_actor;

  /// From when on a request that meets another dead receiver fails.
  static constexpr std::chrono::seconds patience{5};

  /// So many messages wait at most while nobody has the name. Beyond that,
  /// requests are answered with `ec::overloaded`, and the rest is dropped.
  static constexpr size_t most_waiting = 100'000;

  via_actor(caf::actor_config& cfg, resolver who);

  const char* name() const override;

  void enqueue(caf::mailbox_element_ptr x, caf::execution_unit* unit) override;

  void on_exit() override;

  void on_destroy() override;

private:
  using time_point = std::chrono::steady_clock::time_point;

  /// A message on its way.
  struct parcel {
    caf::message content;
    caf::strong_actor_ptr sender; ///< Of a plain message.
    caf::response_promise answer; ///< Of a request.
    time_point until;
  };

  caf::behavior make_behavior() override;

  void accept(caf::message content);

  void refuse();

  void pass_on(parcel x);

  void deliver(const caf::strong_actor_ptr& to, parcel x);

  void on_answer(uint64_t id, caf::message& answer);

  void resolve();

  void on_resolved(const caf::expected<caf::strong_actor_ptr>& to);

  resolver who_;
  std::deque<parcel> waiting_;
  boost::unordered_flat_map<uint64_t, parcel> asked_; ///< By response id.
  bool resolving_ = false; ///< Then everything waits.
  bool dropping_ = false;  ///< And some was dropped.
};

/// Returns a handle that may be used wherever one of the actor itself may
/// (Elixir: `:via`), and that survives the actor. It ends when nobody refers to
/// it any more.
///
/// What is different: a monitor or an exit message is for the handle itself;
/// requests that nobody has answered yet cost time linear in their number, so
/// this is not for ten thousand at a time; and a message may be handled twice
/// if its receiver dies between its work and its answer. Complexity: an actor,
/// and one hop more for a message and for its answer. Errors: requests fail as
/// they would without it, but with `caf::sec::request_receiver_down` only if
/// that goes on for `via_actor::patience`, or if the resolver gives up.
template <class Handle>
Handle via(caf::actor_system& sys, resolver who) {
  return caf::actor_cast<Handle>(sys.spawn<via_actor>(std::move(who)));
}

} // namespace kv::otp
