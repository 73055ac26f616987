#pragma once

#include "actors/otp/registry_keys.hpp"

#include <algorithm>

// Invariants of duplicate keys
// I1  Group 0 of a key exists exactly while the key has an entry; any other
//     group exists exactly while it is not empty.
// I2  The number of every group is below `groups` of group 0, which is raised
//     before a group is added and lowered after one is erased.
// I3  An entry stays in the group it was added to.
// I4  `spaces_` has what I1 and I2 say, and which groups are not full.

namespace kv::otp {

template <class Key, class Value>
duplicate_keys<Key, Value>::writer::writer(ets::writer<table> rows)
  : rows_(std::move(rows)) {
  rows_.for_each([this](const row& x) {
    auto& here = spaces_[x.key];
    here.entries += x.members.size();
    here.groups = std::max({here.groups, x.groups, x.number + 1});
  });
  for (auto& [key, here] : spaces_)
    for (uint32_t n = 0; n < here.groups; ++n) {
      auto full = false;
      rows_.visit({key, n},
                  [&](const row& x) { full = x.members.size() == group_size; });
      if (!full)
        here.roomy.insert(n);
    }
}

template <class Key, class Value>
uint32_t duplicate_keys<Key, Value>::writer::add(const Key& key, entry who) {
  auto& here = spaces_[key];
  if (here.roomy.empty()) {
    here.roomy.insert(here.groups++);
    set_groups(key, here.groups);
  }
  auto place = *here.roomy.begin(); // the lowest: groups at the end fall empty
  size_t members = 1;
  auto grown = rows_.update({key, place}, [&](const row& x) {
    members = x.members.size() + 1;
    row copy{x.key, x.number, x.groups, {}};
    copy.members.reserve(members);
    copy.members = x.members;
    copy.members.push_back(who);
    return copy;
  });
  if (!grown)
    rows_.insert({key, place, place == 0 ? 1U : 0U, {std::move(who)}});
  ++here.entries;
  if (members == group_size)
    here.roomy.erase(place);
  return place;
}

template <class Key, class Value>
template <std::predicate<const registered<Value>&> Pred>
bool duplicate_keys<Key, Value>::writer::remove(const Key& key, uint32_t place,
                                                Pred pred) {
  auto removed = false;
  size_t left = 0;
  rows_.update({key, place}, [&](const row& x) {
    row copy{x.key, x.number, x.groups, {}};
    copy.members.reserve(x.members.size());
    removed = false;
    for (auto& who : x.members)
      if (removed || !pred(who))
        copy.members.push_back(who);
      else
        removed = true;
    left = copy.members.size();
    return copy;
  });
  if (!removed)
    return false;
  auto i = spaces_.find(key);
  auto& here = i->second;
  here.roomy.insert(place);
  if (--here.entries == 0) {
    for (uint32_t n = here.groups; n-- > 0;)
      rows_.erase({key, n});
    spaces_.erase(i);
  } else if (left == 0 && place > 0) {
    rows_.erase({key, place});
    shrink(key, here);
  }
  return true;
}

template <class Key, class Value>
void duplicate_keys<Key, Value>::writer::update(const Key& key, uint32_t place,
                                                const entry& who) {
  rows_.update({key, place}, [&](const row& x) {
    auto copy = x;
    for (auto& y : copy.members)
      if (y.actor == who.actor)
        y = who;
    return copy;
  });
}

template <class Key, class Value>
void duplicate_keys<Key, Value>::writer::set_groups(const Key& key,
                                                    uint32_t groups) {
  rows_.update({key, 0}, [groups](const row& x) {
    auto copy = x;
    copy.groups = groups;
    return copy;
  });
}

template <class Key, class Value>
void duplicate_keys<Key, Value>::writer::shrink(const Key& key, space& x) {
  auto groups = x.groups;
  while (groups > 1 && !rows_.member({key, groups - 1}))
    x.roomy.erase(--groups);
  if (groups == x.groups)
    return;
  x.groups = groups;
  set_groups(key, groups);
}

} // namespace kv::otp
