/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one run says of one metric: the statistics, how sure they are given that
 * neighbouring values are alike, and replicates of them for intervals. Pure, any thread;
 * the result depends on the values and the seed alone.
 *
 * Standard errors. Of the mean: by viz_long_run() (autocorrelation.h), which keeps the level
 * of a test where Geyer's sum is a little wide or narrow. Of a quantile: the spread of its
 * stationary-bootstrap replicates (Politis and Romano 1994, block length by Politis and
 * White), times what that bootstrap misses: resampling in blocks breaks the correlation at
 * every seam and so makes intervals too narrow. How much is known for the indicator series
 * "x <= quantile", whose mean a quantile inverts: the root of its variance by
 * viz_long_run(), over its variance by the bootstrap, which is known exactly (at least 1,
 * at most 3). Effective sizes are Geyer's throughout. */
#ifndef VIZ_ESTIMATE_H
#define VIZ_ESTIMATE_H

#include <viz/autocorrelation.h>
#include <viz/changes.h>
#include <viz/describe.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_STATISTICS(X)                                                              \
    X(MEAN, "mean")                                                                    \
    X(MEDIAN, "median")                                                                \
    X(P95, "p95")                                                                      \
    X(P99, "p99")

enum viz_statistic {
#define X(id, name) VIZ_STATISTIC_##id,
    VIZ_STATISTICS(X)
#undef X
        VIZ_STATISTIC_COUNT
};

const char *viz_statistic_name(enum viz_statistic statistic);
double viz_statistic_p(enum viz_statistic statistic); /* 0.5, 0.95, 0.99; mean: NaN */

struct viz_estimate_params {
    double confidence;   /* of how many values a quantile needs: 0.95 */
    uint32_t replicates; /* 0: no bootstrap, standard errors of quantiles are NaN */
    uint64_t seed;
    double ignore; /* changes within the run smaller than this part of the mean are not
                      told: 0.01 */
    /* Once it is set the rest is left out: the estimate says nothing any more and can only
     * be finished. NULL: never. */
    const atomic_bool *cancelled;
};

struct viz_estimate_of {
    double value; /* NaN: no values at all */
    double se;    /* NaN: unknown (n < 2, no bootstrap) */
    double df;    /* of se, for Student's t */
    double n_eff; /* of the mean, or of the quantile's indicator series */
    double needs; /* effective values that this statistic needs before it is shown */
    bool enough;  /* n_eff >= needs, and finite */
    double *replicate; /* [replicates], NULL: none */
};

#define VIZ_ESTIMATE_DRAWN 20000

struct viz_estimate {
    size_t n; /* finite values */
    double mean, sd, min, max, skewness, kurtosis, mad, iqr;
    struct viz_effective effective;
    double ljung_box_p;
    size_t ljung_box_lags;
    double block; /* mean block length of the bootstrap */
    uint32_t replicates;
    size_t drawn; /* values of a replicate: n, or VIZ_ESTIMATE_DRAWN of a longer run, of
                     which the replicates are then drawn together to the spread of n */
    struct viz_estimate_of of[VIZ_STATISTIC_COUNT];
    struct viz_outliers outliers;
    struct viz_steadiness steadiness;
    double *sorted; /* [n] ascending: for distributions */
};

/* Fewer values, or worth less than so many, are not called steady. */
#define VIZ_STEADINESS_VALUES 20
#define VIZ_STEADINESS_EFFECTIVE 10

/* Whether it can be said that the run is steady, or that it is not. */
static inline bool viz_estimate_judges(const struct viz_estimate *estimate)
{
    return estimate->n && (!estimate->steadiness.steady ||
                           (estimate->n >= VIZ_STEADINESS_VALUES &&
                            estimate->effective.n_eff >= VIZ_STEADINESS_EFFECTIVE));
}

/* @x: finite values in order of time; n may be 0. */
void viz_estimate_init(struct viz_estimate *estimate, const double *x, size_t n,
                       const struct viz_estimate_params *params);
void viz_estimate_finish(struct viz_estimate *estimate);

/* Replicates for runs of @n values so that all @runs of a comparison stay quick: 10 000
 * where they are short, 2000 where they are long or many. */
uint32_t viz_estimate_replicates(size_t n, uint32_t runs);

#endif
