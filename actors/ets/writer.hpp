#pragma once

#include "actors/ets/reader.hpp"
#include "actors/ets/write_operations.hpp"

#include <string_view>

namespace kv::ets {

/// The right to read and write a table: see `write_operations`.
template <table T>
class writer : public write_operations<T> {
public:
  /// Writes to no table.
  writer() noexcept = default;

private:
  using write_operations<T>::write_operations;

  friend class reader<T>;
  friend class owner<T>;
  template <table U>
  friend writer<U> whereis_writer(std::string_view name);
};

} // namespace kv::ets
