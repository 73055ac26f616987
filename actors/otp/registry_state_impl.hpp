#pragma once

#include "actors/otp/answer_by.hpp"
#include "actors/otp/direct_behavior.hpp"
#include "actors/otp/registry_state.hpp"
#include "actors/otp/send.hpp"

#include <algorithm>
#include <utility>

// Invariants
// I1  `owners_` has every actor in the table, once, with the place of each of
//     its entries; it is monitored, also by a registry that is restarted. A
//     death costs the number of its own entries.
// I2  An actor is monitored before it is in the table.
// I3  `waiting_` has keys without an entry of an actor that is alive.

namespace kv::otp {

// -- life ---------------------------------------------------------------------

template <class Keys>
registry_state<Keys>::registry_state(pointer self,
                                     registry_options<Keys> options)
  : self_(self), options_(std::move(options)), entries_(options_.entries) {
  for (size_t i = 0; i < options_.listeners.size(); ++i)
    lines_.emplace_back(options_.listener_limit);
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg.source); });
  Keys::for_each(entries_.reader(),
                 [this](const key_type& key, const entry& who, uint32_t place) {
                   owners_[who.actor].push_back({key, place});
                 });
  for (auto& [who, places] : owners_)
    self_->monitor(who);
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
      return keys_of(who);
    },
    [this](atom::keys, const caf::strong_actor_ptr& who,
           const completion<key_list<Keys>>& done) {
      if (!is_late(done))
        done.deliver(keys_of(who));
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
  size_t entries = 0;
  for (auto& [who, places] : owners_)
    entries += places.size();
  out.state = "entries: " + std::to_string(entries)
              + ", actors: " + std::to_string(owners_.size())
              + ", awaited keys: " + std::to_string(waiting_.size());
  out.monitoring = owners_.size();
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
  auto [i, fresh] = owners_.try_emplace(x.actor);
  if (fresh)
    self_->monitor(x.actor);
  auto place = entries_.add(x.key, {x.actor, x.value});
  i->second.push_back({x.key, place});
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
template <class Pred>
bool registry_state<Keys>::erase(const caf::strong_actor_ptr& who,
                                 const location& x, Pred pred) {
  auto erased = entries_.remove(x.key, x.place, [&](const entry& y) {
    return y.actor == who && pred(y.value);
  });
  if (erased)
    tell_listeners(atom::unregistered_v, options_.id,
                   unregistration<Keys>{x.key, who});
  return erased;
}

template <class Keys>
uint64_t registry_state<Keys>::remove(const unregistration<Keys>& x) {
  auto i = owners_.find(x.actor);
  if (i == owners_.end())
    return 0;
  auto& places = i->second;
  auto gone = std::remove_if(places.begin(), places.end(), [&](auto& y) {
    return as_in_tables<key_type>{}(y.key, x.key)
           && erase(x.actor, y,
                    [&](auto& value) { return !x.match || x.match(value); });
  });
  auto result = static_cast<uint64_t>(places.end() - gone);
  places.erase(gone, places.end());
  if (places.empty()) {
    self_->demonitor(caf::actor_cast<caf::actor_addr>(x.actor));
    owners_.erase(i);
  }
  return result;
}

template <class Keys>
uint64_t registry_state<Keys>::update(const registration<Keys>& x) {
  uint64_t result = 0;
  if (auto i = owners_.find(x.actor); i != owners_.end())
    for (auto& y : i->second)
      if (as_in_tables<key_type>{}(y.key, x.key)) {
        entries_.update(y.key, y.place, {x.actor, x.value});
        ++result;
      }
  if (result > 0)
    tell_listeners(atom::registered_v, options_.id, x);
  return result;
}

template <class Keys>
key_list<Keys>
registry_state<Keys>::keys_of(const caf::strong_actor_ptr& who) const {
  key_list<Keys> result;
  if (auto i = owners_.find(who); i != owners_.end())
    for (auto& x : i->second)
      result.keys.push_back(x.key);
  return result;
}

template <class Keys>
void registry_state<Keys>::on_down(const caf::actor_addr& who) {
  auto i = owners_.find(who);
  if (i == owners_.end())
    return;
  auto actor = i->first;
  auto places = std::move(i->second);
  owners_.erase(i);
  for (auto& x : places)
    erase(actor, x, [](auto&) { return true; });
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

} // namespace kv::otp
