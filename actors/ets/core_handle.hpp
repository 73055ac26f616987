#pragma once

#include "actors/ets/kinds.hpp"

#include <cstdint>
#include <utility>

namespace kv::ets {

template <table T>
class reader;
template <table T>
class writer;
template <table T>
class owner;
template <table T>
class core_handle;

namespace detail {

template <table T>
typename T::engine& engine_of(const core_handle<T>& handle);

} // namespace detail

/// What refers to a table: the part that every handle has.
///
/// A handle is one pointer and cheap to copy (one atomic increment). It keeps
/// the table's identity alive, not its rows: once the owner is gone, every
/// operation throws. A default-constructed handle refers to no table.
template <table T>
class core_handle {
public:
  using table_type = T;
  using row = typename T::row;
  using key_view = typename T::key_view;
  using lookup_result = typename T::lookup_result;

  /// Returns whether the table is open, by one acquire load: once the owner is
  /// gone this is false for ever. False for an empty handle.
  bool is_open() const noexcept {
    return core_.get() != nullptr && core_.get()->is_open();
  }

  /// The same as is_open().
  explicit operator bool() const noexcept {
    return is_open();
  }

  /// Returns the table's id, unique in this process and never used again;
  /// closed tables keep theirs. 0 for an empty handle.
  std::uint64_t id() const noexcept {
    return core_.get() != nullptr ? core_.get()->id() : 0;
  }

  /// Whether both refer to the same table, or both to none.
  friend bool operator==(const core_handle& x, const core_handle& y) noexcept {
    return x.core_.get() == y.core_.get();
  }

protected:
  using engine = typename T::engine;
  using core_ptr = detail::core_ptr<engine>;

  core_handle() noexcept = default;
  core_handle(const core_handle&) noexcept = default;
  core_handle(core_handle&&) noexcept = default;
  core_handle& operator=(const core_handle&) noexcept = default;
  core_handle& operator=(core_handle&&) noexcept = default;
  ~core_handle() = default;

  explicit core_handle(core_ptr core) noexcept : core_(std::move(core)) {
    // nop
  }

  /// Errors: no_such_table if the handle is empty.
  engine& core() const {
    return *core_;
  }

  core_ptr core_; // NOLINT(*-member-variables-*)

private:
  friend class reader<T>;
  template <table U>
  friend typename U::engine& detail::engine_of(const core_handle<U>& handle);
};

namespace detail {

/// Returns the engine of a handle's table.
/// Errors: no_such_table if the handle is empty.
template <table T>
typename T::engine& engine_of(const core_handle<T>& handle) {
  return handle.core();
}

} // namespace detail

} // namespace kv::ets
