#include "cli/service.hpp"

#include <systemd/sd-daemon.h>

#include "base/clock.hpp"

namespace nsscope {

ServiceManager::ServiceManager() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) > 0) beat_ns_ = microseconds * 1000 / 2;
}

ServiceManager::~ServiceManager() { static_cast<void>(::sd_notify(0, "STOPPING=1")); }

void ServiceManager::ready() const { static_cast<void>(::sd_notify(0, "READY=1")); }

void ServiceManager::reloading() const {
    static_cast<void>(::sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
                                   static_cast<unsigned long long>(monotonic_ns() / 1000)));
}

void ServiceManager::alive() const { static_cast<void>(::sd_notify(0, "WATCHDOG=1")); }

} // namespace nsscope
