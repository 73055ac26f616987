#pragma once

#include "tests/bench/ets/test_bed.hpp"

#include <optional>

namespace kv::bench {

/// Measures the cases of a grid.
class measurer {
public:
  explicit measurer(test_bed& bed) : bed_(bed) {
    // nop
  }

  /// Measures once; nothing if that side cannot do it.
  std::optional<double> measure(const cell_of_grid& x, const contender& side);

private:
  double measure_reads(const cell_of_grid& x, const contender& side);
  double measure_ranges(const cell_of_grid& x, const contender& side);
  static double measure_life(const cell_of_grid& x, const contender& side);
  double measure_fold(const cell_of_grid& x, const contender& side);
  double measure_latency(const cell_of_grid& x, const contender& side);
  double measure_memory(const cell_of_grid& x, const contender& side);
  double measure_counter(const cell_of_grid& x, const contender& side);

  test_bed& bed_;
};

} // namespace kv::bench
