#include "kernel/tasks_light.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tasks_light.lskel.h"

int nsscope_attach_tasks_light(int links[NSSCOPE_TASKS_LIGHT_PARTS]) {
    struct tasks_light* skeleton = tasks_light__open_and_load();
    int attached[NSSCOPE_TASKS_LIGHT_PARTS] = {-1, -1};
    int failed = 0;

    if (!skeleton) return -1;
    attached[0] = tasks_light__even_tasks__attach(skeleton);
    attached[1] = tasks_light__odd_tasks__attach(skeleton);
    for (int i = 0; i < NSSCOPE_TASKS_LIGHT_PARTS; i++) {
        links[i] = attached[i] < 0 ? -1 : fcntl(attached[i], F_DUPFD_CLOEXEC, 0);
        if (links[i] < 0) failed = -1;
    }
    tasks_light__destroy(skeleton); /* closes its own descriptors of the links */
    for (int i = 0; failed && i < NSSCOPE_TASKS_LIGHT_PARTS; i++)
        if (links[i] >= 0) close(links[i]);
    return failed;
}
