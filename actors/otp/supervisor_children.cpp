#include "actors/otp/supervisor_children.hpp"

#include <algorithm>
#include <utility>

// Invariants
// I1  `all_` ascends by number.
// I2  `by_id_` has every child, under a view of the id in its spec.
// I3  `by_actor_` has every child that is an actor.

namespace kv::otp {

supervisor_child* supervisor_children::find(std::string_view id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? nullptr : i->second;
}

supervisor_child* supervisor_children::find(const caf::actor_addr& who) const {
  auto i = by_actor_.find(who);
  return i == by_actor_.end() ? nullptr : *i;
}

size_t supervisor_children::position_of(const supervisor_child& x) const {
  auto i = std::lower_bound(all_.begin(), all_.end(), x.number,
                            [](auto& y, uint64_t n) { return y->number < n; });
  return static_cast<size_t>(i - all_.begin());
}

supervisor_child& supervisor_children::add(child_spec spec) {
  auto& x = *all_.emplace_back(std::make_unique<supervisor_child>());
  x.spec = std::move(spec);
  x.number = ++numbers_;
  by_id_.emplace(x.spec.id, &x);
  return x;
}

void supervisor_children::erase(supervisor_child& x) {
  by_id_.erase(x.spec.id);
  set_actor(x, nullptr);
  all_.erase(all_.begin() + static_cast<ptrdiff_t>(position_of(x)));
}

void supervisor_children::set_actor(supervisor_child& x,
                                    caf::strong_actor_ptr who) {
  if (x.ptr)
    by_actor_.erase(&x);
  x.ptr = std::move(who);
  if (x.ptr)
    by_actor_.insert(&x);
}

} // namespace kv::otp
