/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How one metric is distributed in each of several runs, over the same bins: of the series
 * that comparisons use, with averages undone and exclusions honoured. distribution.h has
 * the definitions. */
#ifndef VIZ_RUN_DISTRIBUTION_H
#define VIZ_RUN_DISTRIBUTION_H

#include <viz/error.h>
#include <viz/store.h>

struct viz_run_distribution_params {
    const int64_t *run;
    uint32_t runs;      /* 1 to VIZ_MOST_RUNS */
    const char *metric; /* NAME or STREAM/NAME */
    const char *stream; /* NULL: any */
    uint32_t bins;      /* 0: as many as suit all values together */
    uint32_t points;    /* of the distribution function, 2 to 16384; 0: 512 */
};
#define VIZ_MOST_RUNS 100
#define VIZ_MOST_POINTS 16384

/* A run that lacks the metric is in it with n 0. -EINVAL: none has it. free() the text;
 * docs/api.md says what is in it. */
int viz_run_distribution_json(struct viz_store *store,
                              const struct viz_run_distribution_params *params,
                              char **out, struct viz_error *err);

#endif
