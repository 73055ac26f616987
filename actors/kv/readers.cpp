#include "actors/kv/readers.hpp"

#include "actors/kv/keeper.hpp"

namespace kv {

name_kind name_readers::kind_of(std::string_view name) const {
  if (has_string(name))
    return name_kind::string;
  if (has_bucket(name))
    return name_kind::bucket;
  // Between the two looks it may have gone from a bucket to a string.
  return has_string(name) ? name_kind::string : name_kind::none;
}

bool name_readers::is_coming_back(std::string_view name) const {
  auto result = false;
  if (keeper::of_process() != nullptr)
    buckets.visit(name, [&](const bucket_entry& x) {
      result = x.claim.is_moving() || (x.claim.holds() && !x.lives());
    });
  return result;
}

bool name_readers::means(std::string_view name, uint64_t table) const {
  auto result = false;
  if (!has_string(name))
    buckets.visit(name, [&](const bucket_entry& x) {
      result = x.is_current() && x.claim.allows_writes()
               && x.bucket.fields.id() == table;
    });
  return result;
}

bool name_readers::is_there(const bucket_entry& x) {
  try {
    return x.is_current()
           && (!x.ephemeral.load() || x.bucket.fields.size() > 0);
  } catch (const ets::error&) {
    return false; // it ended under our eyes
  }
}

} // namespace kv
