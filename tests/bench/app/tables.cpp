// Reads without a message: names of buckets, values of a bucket.

#include "tests/bench/app/harness.hpp"

#include <array>
#include <memory>
#include <random>
#include <stdexcept>

namespace kv::bench {

namespace {

/// A names table with real buckets, and two orders to read it in.
struct names_fixture {
  explicit names_fixture(size_t rows) {
    for (size_t i = 0; i < rows; ++i)
      app.client.create(bucket_name(i));
    std::mt19937_64 random{rows};
    for (auto& order : orders)
      for (size_t i = 0; i < 500'000; ++i)
        order.push_back(bucket_name(random() % rows));
  }

  running_application app;
  std::array<std::vector<std::string>, 2> orders;
};

/// Runs `look(name)` for all names of the orders.
template <class F>
double
lookup_names(names_fixture& fixture, size_t rows, unsigned threads, F look) {
  auto rounds = rows > 10'000 ? 1U : 10U;
  auto seconds = parallel(threads, [&](unsigned i) {
    for (unsigned round = 0; round < rounds; ++round)
      for (auto& name : fixture.orders[i])
        if (!look(name))
          throw std::logic_error("a name is missing");
  });
  return mops(threads * rounds * fixture.orders[0].size(), seconds);
}

/// Makes the application once for all rounds: a million buckets take seconds.
template <class F>
measurement lookup_measurement(const std::string& bench, size_t rows,
                               unsigned threads, F look) {
  auto fixture = std::make_shared<std::unique_ptr<names_fixture>>();
  auto name = (rows == 1'000 ? "1k.t" : "1m.t") + std::to_string(threads);
  return {bench,
          name,
          "Mops/s",
          "lookup " + name,
          "ets",
          [=] {
            if (!*fixture)
              *fixture = std::make_unique<names_fixture>(rows);
            const auto& names = (*fixture)->app.client.names();
            return lookup_names(**fixture, rows, threads,
                                [&](const std::string& x) {
                                  return look(names, x);
                                });
          },
          {},
          [=] { fixture->reset(); }};
}

double get_fields(unsigned threads) {
  running_application app;
  auto bucket = app.client.create("bucket");
  std::vector<std::string> keys;
  for (int i = 1; i <= 8; ++i)
    bucket.put("key-" + std::to_string(i), "value-" + std::to_string(i));
  std::mt19937_64 random{1};
  for (int i = 0; i < 1000; ++i)
    keys.push_back("key-" + std::to_string(random() % 8 + 1));
  constexpr size_t rounds = 5000;
  auto seconds = parallel(threads, [&](unsigned) {
    for (size_t round = 0; round < rounds; ++round)
      for (auto& key : keys)
        if (!bucket.get(key))
          throw std::logic_error("a field is missing");
  });
  return mops(threads * rounds * keys.size(), seconds);
}

} // namespace

std::vector<measurement> table_measurements() {
  std::vector<measurement> result;
  using names = ets::reader<bucket_names>;
  auto in_place = [](const names& all, const std::string& x) {
    return visit(all, x, [](const bucket_ref&) {});
  };
  auto handle = [](const names& all, const std::string& x) {
    return kv::lookup(all, x).has_value();
  };
  for (size_t rows : {size_t{1'000}, size_t{1'000'000}})
    for (unsigned threads : {1U, 2U}) {
      result.push_back(lookup_measurement("lookup", rows, threads, in_place));
      result.push_back(
        lookup_measurement("lookup_handle", rows, threads, handle));
    }
  for (unsigned threads : {1U, 2U}) {
    auto name = "table.t" + std::to_string(threads);
    result.push_back({"get", name, "Mops/s", "get " + name, "ets",
                      [=] { return get_fields(threads); }});
  }
  return result;
}

} // namespace kv::bench
