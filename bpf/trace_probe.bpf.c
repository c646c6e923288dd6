/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The tracing programs for kernels that cannot run bpf/trace.bpf.c as it is: see lib/access.bpf.h. */
#define NSSCOPE_READ_BY_PROBE
#include "trace.bpf.c"
