#pragma once

#include "actors/kv/readers.hpp"
#include "actors/kv/strings.hpp"
#include "actors/otp/names.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstddef>

namespace kv {

/// The EXPIRY actor gives back what has expired: nobody sees that any more, but
/// it takes memory, and watches and listeners want to know. It has the only
/// timer, and has the tables' own actors sweep in steps.
using expiry_actor = caf::typed_actor<
  // Looks at what is due. For its own use.
  caf::reacts_to<atom::deadline>>;

class expiry_state {
public:
  using handle_type = expiry_actor;

  static constexpr const char* name = "kv.expiry";

  /// It does not wake more often than this.
  static constexpr std::chrono::milliseconds tick{100};

  /// Rows that an actor looks at in one step.
  static constexpr size_t rows_per_step = 1000;

  /// Tables that are looked at in one turn.
  static constexpr size_t items_per_turn = 256;

  expiry_state(handle_type::pointer self, name_readers names,
               ets::reader<otp::names_table> actors);

  ~expiry_state();

  handle_type::behavior_type make_behavior();

private:
  void look();
  void arm();

  handle_type::pointer self_;
  name_readers names_;
  ets::reader<otp::names_table> actors_;
  deadline armed_; ///< The timer that fires first; never: none.
};

} // namespace kv
