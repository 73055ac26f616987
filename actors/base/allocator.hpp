#pragma once

namespace kv {

/// Sets glibc's allocator up for many small blocks that live long: two arenas
/// that grow in steps of 64 MiB. Call it first thing in `main`; elsewhere it
/// changes nothing.
void tune_allocator();

} // namespace kv
