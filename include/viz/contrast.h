/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One metric, two sides: what B does that A does not. delta = B - A throughout.
 *
 * Several runs a side: the run is the unit. Each statistic is computed of each run, and
 * Welch's test compares the runs' values; what differs from run to run is part of the
 * noise, and so is everything within a run. One run on one side only: it is taken to vary
 * as the other side's runs do. One run a side: the noise is that within the run, by its
 * effective sample size; what differs from run to run is unknown, and level says so.
 *
 * Intervals. Welch's, over the runs' values; with one run a side of the mean. Of quantiles
 * with one run a side: the bootstrap's, its draws spread about their median so that the
 * interval is as wide as the error above and the tails of t ask for; its skew stays, and p
 * is by the same draws. boot_low and the like are there in every case (runs first, then
 * blocks within them; with several runs a third of the interval at least is on each side).
 * docs/statistics.md has the measured coverage. Pure, any thread. */
#ifndef VIZ_CONTRAST_H
#define VIZ_CONTRAST_H

#include <viz/effect.h>
#include <viz/estimate.h>
#include <viz/ranks.h>
#include <viz/welch.h>

#include <stdbool.h>
#include <stdint.h>

enum viz_better { VIZ_BETTER_NEITHER, VIZ_BETTER_LOWER, VIZ_BETTER_HIGHER };

#define VIZ_VERDICTS(X)                                                                \
    X(NOT_SHOWN, "not shown")                                                          \
    X(EQUIVALENT, "equivalent")                                                        \
    X(BETTER, "better")                                                                \
    X(WORSE, "worse")                                                                  \
    X(DIFFERENT, "different") /* of a metric of which neither is better */

enum viz_verdict {
#define X(id, name) VIZ_VERDICT_##id,
    VIZ_VERDICTS(X)
#undef X
};

const char *viz_verdict_name(enum viz_verdict verdict);

enum viz_level {
    VIZ_LEVEL_RUNS,     /* two runs and more on both sides */
    VIZ_LEVEL_ONE_SIDE, /* one run on one side, two and more on the other */
    VIZ_LEVEL_SAMPLES,  /* one run a side */
};

/* Why a statistic has no test. */
#define VIZ_CONTRAST_WHYS(X)                                                           \
    X(SHOWN, "")                                                                       \
    X(NO_VALUES, "there are no values")                                                \
    X(TOO_FEW, "too few effective values")                                             \
    X(FEW_VALUES, "fewer than 10 effective values")                                    \
    X(CONSTANT, "no variation to test against")                                        \
    X(TIED, "too many equal values for an interval")

enum viz_contrast_why {
#define X(id, text) VIZ_WHY_##id,
    VIZ_CONTRAST_WHYS(X)
#undef X
};

struct viz_contrast_row {
    double a, b;            /* NaN: no values */
    struct viz_t_test test; /* delta, se, df, t, p, interval by t. NaN where !shown */
    double low, high;       /* the interval that is reported */
    double boot_low, boot_high;             /* the bootstrap's of delta ... */
    double boot_ratio_low, boot_ratio_high; /* ... and of B / A */
    double ratio, ratio_low, ratio_high;    /* B / A; NaN unless both are > 0. Fieller's
 interval where low is Welch's */
    struct viz_tost equal;                  /* within limit */
    double limit;                           /* what is negligible, absolute, > 0 */
    double detectable;                      /* at 80 % power */
    double runs_needed; /* a side, to see limit at 90 % power; NaN: unknown */
    double p_adjusted;  /* of the family; set by viz_contrast_judge()'s caller */
    bool beyond;        /* the whole interval is beyond the limit */
    enum viz_contrast_why why;
    double has, needs; /* TOO_FEW, FEW_VALUES: effective values, of the shortest run */
    enum viz_verdict verdict;
};

struct viz_contrast {
    enum viz_level level;
    uint32_t runs_a, runs_b;
    struct viz_contrast_row row[VIZ_STATISTIC_COUNT];

    /* of the runs' means; one run a side: of every thin-th value, thin = ceil(tau) */
    size_t thin_a, thin_b;
    struct viz_mann_whitney mann_whitney; /* x is A */
    struct viz_hodges_lehmann hodges_lehmann;
    double cliff;
    struct viz_effect effect; /* in sd of runs' means; one run a side: of values */
    double
        d_values; /* Cohen's d in sd of single values, pooled over all runs, always */

    /* variance of a run's mean: between runs, and from within them; NaN: unknown */
    double between, within;

    double least_n_eff; /* of the shortest run; below 30 a test is liberal */
};

struct viz_contrast_params {
    double alpha;          /* 0.05 */
    double limit;          /* part of A's median that is negligible: 0.01 */
    double limit_absolute; /* > 0: so much instead, in the metric's unit */
    enum viz_better better;
    uint64_t seed;
    /* values of a run in order of time, for the thinned ranks of one run a side; may be
     * NULL, then there are none */
    const double *x_a, *x_b;
};

/* @a, @b: estimates of each run. At least one run a side. */
void viz_contrast(const struct viz_estimate *a, uint32_t runs_a,
                  const struct viz_estimate *b, uint32_t runs_b,
                  const struct viz_contrast_params *params, struct viz_contrast *out);

/* The verdict of a row, once row->p_adjusted stands:
 *   equivalent  the 1 - 2 alpha interval is within the limit
 *   better, worse, different
 *               p_adjusted < alpha and the interval leaves out 0
 *   not shown   otherwise. */
enum viz_verdict viz_contrast_judge(const struct viz_contrast_row *row,
                                    enum viz_better better, double alpha);

#endif
