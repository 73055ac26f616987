#pragma once

#include "tests/bench/ets/subject.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kv::bench {

/// One row of the results: what is measured, and in which case.
struct cell_of_grid {
  std::string bench;
  std::string name; ///< rows.distribution.threads
  std::string unit;
  std::size_t rows;
  distribution how;
  unsigned threads;
  bool blobs = false;
  bool ordered = false;
  std::string_view prefix{}; ///< Of every key.
  bool erlang = true;        ///< Whether Erlang is a peer.
  bool full_only = false;    ///< Whether it runs only if it is asked for.
};

/// All cases, and the maps they run on. A map is filled for its first case and
/// kept until one of another size is wanted.
class grid {
public:
  grid();

  const std::vector<cell_of_grid>& cells() const noexcept {
    return cells_;
  }

  /// The table first, then the peers.
  const std::vector<contender>& contenders() const noexcept {
    return contenders_;
  }

  /// Measures once; nothing if that side cannot do it.
  std::optional<double> measure(const cell_of_grid& x, const contender& side);

private:
  void add(std::string bench, std::string name, std::size_t rows,
           unsigned threads, distribution how = distribution::uniform);
  void add_reads(const std::string& rows, std::size_t n);
  void add_ordered(const std::string& rows, std::size_t n);

  subject& filled(const cell_of_grid& x, const contender& side);
  double measure_reads(const cell_of_grid& x, const contender& side);
  double measure_ranges(const cell_of_grid& x, const contender& side);
  double measure_life(const cell_of_grid& x, const contender& side);
  double measure_fold(const cell_of_grid& x, const contender& side);
  double measure_latency(const cell_of_grid& x, const contender& side);
  double measure_memory(const cell_of_grid& x, const contender& side);
  double measure_counter(const cell_of_grid& x, const contender& side);

  /// The keys that threads draw in a case, the same for every side.
  const std::vector<std::vector<std::string>>& orders(const cell_of_grid& x);

  std::vector<cell_of_grid> cells_;
  std::vector<contender> contenders_;
  std::map<std::string, std::unique_ptr<subject>> subjects_;
  std::string subjects_of_;
  std::string orders_of_;
  std::vector<std::vector<std::string>> orders_;
};

} // namespace kv::bench
