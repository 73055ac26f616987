#include "actors/kv/client.hpp"

#include "actors/base/host_unit.hpp"
#include "actors/base/in_place.hpp"
#include "actors/kv/create_call.hpp"
#include "actors/kv/keeper.hpp"
#include "actors/otp/send.hpp"

#include <caf/actor_system.hpp>
#include <caf/attachable.hpp>
#include <caf/event_based_actor.hpp>

#include <utility>

namespace kv {

namespace {

using time_point = std::chrono::steady_clock::time_point;

time_point default_deadline() {
  return std::chrono::steady_clock::now() + client::default_timeout;
}

/// A bucket that ended is no such bucket any more.
[[noreturn]] void fail_bucket(const caf::error& reason) {
  if (reason == caf::sec::request_receiver_down)
    throw failure{caf::make_error(ec::no_such_bucket)};
  throw failure{reason};
}

/// Returns why a bucket's fields cannot be written now.
caf::error refusal_for(const bucket_fields& fields) {
  auto* k = keeper::of_process();
  return k != nullptr ? k->refusal_for(fields.name()) : caf::error{};
}

void deliver_when_kept(const completion<caf::unit_t>& done) {
  auto* k = keeper::of_process();
  if (k == nullptr) {
    done.deliver(caf::unit);
    return;
  }
  k->when_kept(k->told(), [done](const caf::error& reason) {
    if (reason)
      done.deliver(reason);
    else
      done.deliver(caf::unit);
  });
}

/// Calls a function with each event; acknowledges even if it throws.
caf::behavior
event_handler(caf::event_based_actor*,
              const std::function<void(const bucket_event&)>& on_event) {
  return {
    [on_event](atom::event, uint64_t n, const bucket_event& x) {
      on_event(x);
      return otp::ack(n);
    },
  };
}

} // namespace

failure::failure(caf::error reason)
  : std::runtime_error(describe(reason)), reason_(std::move(reason)) {
  // nop
}

// -- bucket -------------------------------------------------------------------

optional_bytes bucket::get(std::string_view key) const {
  optional_bytes result;
  if (!alive())
    return result;
  try {
    ref_.fields.visit(key, [&](const field& x) { result = x.value; });
  } catch (const ets::error&) {
    // It ended between the two.
  }
  return result;
}

optional_bytes bucket::get_in_order(std::string key) const {
  return call<optional_bytes>([key = std::move(key)](auto& fields) {
    optional_bytes result;
    fields.visit(key, [&](const field& x) { result = x.value; });
    return result;
  });
}

void bucket::put(std::string key, std::string value) {
  call<bool>([row = field{key, value}](auto& fields) -> caf::expected<bool> {
    if (auto reason = refusal_for(fields))
      return reason;
    return fields.insert(row);
  });
}

optional_bytes bucket::erase(std::string key) {
  return call<optional_bytes>(
    [key = std::move(key)](auto& fields) -> caf::expected<optional_bytes> {
      if (auto reason = refusal_for(fields))
        return reason;
      return fields.take(key);
    });
}

template <class T, class Op>
T bucket::call(Op op) const {
  auto slot = std::make_shared<mailslot<T>>();
  auto deadline = default_deadline();
  auto& unit = host_unit::of_this_thread(*sys_);
  unit.send(ref_.actor,
            make_bucket_task<T>(std::move(op), [slot](caf::expected<T> x) {
              slot->put(std::move(x));
            }));
  unit.run();
  auto answer = slot->take(deadline);
  if (!answer)
    fail_bucket(answer.error());
  return std::move(*answer);
}

std::string bucket::dump(const nlohmann::json& value) {
  using handler = nlohmann::json::error_handler_t;
  return value.dump(-1, ' ', false, handler::replace);
}

nlohmann::json bucket::parse(const std::string& text) {
  // Deep values would overflow the stack, here and in whoever walks them.
  constexpr int max_depth = 64;
  auto too_deep = false;
  auto result = nlohmann::json::parse(
    text, [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
      too_deep = too_deep || depth > max_depth;
      return !too_deep;
    });
  if (too_deep)
    throw failure{caf::make_error(ec::badarg, "JSON nested deeper than 64")};
  return result;
}

// -- subscription -------------------------------------------------------------

subscription::~subscription() {
  if (handler_)
    caf::anon_send_exit(handler_, caf::exit_reason::user_shutdown);
}

// -- client -------------------------------------------------------------------

client::client(caf::actor_system& sys, tree_readers readers,
               ets::reader<otp::names_table> actors, otp::supervisor_actor root)
  : sys_(&sys),
    readers_(std::move(readers)),
    actors_(std::move(actors)),
    root_(std::move(root)) {
  // nop
}

template <class Handle>
Handle client::await_actor(const char* id, time_point deadline) const {
  if (auto hdl = otp::whereis<Handle>(actors_, id))
    return hdl;
  auto ptr = call_in_place<caf::strong_actor_ptr>(
    *sys_, deadline,
    [&](host_unit& unit, completion<caf::strong_actor_ptr> done) {
      unit.send(root_, atom::await_v, std::string{id}, std::move(done));
    });
  if (!ptr)
    throw failure{ptr.error()};
  return caf::actor_cast<Handle>(*ptr);
}

bucket client::create(std::string name) const {
  auto made = call_in_place<bucket_ref>(
    *sys_, default_deadline(), [&](host_unit&, completion<bucket_ref> done) {
      create(std::move(name), std::move(done));
    });
  if (!made)
    throw failure{made.error()};
  return {*sys_, std::move(*made)};
}

void client::create(std::string name, completion<bucket_ref> done) const {
  create_call::begin(*this, false, std::move(name), std::move(done));
}

void client::ensure(std::string name, completion<bucket_ref> done) const {
  create_call::begin(*this, true, std::move(name), std::move(done));
}

strings_actor client::strings() const {
  return otp::whereis<strings_actor>(actors_, strings_state::name);
}

void client::await_strings(completion<strings_actor> done) const {
  using caf::strong_actor_ptr;
  auto on_answer = [done](const caf::expected<strong_actor_ptr>& x) {
    if (x)
      done.deliver(caf::actor_cast<strings_actor>(*x));
    else
      done.deliver(caf::make_error(ec::shutting_down));
  };
  host_unit::send_with(host_unit::running_here(*sys_), root_, atom::await_v,
                       std::string{strings_state::name},
                       completion<strong_actor_ptr>::make(
                         std::move(on_answer)));
}

std::optional<bucket> client::lookup(std::string_view name) const {
  if (auto ref = kv::lookup(names(), name))
    return bucket{*sys_, std::move(*ref)};
  return std::nullopt;
}

// Who takes the name away says that nobody needs the data any more: a bucket
// that keeps its name when it ends comes back.
bool client::stop(std::string_view name) const {
  std::optional<bucket_ref> ref;
  names().visit(name, [&](const bucket_entry& x) {
    touching mark{name};
    if (!x.is_current() || !x.claim.revoke())
      return;
    ref = x.bucket;
    if (auto* k = keeper::of_process())
      k->drop(name);
  });
  if (!ref)
    return false;
  change_feed::of_process().tell_key(name, 'g', "del");
  auto ended = call_in_place<caf::unit_t>(
    *sys_, default_deadline(),
    [&](host_unit& unit, completion<caf::unit_t> done) {
      caf::actor_cast<caf::abstract_actor*>(ref->actor)->attach_functor([done] {
        deliver_when_kept(done);
      });
      unit.send(ref->actor,
                caf::exit_msg{nullptr, caf::exit_reason::user_shutdown});
    });
  if (!ended)
    throw failure{ended.error()};
  return true;
}

subscription
client::subscribe(std::function<void(const bucket_event&)> on_event) const {
  subscription result{sys_->spawn(event_handler, std::move(on_event))};
  auto deadline = default_deadline();
  auto manager = await_actor<otp::event_manager_actor>(
    registry_state::event_manager_id, deadline);
  auto added = call_in_place<caf::unit_t>(
    *sys_, deadline, [&](host_unit& unit, completion<caf::unit_t> done) {
      unit.send(manager, atom::add_handler_v, result.handler(),
                std::move(done));
    });
  if (!added)
    throw failure{added.error()};
  return result;
}

} // namespace kv
