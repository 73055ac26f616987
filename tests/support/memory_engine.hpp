#pragma once

#include "actors/kv/durable.hpp"
#include "actors/kv/wall_time.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace kv::test {

/// What memory engines write to, in place of a disk: it outlives them.
struct memory_disk {
  struct bucket {
    bool ephemeral = false;
    int64_t expires = kept_changes::never;
    std::optional<durability> mode = {};
    std::map<std::string, std::pair<std::string, int64_t>> fields;
  };

  struct content {
    std::map<std::string, bucket, std::less<>> buckets;
    bucket strings;
    uint64_t last_event = 0;
  };

  std::mutex mtx;
  content written;     ///< What a process that ends leaves.
  content synced;      ///< What a power cut leaves.
  std::string failure; ///< What `append` and `reopen` fail with, if anything.
  std::map<std::string, content> copies; ///< By directory.
  std::string unread; ///< What `load_bucket` fails with, if anything.
  size_t appends = 0;
  size_t syncs = 0;
};

/// Keeps data in memory. For tests. Complexity: O(all) for a sync.
class memory_engine : public durable_engine {
public:
  explicit memory_engine(std::shared_ptr<memory_disk> disk)
    : disk_(std::move(disk)) {
    // nop
  }

  void append(const kept_changes& xs, bool sync) override;

  void reopen() override;

  kept_report load(kept_receiver& to) override;

  bool load_bucket(std::string_view name, kept_receiver& to) override;

  std::vector<std::string> list() override;

  bool tidy() override {
    return false;
  }

  bool is_untidy() const override {
    return false;
  }

  copy_job checkpoint(const std::string& dir) override;

private:
  std::shared_ptr<memory_disk> disk_;
};

namespace memory {

using op = kept_change::op;

inline deadline deadline_of(int64_t unix_time) {
  return unix_time == kept_changes::never ? deadline{} : to_deadline(unix_time);
}

inline memory_disk::bucket* find(memory_disk::content& in,
                                 const kept_change& x) {
  if (x.strings)
    return &in.strings;
  auto i = in.buckets.find(x.name);
  return i != in.buckets.end() ? &i->second : nullptr;
}

inline void make(memory_disk::content& in, const kept_change& x) {
  if (x.what == op::event) {
    in.last_event = static_cast<uint64_t>(x.number);
  } else if (x.what == op::create) {
    in.buckets[std::string{x.name}] = {x.ephemeral, x.number, x.mode, {}};
  } else if (x.what == op::drop) {
    if (auto i = in.buckets.find(x.name); i != in.buckets.end())
      in.buckets.erase(i);
  } else if (auto* bucket = find(in, x)) {
    if (x.what == op::describe) {
      bucket->ephemeral = x.ephemeral;
      bucket->expires = x.number;
      bucket->mode = x.mode;
    } else if (x.what == op::clear) {
      bucket->fields.clear();
    } else if (x.what == op::put) {
      bucket->fields[std::string{x.key}] = {std::string{x.value}, x.number};
    } else {
      bucket->fields.erase(std::string{x.key});
    }
  }
}

inline void tell(bool strings, const memory_disk::bucket& from,
                 kept_receiver& to) {
  for (const auto& [key, x] : from.fields)
    to.put(strings, {key, x.first, deadline_of(x.second)});
}

} // namespace memory

inline void memory_engine::append(const kept_changes& xs, bool sync) {
  std::lock_guard guard{disk_->mtx};
  if (!disk_->failure.empty())
    throw durable_failure{disk_->failure};
  ++disk_->appends;
  xs.for_each([&](const kept_change& x) { memory::make(disk_->written, x); });
  if (sync) {
    ++disk_->syncs;
    disk_->synced = disk_->written;
  }
}

inline void memory_engine::reopen() {
  std::lock_guard guard{disk_->mtx};
  if (!disk_->failure.empty())
    throw durable_failure{disk_->failure};
}

inline kept_report memory_engine::load(kept_receiver& to) {
  std::lock_guard guard{disk_->mtx};
  memory::tell(true, disk_->written.strings, to);
  for (const auto& [name, x] : disk_->written.buckets) {
    to.bucket({name, x.ephemeral, memory::deadline_of(x.expires), x.mode});
    memory::tell(false, x, to);
  }
  return {disk_->written.last_event, {}};
}

inline bool memory_engine::load_bucket(std::string_view name,
                                       kept_receiver& to) {
  std::lock_guard guard{disk_->mtx};
  if (!disk_->unread.empty())
    throw durable_failure{disk_->unread};
  auto i = disk_->written.buckets.find(name);
  if (i == disk_->written.buckets.end())
    return false;
  to.bucket({i->first, i->second.ephemeral,
             memory::deadline_of(i->second.expires), i->second.mode});
  memory::tell(false, i->second, to);
  return true;
}

inline copy_job memory_engine::checkpoint(const std::string& dir) {
  std::lock_guard guard{disk_->mtx};
  return [disk = disk_, dir,
          now = disk_->written](const std::function<bool()>& stopped) {
    std::lock_guard inner{disk->mtx};
    if (stopped() || !disk->copies.emplace(dir, now).second)
      throw durable_failure{dir + ": is not empty"};
  };
}

inline std::vector<std::string> memory_engine::list() {
  std::lock_guard guard{disk_->mtx};
  std::vector<std::string> result;
  for (const auto& [name, x] : disk_->written.buckets)
    result.push_back(name);
  return result;
}

} // namespace kv::test
