/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * The tracing programs, which share their maps, as one object. (bpftool's linker could join objects instead, but
 * not ones that call kernel functions that may be missing.)
 */
#include "lib/shared.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#include "trace/emit.bpf.c"
#include "trace/exe.bpf.c"
#include "trace/kept_out.bpf.c"
#include "trace/watch.bpf.c"

#include "trace/namespaces.bpf.c"

#include "trace/lifecycle.bpf.c"

#include "trace/deaths.bpf.c"

#include "trace/frees.bpf.c"

#include "trace/cgroups.bpf.c"
