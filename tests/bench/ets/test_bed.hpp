#pragma once

#include "tests/bench/ets/grid.hpp"
#include "tests/bench/ets/subject.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace kv::bench {

/// The maps that cases run on, and the keys that they ask for. A map is filled
/// for its first case and kept until one of another size is wanted.
class test_bed {
public:
  test_bed();

  /// The table first, then the peers.
  const std::vector<contender>& contenders() const noexcept {
    return contenders_;
  }

  /// Makes the maps of a case.
  static const subject_maker& maker(const cell_of_grid& x,
                                    const contender& side) noexcept;

  /// The map of a side with all rows of a case.
  subject& filled(const cell_of_grid& x, const contender& side);

  /// Ends all maps.
  void clear() {
    subjects_.clear();
  }

  /// The keys that threads draw in a case, the same for every side.
  const std::vector<std::vector<std::string>>& orders(const cell_of_grid& x);

private:
  std::vector<contender> contenders_;
  std::map<std::string, std::unique_ptr<subject>> subjects_;
  std::string subjects_of_;
  std::string orders_of_;
  std::vector<std::vector<std::string>> orders_;
};

} // namespace kv::bench
