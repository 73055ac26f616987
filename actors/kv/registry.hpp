#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/completion.hpp"
#include "actors/kv/bucket_names.hpp"
#include "actors/kv/events.hpp"
#include "actors/kv/kept_state.hpp"
#include "actors/otp/dynamic_supervisor.hpp"
#include "actors/otp/event_manager.hpp"
#include "actors/otp/registry_entries.hpp"
#include "actors/otp/supervisor.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace kv {

/// The REGISTRY names buckets. It is the only writer of the names table;
/// everyone else reads the table through `lookup`.
using registry_actor = caf::typed_actor<
  // Returns the bucket called `name`, starting it first if there is none. By
  // then the table has the entry and every event handler has seen the event.
  // Errors: name_taken by a string, start_failed, timeout, shutting_down,
  // overloaded.
  caf::replies_to<atom::create, std::string>::with<bucket_actor>,
  // The same for callers that are no actors.
  caf::reacts_to<atom::create, std::string, completion<bucket_ref>>,
  // Returns the bucket as soon as the table has it. One that is started for
  // that ends when work leaves it without fields, unless someone creates it.
  caf::reacts_to<atom::ensure, std::string, completion<bucket_ref>>,
  // The bucket supervisor's answer.
  caf::reacts_to<atom::started, otp::start_result>,
  // The event manager's answer.
  caf::reacts_to<atom::told, uint64_t>,
  // Starts a bucket again whose data are there now. For its own use.
  caf::reacts_to<atom::restart, std::string, kept_state>,
  // Starts the buckets again that are kept and do not run. For its own use.
  caf::reacts_to<atom::restart, std::vector<std::string>>,
  // Looks for starts that take too long. For its own use.
  caf::reacts_to<atom::deadline>>;

/// Where a test may make a registry fail.
enum class registry_point {
  started,  ///< The bucket runs, nothing is written.
  logged,   ///< The create event is logged, the entry is not written.
  inserted, ///< The entry is written, no handler has been told.
  erased,   ///< The entry is erased, no handler has been told.
};

/// What a registry works with. Its peers are known by name, because they may be
/// restarted; `parent` says when.
struct registry_options {
  ets::writer<bucket_names> names;
  ets::writer<event_table> events;
  ets::reader<otp::names_table> actors;
  ets::reader<fields_table> strings; ///< Their names are no buckets'.
  caf::strong_actor_ptr parent;
  /// A bucket that has not been started by then is given up.
  std::chrono::milliseconds start_deadline = std::chrono::seconds{5};
  /// While so many messages wait, creates are answered with `ec::overloaded`.
  uint32_t mailbox_limit = 200'000;
  otp::crash_journal_ptr journal = {}; ///< Where crashes of buckets go.
  /// Called at each point; what it throws ends the registry. For tests.
  std::function<void(registry_point)> probe = {};
};

class registry_state {
public:
  using handle_type = registry_actor;

  static constexpr const char* name = "kv.registry";

  static constexpr const char* event_manager_id = "kv.event_manager";

  static constexpr const char* bucket_supervisor_id = "kv.bucket_supervisor";

  registry_state(handle_type::pointer self, registry_options options);

  handle_type::behavior_type make_behavior();

  void show(otp::inspection& out) const;

  uint32_t mailbox_limit() const noexcept {
    return options_.mailbox_limit;
  }

  /// Answers a create without an actor that is not queued.
  static bool refuse(caf::type_erased_tuple& content, const caf::error& reason);

private:
  using clock = std::chrono::steady_clock;

  /// Someone who waits for a create.
  struct waiter {
    completion<bucket_ref> done;
    bool early = false; ///< Does not wait for the event handlers.

    void deliver_when_kept(const bucket_ref& bucket);
  };

  enum class phase {
    ending,   ///< An old bucket of that name has not been reported down yet.
    starting, ///< The bucket supervisor has been, or will be, asked.
    telling,  ///< The entry is written, handlers have not seen the event.
  };

