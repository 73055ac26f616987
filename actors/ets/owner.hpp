#pragma once

#include "actors/ets/writer.hpp"

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
      (*this->core_).register_name(std::move(how.name), typeid(T));
  }

  owner(owner&& other) noexcept : base(std::move(other.core_)) {
    // nop
  }

  owner& operator=(owner&& other) noexcept {
    if (this != &other) {
      close();
      this->core_ = std::move(other.core_);
    }
    return *this;
  }

  ~owner() {
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

  /// Ends the table: frees its name, lets every handle say so, waits until the
  /// visits under way on other threads have left, and destroys the rows. Inside
  /// a visit the last two happen when this thread's outermost visit ends.
  void close() noexcept {
    // Emptied first: destroying the rows may lead back here.
    if (const auto core = std::exchange(this->core_, {}); core.get() != nullptr)
      core.get()->close();
  }

private:
  void check_shared() const {
    if ((*this->core_).access() == access::private_)
      throw error(errc::access_denied);
  }
};

} // namespace kv::ets
