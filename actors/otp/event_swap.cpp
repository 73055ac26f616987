#include "actors/base/error.hpp"
#include "actors/otp/event_manager_state.hpp"
#include "actors/otp/send.hpp"

#include <algorithm>
#include <utility>

// How one handler follows another; see event_telling.cpp for the invariants.

namespace kv::otp {

caf::error event_manager_state::swap(const caf::actor& old,
                                     caf::actor handler) {
  if (find(handler.address()) != nullptr)
    return caf::make_error(ec::already_present);
  auto i = std::find_if(recipients_.begin(), recipients_.end(), [&](auto& x) {
    return x->entry.handler == old && !x->leaving;
  });
  if (i == recipients_.end()) {
    anon_send_aside(caf::actor_cast<caf::strong_actor_ptr>(handler),
                    caf::make_message(atom::swap_handler_v, caf::message{}));
    return add(std::move(handler), {});
  }
  auto& gone = **i;
  auto place = i - recipients_.begin() + 1;
  auto entry = gone.entry;
  entry.id = handler.id();
  entry.handler = std::move(handler);
  entry.progress = std::make_shared<handler_progress>();
  entry.heir_of = old.address();
  options_.handlers.insert(entry);
  now_ = {};
  auto& heir = enter(std::move(entry));
  heir.waiting = std::exchange(gone.waiting, {});
  heir.counts = gone.late ? log_.next() : gone.counts;
  heir.replay_to = gone.replay_to;
  heir.told = gone.replay_to;
  heir.lost = gone.lost;
  heir.lost_to = gone.lost_to;
  gone.leaving = true;
  save(gone);
  save(heir);
  ask_for_state(heir);
  std::rotate(recipients_.begin() + place, recipients_.end() - 1,
              recipients_.end());
  return {};
}

void event_manager_state::ask_for_state(recipient& heir) {
  heir.since = now();
  arm(options_.deadline);
  send_aside(self_, caf::actor_cast<caf::strong_actor_ptr>(heir.entry.heir_of),
             caf::make_message(atom::swap_handler_v));
}

void event_manager_state::on_state(const caf::message& state) {
  auto* x = sender();
  if (x == nullptr || !x->leaving)
    return;
  now_ = {};
  auto heir = std::find_if(recipients_.begin(), recipients_.end(),
                           [&](auto& y) {
                             return y->entry.heir_of == x->entry.handler;
                           });
  if (heir != recipients_.end())
    inherit(**heir, state);
  remove(*x, {});
}

void event_manager_state::inherit(recipient& heir, const caf::message& state) {
  heir.entry.heir_of = {};
  options_.handlers.insert(heir.entry);
  anon_send_aside(caf::actor_cast<caf::strong_actor_ptr>(heir.entry.handler),
                  caf::make_message(atom::swap_handler_v, state));
  pump(heir);
}

} // namespace kv::otp
