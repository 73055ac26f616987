#pragma once

#include "actors/base/in_place.hpp"
#include "actors/otp/registry.hpp"
#include "actors/otp/send.hpp"

#include <utility>

namespace kv::otp {

// -- making -------------------------------------------------------------------

template <class Keys>
registry<Keys> registry<Keys>::add_to(supervisor_init& init,
                                      caf::local_actor* supervisor,
                                      ets::reader<names_table> actors,
                                      const registry_setup& setup) {
  auto parent = caf::actor_cast<caf::strong_actor_ptr>(supervisor);
  auto& sys = supervisor->home_system();
  auto result = std::make_shared<shared>(shared{&sys, {}});
  for (size_t i = 0; i < setup.partitions; ++i) {
    auto id = setup.partitions == 1 ? setup.id
                                    : setup.id + "/" + std::to_string(i);
    using table = typename Keys::table;
    auto& entries = init.tables.keep(ets::owner<table>{{.name = id}});
    init.children.push_back(
      {id, starts<registry_state<Keys>>(registry_options<Keys>{
             entries.writer(), id, setup.listeners, actors})});
    auto who = child_name(actors, caf::actor_cast<supervisor_actor>(parent),
                          id);
    result->partitions.push_back(
      {entries.reader(), who, otp::via<registry_actor<Keys>>(sys, who)});
  }
  registry made;
  made.shared_ = std::move(result);
  return made;
}

template <class Keys>
const typename registry<Keys>::partition&
registry<Keys>::of(key_view key) const {
  auto& all = shared_->partitions;
  // The low bits place a row in its table.
  auto hash = ets::mix(ets::key_traits<key_type>::hash(key));
  return all[(hash >> 32) % all.size()];
}

// -- reads --------------------------------------------------------------------

template <class Keys>
template <class F>
size_t registry<Keys>::dispatch(key_view key, F f) const {
  size_t result = 0;
  Keys::visit(of(key).entries, key, [&](const entry& x) {
    if (!is_alive(x.actor))
      return;
    ++result;
    f(x);
  });
  return result;
}

template <class Keys>
template <class Handle>
Handle registry<Keys>::whereis(key_view key) const {
  caf::strong_actor_ptr result;
  dispatch(key, [&](const entry& x) {
    if (!result)
      result = x.actor;
  });
  return caf::actor_cast<Handle>(result);
}

template <class Keys>
std::vector<typename registry<Keys>::entry>
registry<Keys>::lookup(key_view key) const {
  std::vector<entry> result;
  dispatch(key, [&](const entry& x) { result.push_back(x); });
  return result;
}

template <class Keys>
template <class... Ts>
size_t
registry<Keys>::send(caf::local_actor* self, key_view key, Ts&&... xs) const {
  auto content = caf::make_message(std::forward<Ts>(xs)...);
  return dispatch(key,
                  [&](const entry& x) { otp::send(self, x.actor, content); });
}

template <class Keys>
template <class Pred>
size_t registry<Keys>::count_if(Pred pred) const {
  size_t result = 0;
  for (auto& part : shared_->partitions)
    Keys::for_each(part.entries,
                   [&](const key_type& key, const entry& x, uint32_t) {
                     if (is_alive(x.actor) && pred(key, x))
                       ++result;
                   });
  return result;
}

template <class Keys>
template <class Pred>
std::vector<registration<Keys>> registry<Keys>::select(Pred pred) const {
  std::vector<registration<Keys>> result;
  count_if([&](const key_type& key, const entry& x) {
    auto wanted = pred(key, x);
    if (wanted)
      result.push_back({key, x.actor, x.value});
    return wanted;
  });
  return result;
}

template <class Keys>
size_t registry<Keys>::count() const {
  return count_if([](const key_type&, const entry&) { return true; });
}

// -- from a thread ------------------------------------------------------------

template <class Keys>
template <class T, class... Ts>
caf::expected<T> registry<Keys>::call(const partition& to,
                                      std::chrono::milliseconds timeout,
                                      const Ts&... xs) const {
  using clock = std::chrono::steady_clock;
  auto deadline = clock::now() + timeout;
  for (;;) {
    auto ptr = to.who.now();
    if (!ptr) {
      auto next = call_in_place<caf::strong_actor_ptr>(
        *shared_->sys, deadline,
        [&](host_unit&, completion<caf::strong_actor_ptr> done) {
          to.who.later(std::move(done));
        });
      if (!next)
        return next.error();
      ptr = *next;
    }
    auto answer = call_in_place<T>(
      *shared_->sys, deadline, [&](host_unit& unit, completion<T> done) {
        unit.send(caf::actor_cast<registry_actor<Keys>>(ptr), xs...,
                  std::move(done));
      });
    if (answer || answer.error() != caf::sec::request_receiver_down
        || clock::now() >= deadline)
      return answer;
  }
}

template <class Keys>
caf::error registry<Keys>::register_name(key_type key,
                                         caf::strong_actor_ptr who,
                                         value_type value) const {
  auto& to = of(key);
  registration<Keys> what{std::move(key), std::move(who), std::move(value)};
  auto done = call<caf::unit_t>(to, default_timeout, atom::register_name_v,
                                what);
  return done ? caf::error{} : done.error();
}

template <class Keys>
caf::expected<uint64_t> registry<Keys>::unregister_name(
  key_type key, caf::strong_actor_ptr who,
  std::function<bool(const value_type&)> match) const {
  auto& to = of(key);
  unregistration<Keys> what{std::move(key), std::move(who), std::move(match)};
  return call<uint64_t>(to, default_timeout, atom::unregister_name_v, what);
}

template <class Keys>
caf::expected<uint64_t> registry<Keys>::update_value(key_type key,
                                                     caf::strong_actor_ptr who,
                                                     value_type value) const {
  auto& to = of(key);
  registration<Keys> what{std::move(key), std::move(who), std::move(value)};
  return call<uint64_t>(to, default_timeout, atom::update_value_v, what);
}

template <class Keys>
caf::expected<caf::strong_actor_ptr>
registry<Keys>::await(key_type key, std::chrono::milliseconds timeout) const {
  auto& to = of(key);
  return call<caf::strong_actor_ptr>(
    to, timeout, atom::await_v, awaited_key<Keys>{std::move(key), timeout});
}

template <class Keys>
caf::expected<std::vector<typename registry<Keys>::key_type>>
registry<Keys>::keys(const caf::strong_actor_ptr& who) const {
  std::vector<key_type> result;
  for (auto& part : shared_->partitions) {
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
  return of(key).actor;
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
  return otp::via<Handle>(*shared_->sys, std::move(who));
}

} // namespace kv::otp
