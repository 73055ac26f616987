#include "actors/ets/retired_list.hpp"

#include "actors/ets/epoch.hpp"

#include <utility>

namespace kv::ets::detail {

void retired_list::retire(link* what, retired_kind kind) noexcept {
  what->word = std::exchange(pending_, reinterpret_cast<retired_ref>(what)
                                         | static_cast<retired_ref>(kind));
  // Arrays are large: one is reason enough to collect.
  const bool small = kind == retired_kind::node || kind == retired_kind::block;
  const auto weight = small ? 1 : max_count;
  const auto count = count_.load(std::memory_order_relaxed);
  if (count < max_count)
    count_.store(count + weight, std::memory_order_relaxed);
}

retired_list::batch retired_list::collect(const epoch_record* except) noexcept {
  batch result{};
  if (sealed_ != 0 && no_reader_since(tag_, except))
    result[0] = std::exchange(sealed_, 0);
  if (sealed_ != 0)
    return result;
  sealed_ = std::exchange(pending_, 0);
  tag_ = epoch_tag();
  count_.store(0, std::memory_order_relaxed);
  if (no_reader_since(tag_, except))
    result[1] = std::exchange(sealed_, 0);
  return result;
}

void retired_list::take_over(retired_list& other) noexcept {
  for (auto ref : other.collect_all())
    while (ref != 0) {
      auto* what = link_of(ref);
      const auto kind = kind_of(ref);
      ref = what->word;
      retire(what, kind);
    }
}

retired_list::batch retired_list::collect_all() noexcept {
  count_.store(0, std::memory_order_relaxed);
  return {std::exchange(sealed_, 0), std::exchange(pending_, 0)};
}

} // namespace kv::ets::detail
