#pragma once

#include "tests/ets/history.hpp"
#include "tests/ets/threads.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

namespace kv::test {

/// How a history is made.
struct workload {
  int threads = 4;
  int calls = 10'000; ///< of all threads
  std::uint64_t keys = 200;
  std::uint64_t hot_keys = 4; ///< which half of the calls are about
  std::uint64_t seed = 0;
};

/// Has threads call a table at random and writes down what they saw. `Table`
/// has a function for each kind of call:
///
///     lookup(key), take(key) -> value; insert(key, value);
///     insert_new(key, value), erase(key), exchange_if(key, old, value) ->
///     bool; add(key, n) -> value
template <class Table>
class history_recorder {
public:
  history_recorder(Table& table, const workload& how)
    : table_(table),
      how_(how),
      calls_(how.keys, std::vector<thread_calls>(
                         static_cast<std::size_t>(how.threads) + 1)) {
    // nop
  }

  /// Returns how many keys have a history that no table could have made.
  std::size_t run() {
    run_threads(how_.threads, [this](int i) { work(i); });
    for (std::uint64_t key = 0; key < how_.keys; ++key) // what is left
      record(static_cast<std::size_t>(how_.threads), key,
             {.what = call::kind::lookup});
    return static_cast<std::size_t>(
      std::count_if(calls_.begin(), calls_.end(),
                    [](const auto& x) { return !is_linearizable(x); }));
  }

private:
  void work(int id) {
    std::mt19937_64 random{how_.seed * 1000 + static_cast<unsigned>(id)};
    const auto calls = how_.calls / how_.threads;
    for (int i = 0; i < calls; ++i) {
      // The table grows and shrinks in turn.
      const bool growing = i * 8 / calls % 2 == 0;
      const auto range = random() % 2 == 0 ? how_.hot_keys : how_.keys;
      const auto key = random() % range;
      // Few values, so that they come again.
      const auto value = 1 + random() % 4;
      record(static_cast<std::size_t>(id), key,
             {.what = choose(random() % 100, growing),
              .arg = value,
              .other = 1 + random() % 4});
    }
  }

  static call::kind choose(std::uint64_t way, bool growing) {
    using kind = call::kind;
    if (way < 30)
      return kind::lookup;
    if (way < 40)
      return kind::add;
    if (way < 50)
      return kind::exchange_if;
    if (growing)
      return way < 65   ? kind::insert
             : way < 85 ? kind::insert_new
             : way < 93 ? kind::erase
                        : kind::take;
    return way < 57   ? kind::insert
           : way < 63 ? kind::insert_new
           : way < 83 ? kind::erase
                      : kind::take;
  }

  void record(std::size_t thread, std::uint64_t key, call x) {
    x.begin = clock_.fetch_add(1);
    x.result = ask(key, x);
    x.end = clock_.fetch_add(1);
    calls_[key][thread].push_back(x);
  }

  std::uint64_t ask(std::uint64_t key, const call& x) {
    using kind = call::kind;
    switch (x.what) {
      case kind::lookup:
        return table_.lookup(key);
      case kind::insert:
        table_.insert(key, x.arg);
        return 0;
      case kind::insert_new:
        return table_.insert_new(key, x.arg) ? 1 : 0;
      case kind::erase:
        return table_.erase(key) ? 1 : 0;
      case kind::take:
        return table_.take(key);
      case kind::add:
        return table_.add(key, x.arg);
      case kind::exchange_if:
        return table_.exchange_if(key, x.arg, x.other) ? 1 : 0;
    }
    return 0;
  }

  Table& table_;
  workload how_;
  std::vector<std::vector<thread_calls>> calls_; // by key and thread
  std::atomic<std::uint64_t> clock_{0};
};

} // namespace kv::test
