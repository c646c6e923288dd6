/* SPDX-License-Identifier: GPL-2.0-only
 *
 * crowd N [FILES [SHARE]]: N processes, with so many more open files each, and each so many (1) in a uts namespace of their
 * own, until standard input ends. Says "ready" when all are there. Small processes, so that 8,000 of them fit everywhere.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int child(int ready, int files) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < files; i++)
        if (dup(STDIN_FILENO) < 0) return 1;
    if (write(ready, "", 1) != 1) return 1;
    for (;;) pause();
}

int main(int argc, char** argv) {
    const int wanted = argc > 1 ? atoi(argv[1]) : 0;
    const int files = argc > 2 ? atoi(argv[2]) : 0;
    const int share = argc > 3 ? atoi(argv[3]) : 1;
    int ready[2];
    char byte;

    if (wanted <= 0 || share <= 0 || pipe(ready) != 0) {
        fprintf(stderr, "usage: crowd N [FILES [SHARE]]\n");
        return 2;
    }
    signal(SIGCHLD, SIG_IGN); /* no zombies in the end */
    for (int i = 0; i < wanted; i++) {
        const pid_t pid = i % share == 0 && unshare(CLONE_NEWUTS) != 0 ? -1 : fork();
        if (pid < 0) {
            perror("crowd");
            return 1;
        }
        if (pid == 0) _exit(child(ready[1], files));
    }
    for (int i = 0; i < wanted; i++) {
        if (read(ready[0], &byte, 1) != 1) return 1;
    }
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}
