// Threads that visit often pin themselves without a fence: what they see must
// live as long as ever, and what they do not must not wait for them.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <semaphore>
#include <thread>

using namespace kv;
using namespace kv::test;

namespace {

void visit_often(const ets::reader<tracked_set>& table) {
  for (std::uint32_t i = 0; i < 2 * ets::detail::pins_until_bias; ++i)
    table.member(1);
}

bool biased() {
  return ets::detail::this_record->bias.load() != ets::detail::idle_epoch;
}

} // namespace

TEST_CASE("a biased thread outside a visit keeps no row") {
  ets::owner<tracked_set> table;
  table.insert({1, 1});
  std::binary_semaphore ready{0};
  std::binary_semaphore done{0};
  std::thread reader{[&] {
    visit_often(table.reader());
    ready.release();
    done.acquire();
  }};
  ready.acquire();
  table.insert({1, 2});
  CHECK(table.info().retired == 0);
  CHECK(witness::alive == 1);
  done.release();
  reader.join();
}

TEST_CASE("a biased thread keeps what it visits") {
  ets::owner<tracked_set> table;
  table.insert({1, 1});
  std::binary_semaphore ready{0};
  std::binary_semaphore done{0};
  bool was_biased = false;
  bool intact = false;
  std::thread reader{[&] {
    visit_often(table.reader());
    was_biased = biased();
    table.visit(1, [&](const tracked& x) {
      ready.release();
      done.acquire();
      intact = x.value.intact() && x.value.payload() == 1;
    });
  }};
  ready.acquire();
  for (std::uint64_t i = 2; i < 100; ++i)
    table.insert({1, i});
  CHECK(witness::alive >= 2);
  done.release();
  reader.join();
  CHECK(intact);
  INFO("threads are biased where the system can undo it");
#if !defined(__SANITIZE_THREAD__)
  CHECK(was_biased);
#endif
  table.insert({1, 100});
  table.insert({1, 101});
  CHECK(table.info().retired == 0);
}

TEST_CASE("biased threads and writers meet all the time") {
  ets::owner<tracked_set> table;
  for (std::uint64_t i = 0; i < 16; ++i)
    table.insert({i, 0});
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> biases{0};
  std::thread readers[2];
  for (auto& reader : readers)
    reader = std::thread{[&] {
      const auto all = table.reader();
      for (std::uint64_t i = 0; !stop; ++i) {
        all.visit(i % 16,
                  [&](const tracked& x) { wrong += !x.value.intact(); });
        if (i % 4096 == 0)
          biases += biased();
      }
    }};
  // Pauses between the writes let the readers be biased again.
  for (std::uint64_t i = 0; i < 2000; ++i) {
    table.insert({i % 16, i});
    const auto seen = biases.load();
    for (int k = 0; k < 100 && biases == seen && i % 8 == 0; ++k)
      std::this_thread::yield();
  }
  stop = true;
  for (auto& reader : readers)
    reader.join();
  CHECK(wrong == 0);
}
