#include "actors/ets/retired_list.hpp"

#include "actors/ets/epoch.hpp"

#include <utility>

namespace kv::ets::detail {

namespace {

constexpr std::size_t max_page = 61; // 512 bytes

} // namespace

void retired_list::retire(link* what, retired_kind kind) noexcept {
  what->word = std::exchange(pending_, pack_retired(what, kind));
  if (kind == retired_kind::node || kind == retired_kind::block)
    count(1);
  else if (kind == retired_kind::page)
    count(static_cast<retired_page*>(what)->count);
  else
    count(weight_of_array);
}

void retired_list::add_page() {
  std::size_t capacity = 3; // 48 bytes
  if (kind_of(pending_) == retired_kind::page)
    capacity = std::min(2 * page_of(pending_)->capacity() + 1, max_page);
  auto* page = retired_page::make(capacity);
  page->word = std::exchange(pending_, pack_retired(page, retired_kind::page));
}

retired_list::batch retired_list::collect(const epoch_record* except) noexcept {
  batch result{};
  if (sealed_ == 0 && pending_ == 0)
    return result;
  if (sealed_ != 0 && no_reader_since(tag_, except))
    result[0] = std::exchange(sealed_, 0);
  if (sealed_ != 0) {
    // A reader may have lost its processor for longer than many removals take:
    // those would all ask again, in vain.
    if (count_.load(std::memory_order_relaxed) < weight_of_array)
      count_.store(0, std::memory_order_relaxed);
    return result;
  }
  sealed_ = std::exchange(pending_, 0);
  tag_ = epoch_tag();
  count_.store(0, std::memory_order_relaxed);
  if (no_reader_since(tag_, except))
    result[1] = std::exchange(sealed_, 0);
  return result;
}

retired_list::batch retired_list::collect_all() noexcept {
  count_.store(0, std::memory_order_relaxed);
  return {std::exchange(sealed_, 0), std::exchange(pending_, 0)};
}

} // namespace kv::ets::detail
