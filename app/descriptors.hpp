#pragma once

namespace kv::app {

/// Raises the process's limit of open files as far as `clients` need and the
/// system allows. Returns how many clients then fit, at least 1; some files are
/// kept for everything else.
unsigned fit_descriptors(unsigned clients);

} // namespace kv::app
