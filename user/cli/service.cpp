#include "cli/service.hpp"

#include <systemd/sd-daemon.h>

namespace nsscope {

ServiceManager::ServiceManager() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) > 0) beat_ns_ = microseconds * 1000 / 2;
}

ServiceManager::~ServiceManager() { static_cast<void>(::sd_notify(0, "STOPPING=1")); }

void ServiceManager::ready() const { static_cast<void>(::sd_notify(0, "READY=1")); }

void ServiceManager::alive() const { static_cast<void>(::sd_notify(0, "WATCHDOG=1")); }

} // namespace nsscope
