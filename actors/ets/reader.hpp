#pragma once

#include "actors/ets/read_operations.hpp"

#include <string_view>
#include <utility>

namespace kv::ets {

/// The right to read a table: see `read_operations`.
template <table T>
class reader : public read_operations<T> {
public:
  /// Refers to no table.
  reader() noexcept = default;

  /// Whoever may write may read.
  reader(const writer<T>& x) noexcept // NOLINT(google-explicit-constructor)
    : read_operations<T>(x.core_) {
    // nop
  }

private:
  using read_operations<T>::read_operations;

  friend class owner<T>;
  template <table U>
  friend reader<U> whereis(std::string_view name);
};

} // namespace kv::ets
