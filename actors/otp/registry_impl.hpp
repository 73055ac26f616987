#pragma once

#include "actors/base/in_place.hpp"
#include "actors/otp/registry.hpp"

#include <stdexcept>
#include <utility>

/// @file
/// What `registry<Keys>` does; registry.hpp says what that is.

namespace kv::otp {

// -- making -------------------------------------------------------------------

template <class Keys>
registry<Keys> registry<Keys>::add_to(supervisor_init& init,
                                      caf::local_actor* supervisor,
                                      ets::reader<names_table> actors,
                                      const registry_setup& setup) {
  if (setup.partitions == 0)
    throw std::invalid_argument("a registry needs a partition");
  auto parent = caf::actor_cast<caf::strong_actor_ptr>(supervisor);
  auto& sys = supervisor->home_system();
  auto& meta
    = init.tables.keep(ets::owner<typename registry_view<Keys>::meta_table>{});
  auto result = std::make_shared<typename registry_view<Keys>::shared>(
    typename registry_view<Keys>::shared{&sys, meta.writer(), {}});
  for (size_t i = 0; i < setup.partitions; ++i) {
    auto id = setup.partitions == 1 ? setup.id
                                    : setup.id + "/" + std::to_string(i);
    using table = typename Keys::table;
    auto& entries = init.tables.keep(ets::owner<table>{{.name = id}});
    init.children.push_back(
      {id, starts<registry_state<Keys>>(registry_options<Keys>{
             entries.writer(), id, setup.listeners, actors, setup.mailbox_limit,
             setup.listener_limit})});
    auto who = child_name(actors, caf::actor_cast<supervisor_actor>(parent),
                          id);
    result->partitions.push_back(
      {entries.reader(), who, otp::via<registry_actor<Keys>>(sys, who)});
  }
  registry made;
  made.shared_ = std::move(result);
  return made;
}

// -- from a thread ------------------------------------------------------------

template <class Keys>
template <class T, class... Ts>
caf::expected<T> registry<Keys>::call(const partition& to,
                                      std::chrono::milliseconds timeout,
                                      const Ts&... xs) const {
  auto deadline = time_after(timeout);
  for (;;) {
    auto ptr = to.who.now();
    if (!ptr) {
      auto next = call_in_place<caf::strong_actor_ptr>(
        *this->shared_->sys, deadline,
        [&](host_unit&, completion<caf::strong_actor_ptr> done) {
          to.who.later(std::move(done));
        });
      if (!next)
        return next.error();
      ptr = *next;
    }
    auto answer = call_in_place<T>(
      *this->shared_->sys, deadline, [&](host_unit& unit, completion<T> done) {
        unit.send(caf::actor_cast<registry_actor<Keys>>(ptr), xs...,
                  std::move(done));
      });
    if (answer || answer.error() != caf::sec::request_receiver_down
        || std::chrono::steady_clock::now() >= deadline)
      return answer;
  }
}

template <class Keys>
caf::error registry<Keys>::register_name(key_type key,
                                         caf::strong_actor_ptr who,
                                         value_type value) const {
  auto& to = this->of(key);
  registration<Keys> what{std::move(key), std::move(who), std::move(value)};
  auto done = call<caf::unit_t>(to, default_timeout, atom::register_name_v,
                                what);
  return done ? caf::error{} : done.error();
}

template <class Keys>
caf::expected<uint64_t> registry<Keys>::unregister_name(
  key_type key, caf::strong_actor_ptr who,
  std::function<bool(const value_type&)> match) const {
  auto& to = this->of(key);
  unregistration<Keys> what{std::move(key), std::move(who), std::move(match)};
  return call<uint64_t>(to, default_timeout, atom::unregister_name_v, what);
}

template <class Keys>
caf::expected<uint64_t> registry<Keys>::update_value(key_type key,
                                                     caf::strong_actor_ptr who,
                                                     value_type value) const {
  auto& to = this->of(key);
  registration<Keys> what{std::move(key), std::move(who), std::move(value)};
  return call<uint64_t>(to, default_timeout, atom::update_value_v, what);
}

template <class Keys>
caf::expected<caf::strong_actor_ptr>
registry<Keys>::await(key_type key, std::chrono::milliseconds timeout) const {
  auto& to = this->of(key);
  return call<caf::strong_actor_ptr>(
    to, timeout, atom::await_v, awaited_key<Keys>{std::move(key), timeout});
}

template <class Keys>
caf::expected<std::vector<typename registry<Keys>::key_type>>
registry<Keys>::keys(const caf::strong_actor_ptr& who) const {
  std::vector<key_type> result;
  for (auto& part : this->shared_->partitions) {
    auto some = call<key_list<Keys>>(part, default_timeout, atom::keys_v, who);
    if (!some)
      return some.error();
    for (auto& x : some->keys)
      result.push_back(std::move(x));
  }
  return result;
}

// -- from an actor ------------------------------------------------------------

template <class Keys>
const registry_actor<Keys>& registry<Keys>::actor(key_view key) const {
  return this->of(key).actor;
}

template <class Keys>
template <class Handle>
Handle registry<Keys>::via(key_type key) const {
  resolver who;
  who.now = [self = *this, key]() -> caf::strong_actor_ptr {
    try {
      return self.template whereis<caf::strong_actor_ptr>(key);
    } catch (const ets::error&) {
      return nullptr; // the supervisor has ended
    }
  };
  who.later = [self = *this, key](completion<caf::strong_actor_ptr> done) {
    auto ask = [key, done](const caf::strong_actor_ptr& to) {
      awaited_key<Keys> what{key, via_actor::patience};
      host_unit::send_with(nullptr, caf::actor_cast<registry_actor<Keys>>(to),
                           atom::await_v, std::move(what), done);
    };
    auto& writer = self.of(key).who;
    if (auto to = writer.now())
      ask(to);
    else
      writer.later(completion<caf::strong_actor_ptr>::make(
        [ask, done](const caf::expected<caf::strong_actor_ptr>& x) {
          if (x)
            ask(*x);
          else
            done.deliver(x.error());
        }));
  };
  return otp::via<Handle>(*this->shared_->sys, std::move(who));
}

} // namespace kv::otp
