#pragma once

#include "actors/otp/answer_by.hpp"
#include "actors/otp/direct_behavior.hpp"
#include "actors/otp/registry_state.hpp"
#include "actors/otp/send.hpp"

#include <algorithm>
#include <utility>

// Invariants
// I1  `waiting_` has keys without an entry of an actor that is alive.

namespace kv::otp {

// -- life ---------------------------------------------------------------------

template <class Keys>
registry_state<Keys>::registry_state(pointer self,
                                     registry_options<Keys> options)
  : self_(self),
    options_(std::move(options)),
    entries_(self, options_.entries) {
  for (size_t i = 0; i < options_.listeners.size(); ++i)
    lines_.emplace_back(options_.listener_limit);
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg.source); });
  entries_.watch_all();
}

template <class Keys>
typename registry_actor<Keys>::behavior_type
registry_state<Keys>::make_behavior() {
  using ok_or_error = caf::result<caf::ok_atom>;
  return otp::direct_behavior<handle_type>(
    [this](atom::register_name, registration<Keys>& x) -> ok_or_error {
      if (auto err = add(x))
        return err;
      return caf::ok_atom_v;
    },
    [this](atom::register_name, registration<Keys>& x,
           const completion<caf::unit_t>& done) {
      if (is_late(done))
        return;
      if (auto err = add(x))
        done.deliver(err);
      else
        done.deliver(caf::unit);
    },
    [this](atom::unregister_name, const unregistration<Keys>& x) {
      return remove(x);
    },
    [this](atom::unregister_name, const unregistration<Keys>& x,
           const completion<uint64_t>& done) {
      if (!is_late(done))
        done.deliver(remove(x));
    },
    [this](atom::update_value, const registration<Keys>& x) {
      return update(x);
    },
    [this](atom::update_value, const registration<Keys>& x,
           const completion<uint64_t>& done) {
      if (!is_late(done))
        done.deliver(update(x));
    },
    [this](atom::await, awaited_key<Keys>& x) {
      auto rp = self_->template make_response_promise<caf::strong_actor_ptr>();
      await(x, answer_by(rp));
      return rp;
    },
    [this](atom::await, awaited_key<Keys>& x,
           const completion<caf::strong_actor_ptr>& done) {
      if (!is_late(done))
        await(x, done);
    },
    [this](atom::keys, const caf::strong_actor_ptr& who) {
      return key_list<Keys>{entries_.keys_of(who)};
    },
    [this](atom::keys, const caf::strong_actor_ptr& who,
           const completion<key_list<Keys>>& done) {
      if (!is_late(done))
        done.deliver(key_list<Keys>{entries_.keys_of(who)});
    },
    [this](atom::deadline) { sweep(); });
}

template <class Keys>
bool registry_state<Keys>::refuse(caf::type_erased_tuple& content,
                                  const caf::error& reason) {
  using caf::strong_actor_ptr;
  using what = registration<Keys>;
  using which = unregistration<Keys>;
  using wish = awaited_key<Keys>;
  using list = key_list<Keys>;
  return refuse_with<caf::unit_t, atom::register_name, what>(reason, content)
         || refuse_with<uint64_t, atom::unregister_name, which>(reason, content)
         || refuse_with<uint64_t, atom::update_value, what>(reason, content)
         || refuse_with<strong_actor_ptr, atom::await, wish>(reason, content)
         || refuse_with<list, atom::keys, strong_actor_ptr>(reason, content);
}

template <class Keys>
void registry_state<Keys>::show(inspection& out) const {
  out.state = "entries: " + std::to_string(entries_.size())
              + ", actors: " + std::to_string(entries_.actors())
              + ", awaited keys: " + std::to_string(waiting_.size());
  out.monitoring = entries_.actors();
}

// -- entries ------------------------------------------------------------------

