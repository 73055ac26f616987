#include "actors/kv/expiry.hpp"

#include "actors/base/atoms.hpp"
#include "actors/base/error.hpp"
#include "actors/kv/expiry_agenda.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

// Invariants
// I1  While the agenda has items, a timer is armed or `look` is in the mailbox.

namespace kv {

namespace {

/// Comes again for what has not been done, because the actor was overloaded or
/// has ended: another one may have taken its place.
void note_again_if_missed(const caf::expected<bool>& done, expiry_kind kind,
                          std::string_view name) {
  if (!done && done.error() != ec::not_kept)
    expiry_agenda::of_process().note(kind, name,
                                     deadline::in(expiry_state::tick));
}

} // namespace

/// One sweep of a table, by its own actor, from step to step.
class expiry_sweep {
public:
  expiry_sweep(expiry_kind kind, std::string name)
    : kind_(kind), name_(std::move(name)) {
    // nop
  }

  /// Returns a task that goes on with the sweep, and notes the next one.
  static bucket_task task(const std::shared_ptr<expiry_sweep>& self) {
    return make_bucket_task<bool>(
      [self](const bucket_fields& fields) {
        self->step(fields);
        return true;
      },
      [self](const caf::expected<bool>& x) {
        note_again_if_missed(x, self->kind_, self->name_);
      });
  }

private:
  void step(const bucket_fields& fields) {
    if (!sweeper_)
      sweeper_.emplace(*fields.rows_);
    do {
      sweeper_->step(expiry_state::rows_per_step,
                     [&](const field& x) { tell(fields, x.key); });
    } while (++steps_ % most_steps != 0
             && sweeper_->next().passed(deadline::now()));
    expiry_agenda::of_process().note(kind_, name_, sweeper_->next());
  }

  void tell(const bucket_fields& fields, std::string_view key) {
    fields.keep_erased(key);
    if (kind_ == expiry_kind::strings) {
      touching mark{key};
      string_keys::tell(key, 'x', "expired");
    } else {
      touching mark{fields.name()};
      fields.tell('h', "hexpired");
    }
  }

  // Others get their turn then.
  static constexpr unsigned most_steps = 10;

  expiry_kind kind_;
  std::string name_;
  unsigned steps_ = 0;
  std::optional<ets::sweeper<fields_table>> sweeper_;
};

namespace {

void send_sweep(expiry_kind kind, const std::string& name, const auto& to) {
  auto sweep = std::make_shared<expiry_sweep>(kind, name);
  caf::anon_send(to, expiry_sweep::task(sweep));
}

/// Ends a bucket that has expired, where names are decided.
bucket_task end_task(std::string name, name_readers names) {
  auto end = [name, names = std::move(names)](const bucket_fields& fields) {
    string_keys keys{fields, names};
    keys.erase_expired(name);
    return true;
  };
  auto done = [name = std::move(name)](const caf::expected<bool>& x) {
    note_again_if_missed(x, expiry_kind::bucket, name);
  };
  return make_bucket_task<bool>(std::move(end), std::move(done));
}

} // namespace

expiry_state::expiry_state(handle_type::pointer self, name_readers names,
                           ets::reader<otp::names_table> actors)
  : self_(self), names_(std::move(names)), actors_(std::move(actors)) {
  expiry_agenda::of_process().on_earlier([me = self_->address()] {
    if (auto actor = caf::actor_cast<expiry_actor>(me))
      caf::anon_send(actor, atom::deadline_v);
  });
}

expiry_state::~expiry_state() {
  expiry_agenda::of_process().on_earlier({});
}

expiry_actor::behavior_type expiry_state::make_behavior() {
  caf::anon_send(caf::actor_cast<expiry_actor>(self_), atom::deadline_v);
  return {[this](atom::deadline) { look(); }};
}

void expiry_state::look() {
  if (armed_.passed(deadline::now()))
    armed_ = {};
  auto strings = otp::whereis<strings_actor>(actors_, strings_state::name);
  for (auto& x : expiry_agenda::of_process().take_due(items_per_turn)) {
    if (x.kind != expiry_kind::fields) {
      if (!strings)
        expiry_agenda::of_process().note(x.kind, x.name, deadline::in(tick));
      else if (x.kind == expiry_kind::strings)
        send_sweep(x.kind, x.name, strings);
      else
        caf::anon_send(strings, end_task(x.name, names_));
      continue;
    }
    kv::visit(names_.buckets, x.name, [&](const bucket_ref& bucket) {
      send_sweep(x.kind, x.name, bucket.actor);
    });
  }
  arm();
}

void expiry_state::arm() {
  // CAF's clock counts nanoseconds: later than in 292 years it has no time.
  constexpr std::chrono::hours longest{1};
  auto next = expiry_agenda::of_process().next();
  if (next.is_never())
    return;
  next = std::clamp(next, deadline::in(tick), deadline::in(longest));
  if (armed_ <= next)
    return; // that timer fires before
  armed_ = next;
  self_->delayed_send(self_, next.since_epoch() - deadline::now(),
                      atom::deadline_v);
}

} // namespace kv
