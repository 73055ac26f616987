#pragma once

#include "actors/ets/directory.hpp"
#include "actors/ets/writer.hpp"

#include <iosfwd>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace kv::ets {

namespace detail {

template <table T>
core_ptr<typename T::engine> find_table(std::string_view name, access least) {
  auto* core = directory::instance().find(name, typeid(T), least);
  return core_ptr{static_cast<typename T::engine*>(core)};
}

} // namespace detail

/// Returns a reader of the table that is registered as `name`.
///
/// Complexity: constant on average, under the directory's mutex; keep the
/// reader instead of asking again. Thread safety: any thread.
/// Errors: no_such_table; wrong_type if its table type is not `T`;
/// access_denied if it is private.
template <table T>
reader<T> whereis(std::string_view name) {
  return reader<T>(detail::find_table<T>(name, access::protected_));
}

/// Returns a writer of the table that is registered as `name`; otherwise as
/// `whereis`. Errors: also access_denied if it is not public.
template <table T>
writer<T> whereis_writer(std::string_view name) {
  return writer<T>(detail::find_table<T>(name, access::public_));
}

/// Describes all tables with a registered name, in no particular order: not at
/// one moment, but each as `info` does.
///
/// Complexity: as info of each. Thread safety: any thread.
/// Errors: std::bad_alloc.
inline std::vector<table_info> all() {
  return detail::directory::instance().all();
}

/// Writes what `all` describes, a line a table: ETS's i/0.
/// Complexity, thread safety, errors: as all; those of the stream.
void list_tables(std::ostream& out);

} // namespace kv::ets
