#pragma once

#include <cstdint>

namespace nsscope {

/// Tells a service manager how we are, sd_notify(3). Does nothing where none asked for it.
class ServiceManager {
  public:
    ServiceManager();
    ServiceManager(const ServiceManager&) = delete;
    ServiceManager& operator=(const ServiceManager&) = delete;
    /// Says that we end.
    ~ServiceManager();

    void ready() const;
    /// Until ready() is said again, the configuration is read.
    void reloading() const;
    void alive() const;
    /// How often alive() is to be called: twice in the time that the manager waits for it; 0: never.
    [[nodiscard]] std::uint64_t beat_ns() const { return beat_ns_; }

  private:
    std::uint64_t beat_ns_ = 0;
};

} // namespace nsscope
