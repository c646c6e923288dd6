#include "kernel/tasks_light.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "tasks_light.lskel.h"

#define CGROUP_STORAGE 32 /* BPF_MAP_TYPE_CGRP_STORAGE, <linux/bpf.h> of 6.2 */

/* The programs take bpf_rdonly_cast() (6.2), for which the kernel searches all of its types, in vain before: a third of what
 * `list` takes there. Cgroup storage is of the same release, and the kernel says at once whether it has that. */
static int may_load(void) { return libbpf_probe_bpf_map_type((enum bpf_map_type)CGROUP_STORAGE, NULL) == 1; }

int nsscope_attach_tasks_light(struct nsscope_tasks_light* light, unsigned most_listed) {
    struct tasks_light* skeleton;

    light->tasks = light->kernel_lists = light->listed = light->readers = -1;
    if (!may_load()) {
        if (errno != EPERM) errno = EOPNOTSUPP;
        return -1;
    }
    skeleton = tasks_light__open();
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
