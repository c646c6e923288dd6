/* SPDX-License-Identifier: GPL-2.0-only
 *
 * unshare_loop SECONDS: unshare(CLONE_NEWUTS) as fast as it goes; prints how many calls succeeded.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t done;
static void stop(int signal) {
    (void)signal;
    done = 1;
}

int main(int argc, char** argv) {
    const int seconds = argc > 1 ? atoi(argv[1]) : 0;
    unsigned long long calls = 0;

    if (seconds <= 0 || seconds > 600) {
        fprintf(stderr, "usage: unshare_loop SECONDS\n");
        return 2;
    }
    signal(SIGALRM, stop);
    alarm((unsigned)seconds);
    while (!done) {
        if (unshare(CLONE_NEWUTS) != 0) {
            perror("unshare_loop");
            return 1;
        }
        calls++;
    }
    printf("%llu\n", calls);
    return 0;
}
