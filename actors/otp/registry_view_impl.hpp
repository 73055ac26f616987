#pragma once

#include "actors/otp/alive.hpp"
#include "actors/otp/registry_view.hpp"
#include "actors/otp/send.hpp"

#include <utility>

namespace kv::otp {

template <class Keys>
const typename registry_view<Keys>::partition&
registry_view<Keys>::of(key_view key) const {
  auto& all = shared_->partitions;
  // The low bits place a row in its table.
  auto hash = ets::mix(ets::key_traits<key_type>::hash(key));
  return all[(hash >> 32) % all.size()];
}

// -- reads --------------------------------------------------------------------

template <class Keys>
template <class F>
size_t registry_view<Keys>::dispatch(key_view key, F f) const {
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
Handle registry_view<Keys>::whereis(key_view key) const {
  caf::strong_actor_ptr result;
  dispatch(key, [&](const entry& x) {
    if (!result)
      result = x.actor;
  });
  return caf::actor_cast<Handle>(result);
}

template <class Keys>
std::vector<typename registry_view<Keys>::entry>
registry_view<Keys>::lookup(key_view key) const {
  std::vector<entry> result;
  dispatch(key, [&](const entry& x) { result.push_back(x); });
  return result;
}

template <class Keys>
template <class Pred>
std::vector<typename registry_view<Keys>::entry>
registry_view<Keys>::match(key_view key, Pred pred) const {
  std::vector<entry> result;
  dispatch(key, [&](const entry& x) {
    if (pred(x.value))
      result.push_back(x);
  });
  return result;
}

template <class Keys>
template <class Pred>
size_t registry_view<Keys>::count_match(key_view key, Pred pred) const {
  size_t result = 0;
  dispatch(key, [&](const entry& x) { result += pred(x.value) ? 1 : 0; });
  return result;
}

template <class Keys>
std::vector<typename registry_view<Keys>::value_type>
registry_view<Keys>::values(key_view key,
                            const caf::strong_actor_ptr& who) const {
  std::vector<value_type> result;
  dispatch(key, [&](const entry& x) {
    if (x.actor == who)
      result.push_back(x.value);
  });
  return result;
}

template <class Keys>
template <class... Ts>
size_t registry_view<Keys>::send(caf::local_actor* self, key_view key,
                                 Ts&&... xs) const {
  auto content = caf::make_message(std::forward<Ts>(xs)...);
  return dispatch(key,
                  [&](const entry& x) { otp::send(self, x.actor, content); });
}

template <class Keys>
template <class Pred>
size_t registry_view<Keys>::count_if(Pred pred) const {
  size_t result = 0;
  for (auto& part : shared_->partitions)
    Keys::for_each(part.entries,
                   [&](const key_type& key, const entry& x, auto) {
                     if (is_alive(x.actor) && pred(key, x))
                       ++result;
                   });
  return result;
}

template <class Keys>
template <class Pred>
std::vector<registration<Keys>> registry_view<Keys>::select(Pred pred) const {
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
size_t registry_view<Keys>::count() const {
  return count_if([](const key_type&, const entry&) { return true; });
}

// -- what users say of the registry -------------------------------------------

template <class Keys>
template <class T>
void registry_view<Keys>::put_meta(std::string name, T value) const {
  shared_->meta.insert({std::move(name), std::any{std::move(value)}});
}

template <class Keys>
template <class T>
std::optional<T> registry_view<Keys>::meta(std::string_view name) const {
  std::optional<T> result;
  shared_->meta.visit(name, [&](const meta_row& x) {
    if (auto* value = std::any_cast<T>(&x.value))
      result = *value;
  });
  return result;
}

template <class Keys>
bool registry_view<Keys>::delete_meta(std::string_view name) const {
  return shared_->meta.erase(name) > 0;
}

} // namespace kv::otp
