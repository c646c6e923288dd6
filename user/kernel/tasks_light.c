#include "kernel/tasks_light.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tasks_light.lskel.h"

int nsscope_attach_tasks_light(void) {
    struct tasks_light* skeleton = tasks_light__open_and_load();
    int link = -1, kept = -1;

    if (!skeleton) return -1;
    link = tasks_light__tasks__attach(skeleton);
    if (link >= 0) kept = fcntl(link, F_DUPFD_CLOEXEC, 0);
    tasks_light__destroy(skeleton); /* closes its own descriptor of the link */
    return kept;
}
