/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of percentiles: for each metric and run the mean, median, p95 and p99 with 95 %
 * intervals, of the series that comparisons use. A value that the run has too few effective
 * values for is not told, only how many it needs. Intervals are those of `viz trend`: the
 * value -+ t standard errors (estimate.h). */
#ifndef VIZ_RUN_PERCENTILES_H
#define VIZ_RUN_PERCENTILES_H

#include <viz/error.h>
#include <viz/store.h>

struct viz_run_percentiles_params {
    const int64_t *run;
    uint32_t runs;       /* 1 to 100 */
    const char *metrics; /* as viz_run_series_load(); NULL: the usual ones */
    const char *stream;  /* only of this one; NULL: all */
};

/* -EINVAL: no run has a metric that is called so. free() the text; docs/api.md says what is
 * in it. */
int viz_run_percentiles_json(struct viz_store *store,
                             const struct viz_run_percentiles_params *params,
                             char **out, struct viz_error *err);

#endif
