/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run ran on, for its metadata; and what the process uses. */
#ifndef VIZ_MACHINE_H
#define VIZ_MACHINE_H

#include <stddef.h>
#include <stdint.h>

struct viz_machine {
    char host[128], cpu[128], kernel[256], governor[64], compiler[128];
    unsigned cores; /* that this process may use */
    uint64_t memory_bytes;
};

void viz_machine_read(struct viz_machine *out);

/* CPU time of all threads of this process. */
int64_t viz_machine_cpu_ns(void);

/* Resident memory, read through a descriptor opened once (-1: /proc is not there); 0
 * when it cannot be read. */
int viz_machine_open_statm(void);
uint64_t viz_machine_rss_bytes(int statm_fd);

#endif
