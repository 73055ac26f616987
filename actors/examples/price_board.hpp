#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/error.hpp"
#include "actors/ets/table.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <string>

namespace kv::examples {

/// What something costs.
struct price {
  std::string article;
  int64_t cents = 0;
};

using price_table = ets::set<price, &price::article>;

/// A PRICE BOARD is the only writer of a table that other actors read without a
/// message. They find it by its name, `price_board_state::table_name`.
using price_board_actor = caf::typed_actor<
  // Sets a price.
  caf::replies_to<atom::put, std::string, int64_t>::with<caf::ok_atom>>;

class price_board_state {
public:
  using handle_type = price_board_actor;

  static constexpr const char* name = "examples.price_board";

  static constexpr const char* table_name = "examples.prices";

  explicit price_board_state(handle_type::pointer) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::put, std::string& article, int64_t cents) {
        prices_.insert({std::move(article), cents});
        return caf::ok_atom_v;
      },
    };
  }

private:
  ets::owner<price_table> prices_{{.name = table_name}};
};

/// A CASHIER adds up what articles cost, from the table of a price board.
using cashier_actor = caf::typed_actor<
  // Adds an article and returns the new total.
  // Errors: badarg if it has no price.
  caf::replies_to<atom::put, std::string>::with<int64_t>>;

class cashier_state {
public:
  using handle_type = cashier_actor;

  static constexpr const char* name = "examples.cashier";

  explicit cashier_state(handle_type::pointer) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::put, const std::string& article) { return add(article); },
    };
  }

private:
  caf::result<int64_t> add(const std::string& article) {
    // By name each time: the board may have been restarted.
    auto prices = ets::whereis<price_table>(price_board_state::table_name);
    auto row = prices ? prices.lookup(article) : std::nullopt;
    if (!row)
      return caf::make_error(ec::badarg, "no price: " + article);
    return total_ += row->cents;
  }

  int64_t total_ = 0;
};

} // namespace kv::examples
