/* The light skeleton of bpf/tasks_light.bpf.c, which is C and no C++, behind one function. */
#ifndef NSSCOPE_TASKS_LIGHT_H
#define NSSCOPE_TASKS_LIGHT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Loads and attaches the quick task iterator. Returns its link's descriptor, which the caller closes, or -1: the kernel
 * refuses, for whatever reason. */
int nsscope_attach_tasks_light(void);

#ifdef __cplusplus
}
#endif

#endif
