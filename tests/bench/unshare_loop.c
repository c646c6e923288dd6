/* SPDX-License-Identifier: GPL-2.0-only
 *
 * unshare_loop SECONDS [setns|paced]: unshare(CLONE_NEWUTS) as fast as it goes; with "setns" by turns with setns(2) into the
 * one that it was in before; with "paced" a thousand times a second. Prints how many calls succeeded.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t done;
static void stop(int signal) {
    (void)signal;
    done = 1;
}

static void wait_for_next(struct timespec* next) {
    next->tv_nsec += 1000000;
    if (next->tv_nsec >= 1000000000) {
        next->tv_nsec -= 1000000000;
        next->tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

int main(int argc, char** argv) {
    const int seconds = argc > 1 ? atoi(argv[1]) : 0;
    const int with_setns = argc > 2 && strcmp(argv[2], "setns") == 0;
    const int is_paced = argc > 2 && strcmp(argv[2], "paced") == 0;
    const int first = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    unsigned long long calls = 0;
    struct timespec next;

    if (seconds <= 0 || seconds > 600 || argc > 3 || (argc == 3 && !with_setns && !is_paced)) {
        fprintf(stderr, "usage: unshare_loop SECONDS [setns|paced]\n");
        return 2;
    }
    signal(SIGALRM, stop);
    alarm((unsigned)seconds);
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (!done) {
        if (unshare(CLONE_NEWUTS) != 0) {
            perror("unshare_loop");
            return 1;
        }
        calls++;
        if (with_setns) {
            if (setns(first, CLONE_NEWUTS) != 0) {
                perror("unshare_loop: setns");
                return 1;
            }
            calls++;
        }
        if (is_paced) wait_for_next(&next);
    }
    printf("%llu\n", calls);
    return 0;
}
