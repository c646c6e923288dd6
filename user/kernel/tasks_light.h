/* The light skeleton of bpf/tasks_light.bpf.c, which is C and no C++, behind one function. */
#ifndef NSSCOPE_TASKS_LIGHT_H
#define NSSCOPE_TASKS_LIGHT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Descriptors, which the caller closes. */
struct nsscope_tasks_light {
    int tasks;        /* the link of the task iterator */
    int kernel_lists; /* the program that lists namespaces, to be run when the iterator has come to its end */
    int listed;       /* the map that it writes to */
    int readers;      /* a map of one struct nsscope_scan_readers (event.h), zero at first */
};

/* Loads the quick programs and attaches the iterator. `most_listed`: for how many entries there is room in `listed`.
 * Returns 0, or -1: the kernel refuses, for whatever reason. */
int nsscope_attach_tasks_light(struct nsscope_tasks_light* light, unsigned most_listed);

#ifdef __cplusplus
}
#endif

#endif
