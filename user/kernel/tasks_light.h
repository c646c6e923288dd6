/* The light skeleton of bpf/tasks_light.bpf.c, which is C and no C++, behind one function. */
#ifndef NSSCOPE_TASKS_LIGHT_H
#define NSSCOPE_TASKS_LIGHT_H

#ifdef __cplusplus
extern "C" {
#endif

#define NSSCOPE_TASKS_LIGHT_PARTS 2

/* Loads and attaches the quick task iterators, each of which shows a part of the tasks. Fills in their links'
 * descriptors, which the caller closes, and returns 0; or returns -1: the kernel refuses, for whatever reason. */
int nsscope_attach_tasks_light(int links[NSSCOPE_TASKS_LIGHT_PARTS]);

#ifdef __cplusplus
}
#endif

#endif
