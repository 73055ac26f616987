#pragma once

#include "actors/ets/writer.hpp"

#include <concepts>
#include <string>
#include <typeinfo>
#include <utility>

namespace kv::ets {

/// A table, and the right to do anything with it. The table lives as long as
/// its owner; moving the owner gives the table away.
///
/// Thread safety: the operations of a writer from any thread; construction,
/// moving, closing and destruction by one thread at a time.
/// Errors: as `writer`; an owner that was moved from or closed is empty.
template <table T>
class owner : public write_operations<T> {
  using base = write_operations<T>;

public:
  using key_fn = typename T::key_fn;

  /// Makes an empty table. An unnamed one takes 64 bytes and the key function.
  /// Errors: name_taken.
  explicit owner(options how = {}, key_fn key = {})
    : base(typename base::core_ptr{
      new typename T::engine(how.access, std::move(key))}) {
    if (!how.name.empty())
      this->core().register_name(std::move(how.name), type);
  }

  owner(owner&& other) noexcept : base(std::move(other.core_)) {
    // nop
  }

  owner& operator=(owner&& other) noexcept {
    if (this != &other) {
      owner old{std::move(*this)};
      this->core_ = std::move(other.core_);
    }
    return *this;
  }

  /// Hands the table to its heir or, without one, closes it.
  ~owner() {
    if (this->core_.get() == nullptr)
      return;
    if (auto heir = this->core_.get()->take_heir()) {
      try {
        heir(this->core_.get());
        return;
      } catch (...) {
        // An heir that fails does not get the table.
      }
    }
    close();
  }

  /// Returns the right to read.
  /// Errors: access_denied if the table is private.
  ets::reader<T> reader() const {
    check_shared();
    return ets::reader<T>(this->core_);
  }

  /// Returns the right to write.
  /// Errors: access_denied if the table is private.
  ets::writer<T> writer() const {
    check_shared();
    return ets::writer<T>(this->core_);
  }

  /// Gives the table another name; one that was found by its name is then found
  /// by the new one only. Handles stay good. Errors: no_such_table; name_taken.
  void rename(std::string name) const {
    this->core().rename(std::move(name));
  }

  /// Changes who may get a handle from now on. Errors: no_such_table.
  void set_access(access how) const {
    this->core().check_open();
    this->core().set_access(how);
  }

  /// Has heir(owner) called with the table when its owner is destroyed: before
  /// the destructor returns, on its thread. The new owner has no heir. Moving
  /// the owner keeps the heir, closing the table forgets it. An heir that
  /// throws does not get the table. Errors: no_such_table.
  template <std::invocable<owner> Heir>
  void set_heir(Heir heir) const {
    this->core().set_heir(
      [heir = std::move(heir)](detail::core_base* core) mutable {
        core->ref();
        heir(owner{core_ptr{static_cast<engine*>(core)}});
      });
  }

  /// Lets the table end with its owner. Errors: no_such_table.
  void clear_heir() const {
    this->core().set_heir({});
  }

  /// Ends the table: frees its name, lets every handle say so, waits until the
  /// visits under way on other threads have left, and destroys the rows. Inside
  /// a visit the last two happen when this thread's outermost visit ends.
  void close() noexcept {
    // Emptied first: destroying the rows may lead back here.
    if (const auto core = std::exchange(this->core_, {}); core.get() != nullptr)
      core.get()->close();
  }

private:
  using typename base::core_ptr;
  using typename base::engine;

  static constexpr detail::type_entry type{
    typeid(T),
    [](const detail::core_base& core) {
      auto result = static_cast<const engine&>(core).info();
      result.kind = T::kind;
      return result;
    },
    [](detail::core_base* core) noexcept {
      core_ptr{static_cast<engine*>(core)};
    }};

  explicit owner(core_ptr core) noexcept : base(std::move(core)) {
    // nop
  }

  void check_shared() const {
    if (this->core().access() == access::private_)
      throw error(errc::access_denied);
  }
};

} // namespace kv::ets
