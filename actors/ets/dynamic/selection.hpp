#pragma once

#include "actors/ets/dynamic/any_table.hpp"
#include "actors/ets/dynamic/select.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace kv::ets::dynamic::detail {

/// A selection of rows with certain keys only: they were looked up at once.
class known_selection : public selection {
public:
  explicit known_selection(std::vector<term> all) : rest_(std::move(all)) {
    // nop
  }

  std::vector<term> next(std::size_t limit) override {
    if (limit == 0)
      throw error(errc::badarg, "limit is 0");
    const auto n = static_cast<std::ptrdiff_t>(std::min(limit, rest_.size()));
    std::vector<term> result(rest_.begin(), rest_.begin() + n);
    rest_.erase(rest_.begin(), rest_.begin() + n);
    return result;
  }

  bool done() const noexcept override {
    return rest_.empty();
  }

private:
  std::vector<term> rest_;
};

/// A selection that goes forward by a cursor.
template <dynamic_table T>
class forward_selection : public selection {
public:
  forward_selection(const read_operations<T>& table, match_spec spec)
    : at_(table), spec_(std::move(spec)) {
    // nop
  }

  std::vector<term> next(std::size_t limit) override {
    return dynamic::select(at_, limit, spec_);
  }

  bool done() const noexcept override {
    return at_.done();
  }

private:
  cursor<T> at_;
  match_spec spec_;
};

/// A selection that goes backward, from the last key it has seen.
template <dynamic_table T>
class backward_selection : public selection {
public:
  backward_selection(const owner<T>& table, match_spec spec)
    : table_(table.reader()), spec_(std::move(spec)) {
    // nop
  }

  std::vector<term> next(std::size_t limit) override {
    if (limit == 0)
      throw error(errc::badarg, "limit is 0");
    std::vector<term> result;
    std::optional<term> last;
    typename reader<T>::range rest;
    if (last_)
      rest.before = *last_;
    done_ = table_.descend(rest, [&](const row& x) {
      if (auto found = spec_.run(x))
        result.push_back(*std::move(found));
      last = key_of(table_)(x);
      return result.size() < limit;
    });
    if (last)
      last_ = std::move(last);
    return result;
  }

  bool done() const noexcept override {
    return done_;
  }

private:
  reader<T> table_;
  match_spec spec_;
  std::optional<term> last_;
  bool done_ = false;
};

} // namespace kv::ets::dynamic::detail