  /// A create on its way.
  struct creation {
    phase now = phase::ending;
    uint64_t number = 0; ///< Of the start, or of the event.
    clock::time_point since;
    std::vector<waiter> waiting;
    bool kept = false;      ///< It has been before, with what is kept of it.
    bool silent = false;    ///< If `kept`: before this process.
    bool ephemeral = false; ///< If `kept`: as before.
    deadline expires{};
  };

  /// Who waits for an event to be told, and for which bucket.
  struct audience {
    bucket_ref bucket;
    std::vector<waiter> waiting;
  };

  // -- recovery
  void redo_untold_events();
  void ask_for_children();
  void stop_orphans(const std::vector<caf::strong_actor_ptr>& children);

  // -- creating
  void create(std::string bucket_name, waiter who);
  void join(const std::string& bucket_name, creation& x, waiter who);
  static void make_lasting(const bucket_entry& x);
  void start(const std::string& bucket_name, creation& x);
  void send_start(const std::string& bucket_name, creation& x);
  void send_starts();
  void on_started(otp::start_result& result);
  void publish(creation& x, bucket_entry entry);
  static void keep(const creation& x, const bucket_entry& entry);
  void insert(creation& x, bucket_entry entry);
  void insert_silently(creation& x, bucket_entry entry);
  void insert_and_claim(bucket_entry entry);
  static void note_what_expires(const bucket_entry& x);
  void claim(const bucket_entry& x);
  void fail(const std::string& bucket_name, const caf::error& reason);
  void sweep();
  void arm();

  // -- what is kept
  void bring_back();
  void load_again(const std::string& bucket_name);
  void load_now(const std::string& bucket_name);
  void on_loaded(const std::string& bucket_name, kept_state now);
  bool was_deleted(const std::string& bucket_name) const;
  void take_over(const bucket_entry& successor);
  void start_fresh(const std::string& bucket_name);
  void on_listed(std::vector<std::string> all);
  void is_back();
  bool restart(const bucket_entry& x, const caf::error& reason);
  bool may_start() const {
    return buckets_ && children_known_ && kept_known_;
  }

  // -- ending
  void on_down(const caf::down_msg& msg);
  void on_bucket_down(const shared_text& bucket_name, const caf::down_msg& msg);
  void go_on_creating(const shared_text& bucket_name);
  void end(const bucket_entry& x);
  void stop(const bucket_actor& bucket);

  // -- telling
  void tell(uint64_t number);
  void tell_feed(uint64_t number) const;
  void on_told(uint64_t number);

  // -- peers
  template <class Handle>
  void find(const char* id);
  template <class Handle>
  void await(const char* id);
  void use(const otp::event_manager_actor& manager);
  void use(const otp::dynamic_supervisor_actor& buckets);

  void probe(registry_point x);

  handle_type::pointer self_;
  registry_options options_;
  otp::registry_entries<bucket_keys> entries_;
  event_log log_;
  otp::supervisor_actor parent_;
  otp::event_manager_actor manager_;
  otp::dynamic_supervisor_actor buckets_;
  bool children_known_ = false;
  bool kept_known_ = true;
  uint64_t coming_back_ = 0; ///< Buckets of before that do not run yet.
  uint64_t sent_ = 0;        ///< Events up to this number may have been told.
  uint64_t starts_ = 0;
  bool armed_ = false;
  boost::unordered_flat_map<std::string, creation> creations_;
  boost::unordered_flat_map<uint64_t, std::string> starting_; ///< By number.
  boost::unordered_flat_map<uint64_t, audience> audiences_;   ///< By event.

  /// How often a bucket has been started again of late.
  struct restarts {
    uint64_t count = 0;
    clock::time_point last;
  };

  boost::unordered_flat_map<std::string, restarts> restarts_;
};

} // namespace kv

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::kept_state)
