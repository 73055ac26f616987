#include "tests/bench/ets/test_bed.hpp"

namespace kv::bench {

namespace {

constexpr std::size_t million = 1'000'000;

} // namespace

test_bed::test_bed()
  : contenders_{kv_contender(),     boost_contender(), tbb_contender(),
                cuckoo_contender(), cds_contender(),   flat_contender(),
                absl_contender(),   btree_contender(), array_contender()} {
  // nop
}

const subject_maker& test_bed::maker(const cell_of_grid& x,
                                     const contender& side) noexcept {
  if (x.bench == "counter")
    return side.counters;
  if (x.ordered)
    return side.ordered;
  return x.blobs ? side.blobs : side.handles;
}

subject& test_bed::filled(const cell_of_grid& x, const contender& side) {
  const auto name = std::to_string(x.rows) + (x.blobs ? "blobs" : "")
                    + (x.ordered ? "ordered" : "") + std::string{x.prefix};
  if (name != subjects_of_)
    subjects_.clear();
  subjects_of_ = name;
  auto& result = subjects_[side.name];
  if (!result) {
    result = maker(x, side)(x.rows);
    result->fill(0, x.rows, x.prefix);
  }
  return *result;
}

const std::vector<std::vector<std::string>>&
test_bed::orders(const cell_of_grid& x) {
  const bool misses = x.bench == "miss";
  const auto name = std::to_string(x.rows) + std::to_string(int(x.how))
                    + (misses ? "miss" : "") + std::string{x.prefix};
  if (name != orders_of_) {
    orders_of_ = name;
    orders_.clear();
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      orders_.push_back(draw_keys(misses ? 20 * million : 0, x.rows, x.how,
                                  x.rows < million ? 100'000 : 500'000,
                                  thread + 1));
      for (auto& key : orders_.back())
        key.insert(0, x.prefix);
    }
  }
  return orders_;
}

} // namespace kv::bench
