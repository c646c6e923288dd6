#include "kernel/tasks_light.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tasks_light.lskel.h"

int nsscope_attach_tasks_light(struct nsscope_tasks_light* light, unsigned most_listed) {
    struct tasks_light* skeleton = tasks_light__open();

    light->tasks = light->kernel_lists = light->listed = light->readers = -1;
    if (!skeleton) return -1;
    skeleton->maps.listed.max_entries = most_listed;
    if (tasks_light__load(skeleton) == 0 && tasks_light__tasks__attach(skeleton) >= 0) {
        /* the skeleton closes its own */
        light->tasks = fcntl(skeleton->links.tasks_fd, F_DUPFD_CLOEXEC, 0);
        light->kernel_lists = fcntl(skeleton->progs.kernel_lists.prog_fd, F_DUPFD_CLOEXEC, 0);
        light->listed = fcntl(skeleton->maps.listed.map_fd, F_DUPFD_CLOEXEC, 0);
        light->readers = fcntl(skeleton->maps.readers.map_fd, F_DUPFD_CLOEXEC, 0);
    }
    tasks_light__destroy(skeleton);
    return light->tasks >= 0 ? 0 : -1;
}