template <class Keys>
caf::error registry_state<Keys>::add(registration<Keys>& x) {
  if (!is_alive(x.actor))
    return caf::make_error(ec::no_such_actor, "the actor has ended");
  if constexpr (Keys::unique) {
    caf::strong_actor_ptr holder;
    Keys::visit(entries_.reader(), x.key,
                [&](const entry& who) { holder = who.actor; });
    if (is_alive(holder))
      return caf::make_error(ec::name_taken, "the key is taken");
    if (holder) // its down message is on its way
      remove({x.key, holder});
  }
  entries_.add(x.key, {x.actor, x.value});
  tell_listeners(atom::registered_v, options_.id, x);
  if (auto j = waiting_.find(x.key); j != waiting_.end()) {
    auto line = std::move(j->second);
    waiting_.erase(j);
    for (auto& who : line)
      who.done.deliver(x.actor);
  }
  return {};
}

template <class Keys>
uint64_t registry_state<Keys>::remove(const unregistration<Keys>& x) {
  auto result = entries_.remove(x.actor, x.key, [&](const entry& y) {
    return !x.match || x.match(y.value);
  });
  for (uint64_t i = 0; i < result; ++i)
    tell_gone(x.key, x.actor);
  return result;
}

template <class Keys>
uint64_t registry_state<Keys>::update(const registration<Keys>& x) {
  auto result = entries_.update(x.key, {x.actor, x.value});
  if (result > 0)
    tell_listeners(atom::registered_v, options_.id, x);
  return result;
}

template <class Keys>
void registry_state<Keys>::on_down(const caf::actor_addr& who) {
  auto actor = caf::actor_cast<caf::strong_actor_ptr>(who);
  if (auto places = entries_.take(who))
    for (auto& x : *places)
      if (entries_.erase(actor, x))
        tell_gone(x.key, actor);
}

// -- waiting ------------------------------------------------------------------

template <class Keys>
void registry_state<Keys>::await(awaited_key<Keys>& x,
                                 completion<caf::strong_actor_ptr> done) {
  caf::strong_actor_ptr actor;
  Keys::visit(entries_.reader(), x.key, [&](const entry& y) {
    if (!actor && is_alive(y.actor))
      actor = y.actor;
  });
  if (actor) {
    done.deliver(actor);
    return;
  }
  auto until = clock::time_point::max();
  if (x.timeout != std::chrono::milliseconds::max()) {
    until = self_->clock().now() + x.timeout;
    arm(until);
  }
  waiting_[std::move(x.key)].push_back({std::move(done), until});
}

template <class Keys>
void registry_state<Keys>::sweep() {
  armed_ = clock::time_point::max();
  auto now = self_->clock().now();
  auto next = clock::time_point::max();
  auto reason = caf::make_error(ec::timeout, "nobody has registered the key");
  for (auto i = waiting_.begin(); i != waiting_.end();) {
    auto& line = i->second;
    auto late = std::stable_partition(line.begin(), line.end(),
                                      [&](auto& x) { return x.until > now; });
    for (auto j = late; j != line.end(); ++j)
      j->done.deliver(reason);
    line.erase(late, line.end());
    for (auto& x : line)
      next = std::min(next, x.until);
    if (line.empty())
      waiting_.erase(i++);
    else
      ++i;
  }
  if (next != clock::time_point::max())
    arm(next);
}

template <class Keys>
void registry_state<Keys>::arm(clock::time_point until) {
  if (until >= armed_)
    return;
  armed_ = until;
  self_->delayed_send(self_, until - self_->clock().now(), atom::deadline_v);
}

// -- listeners ----------------------------------------------------------------

template <class Keys>
template <class... Ts>
void registry_state<Keys>::tell_listeners(const Ts&... xs) {
  for (size_t i = 0; i < lines_.size(); ++i)
    if (auto ptr = whereis<caf::strong_actor_ptr>(options_.actors,
                                                  options_.listeners[i]))
      lines_[i].send(self_, ptr, caf::make_message(xs...),
                     caf::make_message(atom::lost_v, options_.id));
}

template <class Keys>
void registry_state<Keys>::tell_gone(const key_type& key,
                                     const caf::strong_actor_ptr& who) {
  tell_listeners(atom::unregistered_v, options_.id,
                 unregistration<Keys>{key, who});
}

} // namespace kv::otp
