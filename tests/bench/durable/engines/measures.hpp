#pragma once

#include "tests/bench/durable/engines/engine.hpp"

// What is asked of each engine; all but the first return an exit status.

namespace kv::bench::engines {

/// Prints CPU per write, groups with fsync a second, and how long a load takes.
void speed(const string& name, const string& dir);

/// Reaches a limit to the size of files.
int limit(const string& name, const string& dir);

/// Fills the disk that the directory is on: a small file system of its own.
int fill(const string& name, const string& dir);

/// Turns bits of what was written, and looks at what is served.
int flips(const string& name, const string& dir);

/// Prints what a sync of a growing file costs, and of one that was there.
int syncs(const string& way, const string& file);

} // namespace kv::bench::engines
