#pragma once

#include "tests/support/kept_app.hpp"

#include <memory>

namespace kv::test {

inline std::shared_ptr<memory_disk> make_disk() {
  return std::make_shared<memory_disk>();
}

/// Keeps only what a power cut leaves.
inline void cut_power(memory_disk& disk) {
  disk.written = disk.synced;
}

} // namespace kv::test
