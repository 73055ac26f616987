#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/event_manager_state.hpp"
#include "actors/otp/send.hpp"

#include <algorithm>
#include <string>
#include <utility>

// Who is told; event_telling.cpp has what, and the invariants.

namespace kv::otp {

namespace {

constexpr auto never = std::numeric_limits<uint64_t>::max();

caf::result<caf::ok_atom> answer(caf::error err) {
  if (err)
    return err;
  return caf::ok_atom_v;
}

} // namespace

event_manager_state::event_manager_state(handle_type::pointer self,
                                         ets::writer<handlers_table> handlers,
                                         clock::duration deadline, size_t log)
  : self_(self),
    handlers_(std::move(handlers)),
    deadline_(deadline),
    log_size_(log) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  self_->set_error_handler([this](caf::error& err) { on_error(err); });
  handlers_.for_each([this](const handler_entry& x) {
    recipients_.push_back({x, next_, next_});
  });
  std::sort(recipients_.begin(), recipients_.end(),
            [](auto& x, auto& y) { return x.entry.order < y.entry.order; });
  for (auto& x : recipients_)
    watch(x.entry);
}

event_manager_actor::behavior_type event_manager_state::make_behavior() {
  return {
    [this](atom::add_handler, caf::actor& handler) {
      return answer(add(std::move(handler), {}));
    },
    [this](atom::add_handler, caf::actor& handler, caf::actor& owner) {
      return answer(add(std::move(handler), {.owner = std::move(owner)}));
    },
    [this](atom::add_handler, caf::actor& handler,
           const handler_options& options) {
      return answer(add(std::move(handler), options));
    },
    [this](atom::add_handler, caf::actor& handler,
           const completion<caf::unit_t>& done) {
      if (auto err = add(std::move(handler), {}))
        done.deliver(err);
      else
        done.deliver(caf::unit);
    },
    [this](atom::delete_handler,
           const caf::actor& handler) -> caf::result<caf::ok_atom> {
      auto i = find(handler.address());
      if (i == recipients_.end())
        return caf::make_error(ec::no_such_actor);
      remove(i, {});
      return caf::ok_atom_v;
    },
    [this](atom::swap_handler, const caf::actor& old, caf::actor& handler) {
      return answer(swap(old, std::move(handler)));
    },
    [this](atom::call_handler, const caf::actor& handler,
           const caf::message& request) { return call(handler, request); },
    [this](atom::which_handlers) {
      std::vector<caf::actor> result;
      // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no std::views
      for (auto i = recipients_.rbegin(); i != recipients_.rend(); ++i)
        if (i->next != never)
          result.push_back(i->entry.handler);
      return result;
    },
    [this](atom::notify, const caf::message& event) {
      tell(event, std::nullopt);
    },
    [this](atom::sync_notify, uint64_t number,
           const caf::message& event) -> caf::result<atom::told, uint64_t> {
      auto promise = self_->make_response_promise<atom::told, uint64_t>();
      tell(event, pending_event{0, number, promise});
      return promise;
    },
    [this](atom::ack, uint64_t n) { on_ack(n); },
    [this](atom::state, const caf::message& state) { on_state(state); },
    [this](atom::deadline) { sweep(); },
  };
}

// -- handlers come and go -----------------------------------------------------

caf::error event_manager_state::add(caf::actor handler,
                                    const handler_options& options) {
  if (find(handler.address()) != recipients_.end())
    return caf::make_error(ec::already_present);
  auto order = recipients_.empty() ? 1 : recipients_.back().entry.order + 1;
  handler_entry entry{handler.id(), order, std::move(handler), options.owner};
  if (options.filter || options.window != handler_options{}.window)
    entry.options = std::make_shared<handler_options>(options);
  handlers_.insert(entry);
  watch(entry);
  recipient x{std::move(entry), next_, next_};
  if (options.from != 0 && options.from < next_) {
    x.next = std::max(options.from, first_logged());
    if (x.next > options.from) {
      x.lost = options.from;
      x.lost_to = x.next - 1;
    }
  }
  pump(recipients_.emplace_back(std::move(x)));
  remove_broken();
  return {};
}

