#include "actors/ets/dynamic/any_table.hpp"

#include "actors/ets/dynamic/calls.hpp"
#include "actors/ets/dynamic/selection.hpp"
#include "actors/ets/table.hpp"

#include <utility>

namespace kv::ets::dynamic {

class any_table::base {
public:
  virtual ~base() = default;
  virtual term call(std::string_view function, const term& args) = 0;
  virtual std::unique_ptr<selection> select(match_spec spec,
                                            bool reverse) const = 0;
};

namespace {

template <dynamic_table T>
class table_of : public any_table::base {
public:
  explicit table_of(table_options how)
    : owner_(std::move(how.common), key_at{how.key_position}) {
    // nop
  }

  term call(std::string_view function, const term& args) override {
    return detail::call(owner_, function, args);
  }

  std::unique_ptr<selection> select(match_spec spec,
                                    bool reverse) const override {
    if (spec.keys(key_of(owner_)))
      return std::make_unique<detail::known_selection>(
        reverse ? select_reverse(owner_, spec) : dynamic::select(owner_, spec));
    if constexpr (ordered<T>)
      if (reverse)
        return std::make_unique<detail::backward_selection<T>>(owner_,
                                                               std::move(spec));
    return std::make_unique<detail::forward_selection<T>>(owner_,
                                                          std::move(spec));
  }

private:
  owner<T> owner_;
};

std::unique_ptr<any_table::base> make(table_options how) {
  if (how.key_position == 0)
    throw error(errc::badarg, "positions count from 1");
  switch (how.kind) {
    case kind::set:
      return std::make_unique<table_of<set>>(std::move(how));
    case kind::ordered_set:
      return std::make_unique<table_of<ordered_set>>(std::move(how));
    case kind::bag:
      return std::make_unique<table_of<bag>>(std::move(how));
    case kind::duplicate_bag:
      return std::make_unique<table_of<duplicate_bag>>(std::move(how));
  }
  throw error(errc::badarg, "no such kind of table");
}

} // namespace

any_table::any_table(table_options how) : base_(make(std::move(how))) {
  // nop
}

any_table::any_table(any_table&&) noexcept = default;
any_table& any_table::operator=(any_table&&) noexcept = default;
any_table::~any_table() = default;

term any_table::call(std::string_view function, const term& args) {
  return base_->call(function, args);
}

std::unique_ptr<selection> any_table::select(match_spec spec,
                                             bool reverse) const {
  return base_->select(std::move(spec), reverse);
}

} // namespace kv::ets::dynamic
