/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proof that the statistics of this very program are right: published figures, and
 * thousands of comparisons of simulated devices of which the truth is known. Main thread,
 * all processors. */
#ifndef VIZ_SELFTEST_H
#define VIZ_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

struct viz_selftest_params {
    uint64_t seed;
    uint32_t pairs; /* of devices, in each row of the A/A table */
    unsigned threads;
    /* Lines of the report as they come, without newline; progress from 0 to 1 with what is
     * being done. */
    void (*line)(void *context, const char *text);
    void (*progress)(void *context, double part, const char *what);
    void *context;
    const volatile int *stop; /* non-zero: end soon; may be NULL */
};

/* The number of checks that failed; *json (free() it) has everything. */
uint32_t viz_selftest_run(const struct viz_selftest_params *params, char **json);

#endif
