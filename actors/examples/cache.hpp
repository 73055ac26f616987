#pragma once

#include "actors/base/atoms.hpp"
#include "actors/ets/expiring.hpp"
#include "actors/ets/table.hpp"
#include "actors/kv/bucket.hpp" // optional_bytes in messages

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace kv::examples {

/// A CACHE forgets what is older than its time to live. An entry is gone the
/// moment its time has come; a timer only gives back the memory.
using cache_actor = caf::typed_actor<
  // Keeps a value.
  caf::replies_to<atom::put, std::string, std::string>::with<caf::ok_atom>,
  // Returns a value, if it is still fresh.
  caf::replies_to<atom::get, std::string>::with<optional_bytes>,
  // Returns how many entries take memory.
  caf::replies_to<atom::size>::with<uint64_t>,
  // Gives back what has expired. For its own use.
  caf::reacts_to<atom::deadline>>;

/// @tparam Clock That of the deadlines; a test brings one that it moves.
template <class Clock>
class basic_cache_state {
public:
  using handle_type = cache_actor;

  static constexpr const char* name = "examples.cache";

  static constexpr size_t rows_per_step = 1000;

  explicit basic_cache_state(handle_type::pointer self,
                             std::chrono::milliseconds time_to_live
                             = std::chrono::minutes{1})
    : self_(self), time_to_live_(time_to_live) {
    wake_later();
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::put, std::string& key, std::string& value) {
        rows_.insert(
          {std::move(key), std::move(value), deadline::in(time_to_live_)});
        return caf::ok_atom_v;
      },
      [this](atom::get, const std::string& key) {
        optional_bytes result;
        rows_.visit(key, [&](const row& x) { result = x.value; });
        return result;
      },
      [this](atom::size) { return uint64_t{rows_.size()}; },
      [this](atom::deadline) {
        sweeper_.step(rows_per_step);
        wake_later();
      },
    };
  }

private:
  using deadline = ets::basic_deadline<Clock>;

  struct row {
    std::string key;
    std::string value;
    deadline end;
  };

  using table = ets::expiring<ets::set<row, &row::key>, &row::end>;

  void wake_later() {
    self_->delayed_send(self_, time_to_live_, atom::deadline_v);
  }

  handle_type::pointer self_;
  std::chrono::milliseconds time_to_live_;
  ets::owner<table> rows_;
  ets::sweeper<table> sweeper_{rows_};
};

using cache_state = basic_cache_state<std::chrono::steady_clock>;

} // namespace kv::examples
