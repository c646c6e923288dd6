#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/steps.hpp"
#include "helper/view.hpp"

namespace nshelper {
namespace {

double now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

} // namespace

int run_storm(double seconds, unsigned long most) {
    const double end = now() + seconds;
    unsigned long done = 0;
    while (done < most && now() < end) {
        if (::unshare(CLONE_NEWUTS) != 0) {
            std::perror("nshelper: unshare");
            return 1;
        }
        done++;
    }
    say("{\"note\":\"storm\",\"who\":" + to_json(who()) + ",\"count\":" + std::to_string(done) + "}");
    return 0;
}

int run_churn(double seconds) {
    const double end = now() + seconds;
    unsigned long done = 0;
    for (; now() < end; done++) {
        const pid_t child = ::fork();
        if (child == 0) {
            if (done % 4 == 0) become({"exit:0"});
            ::_exit(0);
        }
        if (child < 0 && errno != EAGAIN) {
            std::perror("nshelper: fork");
            return 1;
        }
        while (::waitpid(-1, nullptr, 0) > 0) {
        }
    }
    say("{\"note\":\"churn\",\"who\":" + to_json(who()) + ",\"count\":" + std::to_string(done) + "}");
    return 0;
}

} // namespace nshelper
