/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#define NSSCOPE_DEFINE_SHARED
#include "lib/shared.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
