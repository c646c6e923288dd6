// nshelper STEP...: does one thing after the other to its own namespaces and prints, for each, what it did and what
// it sees in /proc/thread-self/ns before and after. The steps are in steps.cpp.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include "helper/steps.hpp"
#include "helper/view.hpp"

int main(int argc, char** argv) {
    using namespace nshelper;
    constexpr const char* uid_option = "--uid=";
    int first = 1;
    real_uid = ::getuid();
    std::signal(SIGPIPE, SIG_IGN); // a child that has ended does not take leave
    if (argc > 1 && std::strncmp(argv[1], uid_option, std::strlen(uid_option)) == 0) {
        real_uid = static_cast<unsigned>(std::strtoul(argv[1] + std::strlen(uid_option), nullptr, 10));
        first = 2;
    }
    if (first == argc) {
        std::fputs("usage: nshelper STEP...\n", stderr);
        return 2;
    }
    const std::vector<std::string> steps(argv + first, argv + argc);
    if (steps.front() != "exit:0") // the children of a churn have no time for that
        say("{\"note\":\"begin\",\"who\":" + to_json(who()) + ",\"after\":" + to_json(look()) + "}");
    return run_steps(steps);
}
