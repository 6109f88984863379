/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One metric over the runs of a tag, oldest first: where it changed for good. Main
 * thread. */
#ifndef VIZ_TREND_H
#define VIZ_TREND_H

#include <viz/contrast.h>
#include <viz/run_series.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_trend_params {
    double alpha;         /* 0.05 */
    double limit_percent; /* 1 */
    uint64_t seed;
    const char *metric; /* NAME or STREAM/NAME; NULL: the first usual one */
    enum viz_statistic statistic;
    unsigned threads;
};

struct viz_trend_run {
    struct viz_run run; /* texts belong to the trend */
    double value;       /* NaN: the run has none */
    double low, high;   /* 1 - alpha, from within the run */
    double n, n_eff;
    uint32_t part;          /* number of the stretch between changes, from 0 */
    bool change;            /* first of its stretch, and not the first of all */
    double p;               /* of that change, by permutation; else NaN */
    struct viz_t_test test; /* of that change: this stretch less the one before */
    double percent, percent_low, percent_high;
    enum viz_verdict verdict; /* of that change */
};

struct viz_trend {
    struct viz_trend_params params;
    char name[160], unit[16];
    enum viz_better better;
    struct viz_trend_run *run;
    uint32_t runs, parts;
    enum viz_verdict
        verdict; /* of the newest change; equivalent where there is none and
                                 the runs could have shown one of limit; else not shown */
    char sentence[512];
};

/* -EINVAL: no run has the metric, the sentence says which there are. */
int viz_trend_create(struct viz_store *store, const int64_t *ids, uint32_t count,
                     const struct viz_trend_params *params, struct viz_trend **out,
                     struct viz_error *err);
void viz_trend_destroy(struct viz_trend *trend);

void viz_trend_text(const struct viz_trend *trend, uint32_t width, bool ascii,
                    void (*line)(void *context, const char *text), void *context);
char *viz_trend_json(const struct viz_trend *trend);

#endif
