#pragma once

#include <chrono>

namespace kv::test {

/// How long tests wait for what has to come. That is far more than it takes,
/// because others may use the machine or its disk; only what fails lasts that
/// long.
constexpr std::chrono::seconds patience{120};

/// The same in milliseconds, as poll(2) takes it.
constexpr int poll_patience
  = static_cast<int>(std::chrono::milliseconds{patience}.count());

} // namespace kv::test
