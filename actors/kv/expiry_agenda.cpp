#include "actors/kv/expiry_agenda.hpp"

#include <algorithm>

// Invariants
// I1  `order_` and `noted_` have the same items, each once.

namespace kv {

expiry_agenda& expiry_agenda::of_process() {
  static expiry_agenda instance;
  return instance;
}

void expiry_agenda::note(expiry_kind kind, std::string_view name, deadline at) {
  if (at.is_never())
    return;
  std::function<void()> tell;
  {
    std::lock_guard guard{mtx_};
    auto [i, fresh] = noted_.emplace(key{kind, std::string{name}}, at);
    if (!fresh) {
      if (i->second <= at)
        return;
      auto [first, last] = order_.equal_range(i->second);
      const auto& self = i->first;
      order_.erase(std::find_if(first, last, [&self](const auto& x) {
        return x.second == self;
      }));
      i->second = at;
    }
    auto place = order_.emplace(at, i->first);
    if (place == order_.begin())
      tell = on_earlier_;
  }
  if (tell)
    tell();
}

std::vector<expiry_agenda::item> expiry_agenda::take_due(size_t n) {
  std::vector<item> result;
  std::lock_guard guard{mtx_};
  auto now = deadline::now();
  while (result.size() < n && !order_.empty()
         && order_.begin()->first.passed(now)) {
    auto [kind, name] = order_.begin()->second;
    noted_.erase(order_.begin()->second);
    order_.erase(order_.begin());
    result.push_back({kind, std::move(name)});
  }
  return result;
}

deadline expiry_agenda::next() const {
  std::lock_guard guard{mtx_};
  return order_.empty() ? deadline{} : order_.begin()->first;
}

void expiry_agenda::on_earlier(std::function<void()> f) {
  std::lock_guard guard{mtx_};
  on_earlier_ = std::move(f);
}

} // namespace kv
