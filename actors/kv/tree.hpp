#pragma once

#include "actors/kv/readers.hpp"
#include "actors/kv/registry.hpp"
#include "actors/otp/event_manager.hpp"
#include "actors/otp/supervisor.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace kv {

/// What may be set about the application's tree; the defaults are its own.
struct tree_options {
  /// Of the root supervisor: more than 3 restarts in 5 s end the application.
  otp::supervisor_flags flags = {};
  /// A bucket that has not been started by then is given up.
  std::chrono::milliseconds start_deadline = std::chrono::seconds{5};
  /// An event handler that has not acknowledged by then is late.
  std::chrono::milliseconds handler_deadline = std::chrono::seconds{5};
  /// While so many messages wait there, the registry refuses creates.
  uint32_t registry_mailbox = 200'000;
  /// Children started after the application's own.
  std::vector<otp::child_spec> children = {};
  /// Starts a bucket; a test may put something else here.
  otp::tagged_start_function start_bucket = {};
  /// See `registry_options::probe`. For tests.
  std::function<void(registry_point)> probe = {};
};

/// Returns the init function of the application's root supervisor, which puts
/// readers of its tables into `*readers` if that is not null:
///
///     root supervisor (one_for_one)     owns the tables kv.registry,
///      |                                kv.strings, kv.events, kv.handlers
///      |- event manager       permanent tells every event to every handler
///      |- bucket supervisor   permanent its buckets are temporary
///      |   `- bucket * n                each owns a table with its fields
///      |- strings             permanent the only writer of kv.strings
///      |- expiry              permanent has what expires swept
///      `- registry            permanent the only writer of kv.registry
otp::init_function make_tree(tree_options options,
                             ets::reader<otp::names_table> actors,
                             tree_readers* readers = nullptr);

/// Starts a bucket with an empty table; the start's info is the table's reader.
caf::expected<otp::child> start_bucket(caf::local_actor* parent,
                                       const std::string& name);

} // namespace kv
