#pragma once

#include "actors/ets/accounting.hpp"
#include "actors/ets/byte_lock.hpp"
#include "actors/ets/error.hpp"
#include "actors/ets/options.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace kv::ets::detail {

class core_base;

/// Set before the first table is made.
inline constinit std::uint64_t process_seed = 0;

/// The seed of table `id` is process_seed ^ id * seed_step; that can be undone.
inline constexpr std::uint64_t seed_step = 0x9e3779b97f4a7c15ULL;
inline constexpr std::uint64_t seed_step_inverse = 0xf1de83e19937733dULL;
static_assert(seed_step * seed_step_inverse == 1);

/// What a table's type is to those who do not know it.
struct type_entry {
  const std::type_info& id;
  /// Describes a table of this type. Errors: no_such_table if it is closed.
  table_info (*info)(const core_base& core);
  /// Gives a reference back.
  void (*unref)(core_base* core) noexcept;
};

/// What only a table with a name or an heir needs; the directory guards it.
struct name_entry {
  std::string name;
  const type_entry* type = nullptr;
  core_base* core = nullptr;
  bool registered = false;
  std::function<void(core_base*)> heir{};
};

/// What tables of every kind have: the count of handles, the writers' lock, the
/// name, and the two pieces of work that may have to wait for the end of a
/// visit, namely sweeping and draining.
class core_base : counted_part {
public:
  core_base(const core_base&) = delete;
  core_base& operator=(const core_base&) = delete;

  std::uint64_t id() const noexcept {
    return (seed_ ^ process_seed) * seed_step_inverse;
  }

  ets::access access() const noexcept {
    return access_.load(std::memory_order_relaxed);
  }

  void set_access(ets::access access) noexcept {
    access_.store(access, std::memory_order_relaxed);
  }

  bool is_open() const noexcept {
    return !closed_.load(std::memory_order_acquire);
  }

  /// Throws no_such_table if the table is closed. Inside a visit the load must
  /// be seq_cst: what is destroyed after closing relies on it.
  [[gnu::always_inline]] void check_open() const {
    if (closed_.load()) [[unlikely]]
      throw_closed();
  }

  void ref() noexcept {
    refs_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Returns true for the last one.
  bool unref() noexcept {
    return refs_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  /// Registers the table. Errors: name_taken.
  void register_name(std::string name, const type_entry& type);

  /// Gives the table another name, which is registered if the old one was.
  /// Errors: no_such_table; name_taken.
  void rename(std::string name);

  /// Says who gets the table when its owner ends; an empty function: nobody.
  void set_heir(std::function<void(core_base*)> heir);

  /// Returns the heir, who is one no longer.
  std::function<void(core_base*)> take_heir() noexcept;

protected:
  explicit core_base(ets::access access);
  ~core_base();

  /// The seed of this table's hash.
  std::uint64_t seed() const noexcept {
    return seed_;
  }

  /// Closes for everyone and frees the name.
  void shut() noexcept;

  /// Has `sweep` run at the end of this thread's outermost visit.
  void sweep_later(void (*sweep)(core_base*) noexcept) noexcept;

  /// Lets the next sweep_later count.
  void sweep_started() noexcept {
    sweep_queued_.store(false, std::memory_order_relaxed);
  }

  /// Runs `drain` once this thread is outside any visit and all readers that
  /// may have seen the table open have left.
  void after_readers(void (*drain)(core_base*) noexcept) noexcept;

  /// The part of info() that does not depend on the kind.
  table_info base_info() const;

  mutable byte_lock lock_; // NOLINT(*-member-variables-*)

private:
  [[noreturn]] static void throw_closed();

  name_entry& entry();

  std::atomic<bool> closed_{false};
  std::atomic<ets::access> access_;
  std::atomic<bool> sweep_queued_{false};
  std::atomic<std::uint32_t> refs_{1};
  std::atomic<name_entry*> named_{nullptr};
  std::uint64_t seed_;
};

/// The class of a whole engine: what is derived from `Engine`, if anything is.
template <class Engine, class Final>
using final_engine = std::conditional_t<std::is_void_v<Final>, Engine, Final>;

/// A counted pointer to the core of a table.
template <class Core>
class core_ptr {
public:
  core_ptr() noexcept = default;

  /// Takes over one reference.
  explicit core_ptr(Core* core) noexcept : core_(core) {
    // nop
  }

  core_ptr(const core_ptr& other) noexcept : core_(other.core_) {
    if (core_ != nullptr)
      core_->ref();
  }

  core_ptr(core_ptr&& other) noexcept
    : core_(std::exchange(other.core_, nullptr)) {
    // nop
  }

  core_ptr& operator=(core_ptr other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }

  ~core_ptr() {
    if (core_ != nullptr && core_->unref())
      delete core_;
  }

  Core* get() const noexcept {
    return core_;
  }

  /// Errors: no_such_table if empty.
  Core& operator*() const {
    if (core_ == nullptr)
      throw error(errc::no_such_table, "empty handle");
    return *core_;
  }

private:
  Core* core_ = nullptr;
};

} // namespace kv::ets::detail