caf::error event_manager_state::swap(const caf::actor& old,
                                     caf::actor handler) {
  if (find(handler.address()) != recipients_.end())
    return caf::make_error(ec::already_present);
  auto i = find(old.address());
  if (i == recipients_.end() || i->next == never) {
    anon_send_aside(caf::actor_cast<caf::strong_actor_ptr>(handler),
                    caf::make_message(atom::swap_handler_v, caf::message{}));
    return add(std::move(handler), {});
  }
  auto heir = *i;
  heir.entry.id = handler.id();
  heir.entry.handler = std::move(handler);
  heir.outstanding.clear();
  heir.counts = i->late ? next_ : std::max(i->counts, i->next);
  heir.late = false;
  heir.heir_of = old.address();
  heir.since = self_->clock().now();
  i->next = never; // what it has not been told is its heir's now
  i->counts = i->late ? never : i->counts;
  handlers_.insert(heir.entry);
  watch(heir.entry);
  recipients_.insert(i + 1, std::move(heir));
  send_aside(self_, caf::actor_cast<caf::strong_actor_ptr>(old),
             caf::make_message(atom::swap_handler_v));
  arm(deadline_);
  return {};
}

void event_manager_state::on_state(const caf::message& state) {
  auto i = sender();
  if (i == recipients_.end() || i->next != never)
    return;
  auto heir
    = std::find_if(recipients_.begin(), recipients_.end(),
                   [&](auto& x) { return x.heir_of == i->entry.handler; });
  if (heir != recipients_.end())
    inherit(*heir, state);
  remove(sender(), {});
}

void event_manager_state::inherit(recipient& heir, const caf::message& state) {
  heir.heir_of = {};
  anon_send_aside(caf::actor_cast<caf::strong_actor_ptr>(heir.entry.handler),
                  caf::make_message(atom::swap_handler_v, state));
  pump(heir);
}

caf::result<caf::message>
event_manager_state::call(const caf::actor& handler,
                          const caf::message& request) {
  auto i = find(handler.address());
  if (i == recipients_.end())
    return caf::make_error(ec::no_such_actor);
  auto* element = self_->current_mailbox_element();
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(handler);
  ptr->enqueue(element->sender, element->mid, request, nullptr);
  // The handler answers; a promise that is not kept says nothing.
  return self_->make_response_promise<caf::message>();
}

void event_manager_state::watch(const handler_entry& x) {
  for (auto* who : {&x.handler, &x.owner})
    if (*who && watched_.emplace(who->id(), 0).first->second++ == 0)
      self_->monitor(*who);
}

void event_manager_state::unwatch(const handler_entry& x) {
  for (auto* who : {&x.handler, &x.owner})
    if (auto i = *who ? watched_.find(who->id()) : watched_.end();
        i != watched_.end() && --i->second == 0) {
      watched_.erase(i);
      self_->demonitor(*who);
    }
}

void event_manager_state::on_error(const caf::error& reason) {
  auto i = sender();
  if (i == recipients_.end())
    return;
  if (i->next == never) // it has no state to give
    on_state({});
  else if (reason != caf::sec::unexpected_message)
    remove(i, reason);
  else if (!i->outstanding.empty())
    on_ack(i->outstanding.front()); // it need not care about every event
}

void event_manager_state::on_down(const caf::down_msg& msg) {
  if (auto i = find(msg.source); i != recipients_.end())
    remove(i, msg.reason);
  for (size_t i = recipients_.size(); i-- > 0;)
    if (recipients_[i].entry.owner == msg.source)
      remove(recipients_.begin() + static_cast<ptrdiff_t>(i), msg.reason);
}

void event_manager_state::remove(position pos, const caf::error& reason) {
  auto gone = std::move(*pos);
  recipients_.erase(pos);
  handlers_.erase(gone.entry.id);
  unwatch(gone.entry);
  if (!is_orderly(reason))
    log::warn("event handler " + std::to_string(gone.entry.id)
              + " was removed: " + describe(reason));
  // Without a sender: what the owner answers is no acknowledgement.
  if (gone.entry.owner)
    anon_send_aside(caf::actor_cast<caf::strong_actor_ptr>(gone.entry.owner),
                    caf::make_message(atom::handler_exit_v,
                                      gone.entry.handler.address(), reason));
  if (!gone.late)
    release(gone);
  for (auto& x : recipients_)
    if (x.heir_of == gone.entry.handler)
      inherit(x, {});
}

event_manager_state::position
event_manager_state::find(const caf::actor_addr& handler) {
  return std::find_if(recipients_.begin(), recipients_.end(),
                      [&](auto& x) { return x.entry.handler == handler; });
}

event_manager_state::position event_manager_state::sender() {
  return find(caf::actor_cast<caf::actor_addr>(self_->current_sender()));
}

} // namespace kv::otp
