#pragma once

#include <exception>

namespace kv::server {

/// Logs that something threw, out of memory most likely, and cost a client its
/// connection. Without memory for that it does nothing.
/// Thread safety: any thread.
void log_dropped_client(const std::exception& reason) noexcept;

} // namespace kv::server
