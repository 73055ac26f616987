#include "actors/kv/tree.hpp"

#include "actors/kv/expiry.hpp"
#include "actors/kv/keeper.hpp"
#include "actors/kv/strings.hpp"
#include "actors/otp/event_manager_state.hpp"

#include <memory>
#include <utility>

namespace kv {

namespace {

otp::child_spec event_manager_spec(ets::writer<otp::handlers_table> handlers,
                                   std::chrono::milliseconds deadline) {
  return {registry_state::event_manager_id,
          otp::starts<otp::event_manager_state>(
            otp::event_manager_options{std::move(handlers), deadline})};
}

otp::child_spec registry_spec(registry_options options) {
  auto start = [options](caf::local_actor* parent) mutable {
    options.parent = caf::actor_cast<caf::strong_actor_ptr>(parent);
    auto result = otp::start<registry_state>(parent, options);
    options.parent = nullptr; // the tree would keep itself alive
    return result;
  };
  return {registry_state::name, std::move(start)};
}

} // namespace

otp::init_function make_tree(tree_options options,
                             ets::reader<otp::names_table> actors,
                             tree_readers* readers) {
  return [options = std::move(options), actors = std::move(actors),
          readers](caf::local_actor*) {
    otp::supervisor_init result;
    result.flags = options.flags;
    result.journal = std::make_shared<otp::crash_journal>();
    auto& names
      = result.tables.keep(ets::owner<bucket_names>{{.name = "kv.registry"}});
    auto& strings
      = result.tables.keep(ets::owner<fields_table>{{.name = "kv.strings"}});
    if (auto* k = keeper::of_process())
      k->recover(strings.writer());
    auto& events
      = result.tables.keep(ets::owner<event_table>{{.name = "kv.events"}});
    if (readers != nullptr)
      *readers = {{strings.reader(), names.reader()}, events.reader()};
    auto& handlers = result.tables.keep(
      ets::owner<otp::handlers_table>{{.name = "kv.handlers"}});
    result.children.push_back(
      event_manager_spec(handlers.writer(), options.handler_deadline));
    result.children.push_back(otp::dynamic_supervisor_spec(
      registry_state::bucket_supervisor_id,
      options.start_bucket ? options.start_bucket : start_bucket));
    result.children.push_back(
      {strings_state::name, otp::starts<strings_state>(strings.writer())});
    result.children.push_back(
      {expiry_state::name,
       otp::starts<expiry_state>(name_readers{strings.reader(), names.reader()},
                                 actors)});
    registry_options registry{names.writer(), events.writer(), actors,
                              strings.reader()};
    registry.start_deadline = options.start_deadline;
    registry.mailbox_limit = options.registry_mailbox;
    registry.journal = result.journal;
    registry.probe = options.probe;
    result.children.push_back(registry_spec(std::move(registry)));
    for (auto& child : options.children)
      result.children.push_back(child);
    return result;
  };
}

caf::expected<otp::child> start_bucket(caf::local_actor* parent,
                                       const std::string& name) {
  ets::owner<fields_table> fields;
  if (auto* k = keeper::of_process())
    fields = k->comeback().take_table(name);
  auto reader = fields.reader();
  auto life = liveness::start();
  auto result = otp::start<bucket_state>(parent, std::move(fields),
                                         shared_text{name}, life);
  if (result)
    result->info
      = caf::make_message(bucket_info{std::move(reader), std::move(life)});
  return result;
}

} // namespace kv
