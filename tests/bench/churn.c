/* SPDX-License-Identifier: GPL-2.0-only
 *
 * churn FORKS UNSHARES SECONDS: so many children a second that end at once, and so many new uts namespaces. Prints how many
 * there were of each.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 100 /* a second */

int main(int argc, char** argv) {
    long forks, unshares, slots, forked = 0, unshared = 0;
    struct timespec next;

    if (argc != 4) {
        fprintf(stderr, "usage: churn FORKS UNSHARES SECONDS\n");
        return 2;
    }
    forks = atol(argv[1]) / SLOTS;
    unshares = atol(argv[2]) / SLOTS;
    slots = atol(argv[3]) * SLOTS;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (; slots > 0; slots--) {
        for (long i = 0; i < forks; i++) {
            const pid_t pid = fork();
            if (pid == 0) _exit(0);
            forked += pid > 0 && waitpid(pid, NULL, 0) == pid;
        }
        for (long i = 0; i < unshares; i++) unshared += unshare(CLONE_NEWUTS) == 0;
        next.tv_nsec += 1000000000 / SLOTS;
        if (next.tv_nsec >= 1000000000) {
            next.tv_nsec -= 1000000000;
            next.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    printf("%ld forks, %ld unshares\n", forked, unshared);
    return 0;
}
