#pragma once

#include "actors/ets/table.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace kv::test {

/// A plain row.
struct entry {
  std::string name;
  int value = 0;

  bool operator==(const entry&) const = default;
};

using entries = ets::set<entry, &entry::name>;

/// Counts its living objects and spoils itself when it dies.
class witness {
public:
  static inline std::atomic<int> alive{0};

  explicit witness(std::uint64_t payload = 0) noexcept
    : payload_(payload), seal_(seal_for(payload)) {
    ++alive;
  }

  witness(const witness& other) noexcept : witness(other.payload()) {
    // nop
  }

  witness& operator=(const witness& other) noexcept {
    payload_.store(other.payload(), std::memory_order_relaxed);
    seal_.store(seal_for(other.payload()), std::memory_order_relaxed);
    return *this;
  }

  ~witness() {
    seal_.store(0, std::memory_order_relaxed);
    --alive;
  }

  std::uint64_t payload() const noexcept {
    return payload_.load(std::memory_order_relaxed);
  }

  /// Whether this is a living object that holds what was put into it.
  bool intact() const noexcept {
    return seal_.load(std::memory_order_relaxed) == seal_for(payload());
  }

private:
  static std::uint64_t seal_for(std::uint64_t x) noexcept {
    return ets::mix(x + 1) | 1;
  }

  // Atomic, so that the checks themselves never race with a planted bug.
  std::atomic<std::uint64_t> payload_;
  std::atomic<std::uint64_t> seal_;
};

/// A row that shows whether it was destroyed at the right time.
struct tracked {
  std::uint64_t key = 0;
  witness value{};

  tracked() = default;

  tracked(std::uint64_t k, std::uint64_t payload) : key(k), value(payload) {
    // nop
  }
};

using tracked_set = ets::set<tracked, &tracked::key>;

/// Runs a function when it is destroyed last.
class at_end {
public:
  at_end() = default;

  template <class F>
  explicit at_end(F f) : run_(std::make_shared<runner<F>>(std::move(f))) {
    // nop
  }

private:
  struct base {
    virtual ~base() = default;
  };

  template <class F>
  struct runner : base {
    explicit runner(F x) : f(std::move(x)) {
      // nop
    }

    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    ~runner() override {
      f();
    }

    F f;
  };

  std::shared_ptr<base> run_;
};

/// A row whose end runs code, as the release of an actor handle does.
struct loaded {
  int key = 0;
  at_end end{};
};

using loaded_set = ets::set<loaded, &loaded::key>;

/// Returns the code that `f` fails with; 0 if it does not.
template <class F>
int code_of(F&& f) {
  try {
    f();
  } catch (const ets::error& e) {
    return static_cast<int>(e.code());
  }
  return 0;
}

inline constexpr int no_such_table = static_cast<int>(ets::errc::no_such_table);
inline constexpr int name_taken = static_cast<int>(ets::errc::name_taken);
inline constexpr int access_denied = static_cast<int>(ets::errc::access_denied);
inline constexpr int wrong_type = static_cast<int>(ets::errc::wrong_type);
inline constexpr int badarg = static_cast<int>(ets::errc::badarg);

} // namespace kv::test
