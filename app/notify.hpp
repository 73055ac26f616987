#pragma once

#include <string_view>

namespace kv::app {

/// Tells the service manager that started us, if there is one, as in `READY=1`:
/// sends it to the socket that NOTIFY_SOCKET names, see sd_notify(3). Nobody
/// hears of a failure: nothing depends on it.
/// Thread safety: any thread.
void notify_service_manager(std::string_view state);

} // namespace kv::app
