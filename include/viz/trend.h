/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One metric over the runs of a tag, oldest first: where it changed for good. Each run is
 * one value; a change is a split of the runs that permutations of them do not reach by
 * chance (viz_splits). Its size and interval are Welch's, of the runs behind it and in
 * front of it, up to the next changes. Main thread. */
#ifndef VIZ_TREND_H
#define VIZ_TREND_H

#include <viz/contrast.h>
#include <viz/run_series.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_trend_params {
    double alpha;         /* 0.05 */
    double limit_percent; /* 1: of the median of the runs before; smaller changes do not
                             matter */
    uint64_t seed;        /* with !seeded made from the runs' uuids */
    bool seeded;
    /* NAME or STREAM/NAME; NULL: a benchmark's frame_ms, a device's avg_total_us, else
     * the usual one with the most values */
    const char *metric;
    enum viz_statistic statistic;
    unsigned threads; /* 0: all */
};

#define VIZ_TREND_WHYS(X)                                                              \
    X(HAS, "")                                                                         \
    X(NO_METRIC, "no such metric")                                                     \
    X(NO_VALUES, "no values")                                                          \
    X(TOO_FEW, "n too small")

/* Why a run has no value. */
enum viz_trend_why {
#define X(id, text) VIZ_TREND_##id,
    VIZ_TREND_WHYS(X)
#undef X
};

struct viz_trend_run {
    struct viz_run run; /* texts belong to the trend */
    enum viz_trend_why why;
    double value;           /* NaN: the run has none */
    double low, high;       /* 1 - alpha, from within the run; NaN: unknown */
    double n, n_eff, needs; /* effective values that the statistic needs */
    uint32_t part;          /* number of the stretch between changes, from 0 */

    /* The rest is of a change. */
    bool change;                 /* first of its stretch, and not the first of all */
    uint32_t before, after;      /* runs with a value in the stretches on both sides */
    double p;                    /* by permutation; else NaN */
    struct viz_contrast_row row; /* a: mean of the stretch before, b: of this one */
    double percent, percent_low, percent_high; /* of a; NaN unless a and b are > 0 */
    enum viz_verdict verdict;
};

/* The newest runs against those before them, back to the newest change. */
struct viz_trend_newest {
    uint32_t runs; /* 3; 0: there are not enough */
    /* a: mean of the runs before, b: of these, low and high of the 1 - 2 alpha interval */
    struct viz_contrast_row row;
    bool within; /* shown to be within the limit */

    /* So many of the newest (1, 2) are all outside the interval in which the runs before
     * let one more be expected; 0: none. low and high: that interval. */
    uint32_t odd;
    struct viz_contrast_row odd_row;
    bool beyond; /* odd, by more than the limit */
};

struct viz_trend {
    struct viz_trend_params params; /* as used: the seed stands */
    char name[160], unit[16];
    char others[320]; /* usual metrics that nobody looked at; "": one was asked for */
    enum viz_better better;
    struct viz_trend_run *run;
    uint32_t runs, parts;
    uint32_t valued; /* runs with a value */
    uint32_t needs;  /* of these, before any change can be shown at alpha */
    /* Change in the middle of the runs, in percent of their median, that a test at alpha
     * sees with 90 % power; NaN: unknown, or there are changes. */
    double detectable;
    struct viz_trend_newest newest;
    /* Of the newest change, which is still in force. Without one: equivalent where one of
     * limit in the middle would have been seen and the newest runs are within it, else not
     * shown. Never equivalent where the newest are unexpected by more than limit. */
    enum viz_verdict verdict;
    char sentence[768];
};

/* -EINVAL: no run has the metric, the sentence says which there are; else as the store. */
int viz_trend_create(struct viz_store *store, const int64_t *ids, uint32_t count,
                     const struct viz_trend_params *params, struct viz_trend **out,
                     struct viz_error *err);
void viz_trend_destroy(struct viz_trend *trend);

/* Fills trend->sentence (src/app/trend_text.c). Part of create. */
void viz_trend_words(struct viz_trend *trend);

/* A line for each run, a sentence in front of the first run behind a change, and one at
 * the end. @width: columns, 0: 100. */
void viz_trend_text(const struct viz_trend *trend, uint32_t width,
                    void (*line)(void *context, const char *text), void *context);

/* free() it. Never NaN: null. */
char *viz_trend_json(const struct viz_trend *trend);

#endif
