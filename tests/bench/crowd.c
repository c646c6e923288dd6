/* SPDX-License-Identifier: GPL-2.0-only
 *
 * crowd N [FILES]: N processes, each in a uts namespace of its own and with so many more open files, until standard input ends. Says "ready" when all are
 * there. Small processes, so that 8,000 of them fit everywhere.
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
    if (unshare(CLONE_NEWUTS) != 0) return 1;
    for (int i = 0; i < files; i++)
        if (dup(STDIN_FILENO) < 0) return 1;
    if (write(ready, "", 1) != 1) return 1;
    for (;;) pause();
}

int main(int argc, char** argv) {
    const int wanted = argc > 1 ? atoi(argv[1]) : 0;
    const int files = argc > 2 ? atoi(argv[2]) : 0;
    int ready[2];
    char byte;

    if (wanted <= 0 || pipe(ready) != 0) {
        fprintf(stderr, "usage: crowd N [FILES]\n");
        return 2;
    }
    signal(SIGCHLD, SIG_IGN); /* no zombies in the end */
    for (int i = 0; i < wanted; i++) {
        const pid_t pid = fork();
        if (pid < 0) {
            perror("crowd: fork");
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
