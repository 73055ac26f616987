#pragma once

#include <cstdint>

namespace kv {

/// How far a bucket is that is kept and does not run.
enum class kept_state : uint8_t {
  waits,  ///< Is loaded a while after it has ended again.
  loaded, ///< Its table is there.
  lost,   ///< Nothing is kept of it.
  unread, ///< It is kept, and could not be read.
};

} // namespace kv
