#pragma once

#include "tests/bench/ets/data.hpp"

#include <cstddef>
#include <string>
#include <string_view>
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

/// All cases.
class grid {
public:
  grid();

  const std::vector<cell_of_grid>& cells() const noexcept {
    return cells_;
  }

private:
  void add(std::string bench, std::string name, std::size_t rows,
           unsigned threads, distribution how = distribution::uniform);
  void add_reads(const std::string& rows, std::size_t n);
  void add_ordered(const std::string& rows, std::size_t n);

  std::vector<cell_of_grid> cells_;
};

} // namespace kv::bench
