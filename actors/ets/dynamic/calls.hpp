#pragma once

#include "actors/ets/dynamic/element.hpp"
#include "actors/ets/dynamic/select.hpp"
#include "actors/ets/owner.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The operations of ETS by their names, for one type of table.

namespace kv::ets::dynamic::detail {

inline constexpr const char* end_of_table = "$end_of_table";

/// Returns rows from an array of arrays. Errors: badarg.
std::vector<row> rows_of(const term& xs);

/// Returns a position or a limit. Errors: badarg.
std::size_t size_of(const term& x);

/// Returns what ETS's info says, or one item of it. Errors: badarg.
term describe(const table_info& info, key_at key, const term& args);

template <dynamic_table T>
class calls {
public:
  using table = owner<T>;

  static term insert(const table& t, const term& xs) {
    t.insert(row{xs[0]});
    return true;
  }

  static term insert_many(const table& t, const term& xs) {
    t.insert_many(rows_of(xs[0]));
    return true;
  }

  static term insert_new(const table& t, const term& xs) {
    return t.insert_new(row{xs[0]});
  }

  static term insert_new_many(const table& t, const term& xs) {
    return t.insert_new_many(rows_of(xs[0]));
  }

  static term init_table(const table& t, const term& xs) {
    t.assign(rows_of(xs[0]));
    return true;
  }

  static term lookup(const table& t, const term& xs) {
    auto result = term::array();
    t.visit(xs[0], [&](const row& x) { result.push_back(x.fields()); });
    return result;
  }

  static term member(const table& t, const term& xs) {
    return t.member(xs[0]);
  }

  static term take(const table& t, const term& xs) {
    auto result = term::array();
    const auto found = t.take(xs[0]);
    if constexpr (unique<T>) {
      if (found)
        result.push_back(found->fields());
    } else {
      for (const auto& x : found)
        result.push_back(x.fields());
    }
    return result;
  }

  static term erase(const table& t, const term& xs) {
    t.erase(xs[0]);
    return true;
  }

  static term erase_object(const table& t, const term& xs) {
    t.erase_object(row{xs[0]});
    return true;
  }

  static term clear(const table& t, const term&) {
    t.clear();
    return true;
  }

  static term lookup_element(const table& t, const term& xs) {
    return dynamic::lookup_element(t, xs[0], size_of(xs[1]));
  }

  static term update_counter(const table& t, const term& xs) {
    if constexpr (unique<T>) {
      std::optional<row> otherwise;
      if (xs.size() == 3)
        otherwise.emplace(xs[2]);
      return dynamic::update_counter(t, xs[0], xs[1], otherwise);
    }
    return refuse();
  }

  static term update_element(const table& t, const term& xs) {
    if constexpr (unique<T>)
      return dynamic::update_element(t, xs[0], xs[1]);
    return refuse();
  }

  static term first(const table& t, const term&) {
    return key_or_end(t, t.first());
  }

  static term last(const table& t, const term&) {
    return key_or_end(t, t.last());
  }

  static term next(const table& t, const term& xs) {
    return key_or_end(t, t.next(xs[0]));
  }

  static term prev(const table& t, const term& xs) {
    return key_or_end(t, t.prev(xs[0]));
  }

  static term match(const table& t, const term& xs) {
    return dynamic::select(t, match_spec::match(xs[0]));
  }

  static term match_object(const table& t, const term& xs) {
    return dynamic::select(t, match_spec::match_object(xs[0]));
  }

  static term match_delete(const table& t, const term& xs) {
    dynamic::select_erase(t, match_spec::match_delete(xs[0]));
    return true;
  }

  static term select(const table& t, const term& xs) {
    return dynamic::select(t, match_spec::compile(xs[0]));
  }

  static term select_reverse(const table& t, const term& xs) {
    return dynamic::select_reverse(t, match_spec::compile(xs[0]));
  }

  static term select_count(const table& t, const term& xs) {
    return dynamic::select_count(t, match_spec::compile(xs[0]));
  }

  static term select_delete(const table& t, const term& xs) {
    return dynamic::select_erase(t, match_spec::compile(xs[0]));
  }

  static term select_replace(const table& t, const term& xs) {
    if constexpr (unique<T> || T::kind == kind::duplicate_bag)
      return dynamic::select_replace(t, match_spec::compile(xs[0]));
    return refuse();
  }

  static term to_list(const table& t, const term&) {
    auto result = term::array();
    t.for_each([&](const row& x) { result.push_back(x.fields()); });
    return result;
  }

  static term to_list_reverse(const table& t, const term&) {
    auto result = to_list(t, {});
    std::reverse(result.begin(), result.end());
    return result;
  }

  static term info(const table& t, const term& xs) {
    return describe(t.info(), key_of(t), xs);
  }

  static term rename(const table& t, const term& xs) {
    if (!xs[0].is_string())
      throw error(errc::badarg, "name is not a text");
    t.rename(xs[0].get<std::string>());
    return xs[0];
  }

private:
  static term key_or_end(const table& t, const std::optional<row>& found) {
    return found ? key_of(t)(*found) : term(end_of_table);
  }

  static term refuse() {
    throw error(errc::badarg,
                "not in a table of kind " + std::string{to_string(T::kind)});
  }
};

/// Carries out an operation by its name. Errors: badarg.
template <dynamic_table T>
term call(const owner<T>& table, std::string_view function, const term& args) {
  struct entry {
    std::string_view name;
    std::size_t least;
    std::size_t most;
    term (*call)(const owner<T>& table, const term& args);
  };
  using c = calls<T>;
  static constexpr std::array entries{
    entry{"insert", 1, 1, c::insert},
    entry{"insert_new", 1, 1, c::insert_new},
    entry{"insert_many", 1, 1, c::insert_many},
    entry{"insert_new_many", 1, 1, c::insert_new_many},
    entry{"init_table", 1, 1, c::init_table},
    entry{"lookup", 1, 1, c::lookup},
    entry{"lookup_element", 2, 2, c::lookup_element},
    entry{"member", 1, 1, c::member},
    entry{"take", 1, 1, c::take},
    entry{"delete", 1, 1, c::erase},
    entry{"delete_object", 1, 1, c::erase_object},
    entry{"delete_all_objects", 0, 0, c::clear},
    entry{"update_counter", 2, 3, c::update_counter},
    entry{"update_element", 2, 2, c::update_element},
    entry{"first", 0, 0, c::first},
    entry{"last", 0, 0, c::last},
    entry{"next", 1, 1, c::next},
    entry{"prev", 1, 1, c::prev},
    entry{"match", 1, 1, c::match},
    entry{"match_object", 1, 1, c::match_object},
    entry{"match_delete", 1, 1, c::match_delete},
    entry{"select", 1, 1, c::select},
    entry{"select_reverse", 1, 1, c::select_reverse},
    entry{"select_count", 1, 1, c::select_count},
    entry{"select_delete", 1, 1, c::select_delete},
    entry{"select_replace", 1, 1, c::select_replace},
    entry{"tab2list", 0, 0, c::to_list},
    entry{"foldl", 0, 0, c::to_list},
    entry{"foldr", 0, 0, c::to_list_reverse},
    entry{"info", 0, 1, c::info},
    entry{"rename", 1, 1, c::rename},
  };
  for (const auto& x : entries)
    if (x.name == function) {
      if (!args.is_array() || args.size() < x.least || args.size() > x.most)
        throw error(errc::badarg,
                    std::string{function} + " takes other arguments");
      return x.call(table, args);
    }
  throw error(errc::badarg, "unknown function " + std::string{function});
}

} // namespace kv::ets::dynamic::detail
