/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/estimate.h>

#include <viz/alloc.h>
#include <viz/bootstrap.h>
#include <viz/cancel.h>

#include <math.h>
#include <stdlib.h>

#define LONG_RUN 40000000.0 /* values drawn for one run, replicates together */
#define MOST_REPLICATES 10000
#define LEAST_REPLICATES 2000
#define MANY_RUNS_REPLICATES 2000 /* the runs themselves are drawn then, too */
#define LJUNG_BOX_LAGS 10
#define NORMAL_95 3.919927969080108 /* width of the middle 95 % of a normal, in sd */
#define STRONG_TAU 3 /* n by effective values from which neighbours are very alike */
#define SURE 3       /* standard errors */
#define MOST_WIDENING 9.0 /* of a variance: what a short series makes of it is noise */

const char *viz_statistic_name(enum viz_statistic statistic)
{
    static const char *const names[] = {
#define X(id, name) name,
        VIZ_STATISTICS(X)
#undef X
    };
    return names[statistic];
}

double viz_statistic_p(enum viz_statistic statistic)
{
    static const double p[] = {NAN, 0.5, 0.95, 0.99};
    return p[statistic];
}

uint32_t viz_estimate_replicates(size_t n, uint32_t runs)
{
    double most = runs > 2 ? MANY_RUNS_REPLICATES : MOST_REPLICATES;
    double drawn = fmin(fmax((double)n, 1), VIZ_ESTIMATE_DRAWN);
    double fit = LONG_RUN / drawn;
    return (uint32_t)fmax(LEAST_REPLICATES, fmin(most, floor(fit)));
}

static void describe(struct viz_estimate *estimate, const double *x, size_t n)
{
    estimate->sorted = viz_sorted(x, n);
    estimate->mean = n ? viz_mean(x, n) : NAN;
    estimate->sd = n > 1 ? viz_sd(x, n) : NAN;
    estimate->min = n ? estimate->sorted[0] : NAN;
    estimate->max = n ? estimate->sorted[n - 1] : NAN;
    estimate->skewness = viz_skewness(x, n);
    estimate->kurtosis = viz_kurtosis(x, n);
    estimate->mad = viz_mad(estimate->sorted, n);
    estimate->iqr = viz_quantile(estimate->sorted, n, 0.75, 7) -
                    viz_quantile(estimate->sorted, n, 0.25, 7);
    viz_outliers_count(estimate->sorted, n, &estimate->outliers);
}

static void follow(struct viz_estimate *estimate, const double *x, size_t n,
                   const struct viz_estimate_params *params)
{
    struct viz_dependence dependence;
    estimate->ljung_box_lags = n > 5 * LJUNG_BOX_LAGS ? LJUNG_BOX_LAGS : n / 5;
    viz_dependence(x, n, estimate->ljung_box_lags, &dependence);
    estimate->effective = dependence.effective;
    estimate->ljung_box_p = dependence.ljung_box_p;
    estimate->block = dependence.block;
    viz_steadiness(x, n, estimate->effective.tau,
                   params->ignore * fabs(n ? estimate->mean : 0),
                   &estimate->steadiness);
}

static void draw_replicates(struct viz_estimate *estimate, const double *x, size_t n,
                            const struct viz_estimate_params *params)
{
    estimate->drawn = n < VIZ_ESTIMATE_DRAWN ? n : VIZ_ESTIMATE_DRAWN;
    struct viz_bootstrap_params bootstrap = {
        .block = estimate->block,
        .replicates = params->replicates,
        .length = estimate->drawn,
        .seed = params->seed,
        .cancelled = params->cancelled,
    };
    double *quantile[VIZ_BOOTSTRAP_QUANTILES];
    estimate->replicates = params->replicates;
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        estimate->of[i].replicate = viz_zalloc(params->replicates * sizeof(double));
    for (int i = 0; i < VIZ_BOOTSTRAP_QUANTILES; i++) {
        bootstrap.p[i] = viz_statistic_p(VIZ_STATISTIC_MEDIAN + i);
        quantile[i] = estimate->of[VIZ_STATISTIC_MEDIAN + i].replicate;
    }
    viz_bootstrap(x, n, &bootstrap, estimate->of[VIZ_STATISTIC_MEAN].replicate,
                  quantile);
}

/* m out of n: replicates of m values spread sqrt(n / m) times as far as those of n. */
static void draw_together(struct viz_estimate *estimate)
{
    double scale = sqrt((double)estimate->drawn / (double)estimate->n);
    for (int i = 0; i < VIZ_STATISTIC_COUNT && scale < 1; i++) {
        struct viz_estimate_of *of = &estimate->of[i];
        for (uint32_t k = 0; of->replicate && k < estimate->replicates; k++)
            of->replicate[k] = of->value + scale * (of->replicate[k] - of->value);
    }
}

/* Standard deviation by the middle 95 %, which few wild replicates of a tail cannot move. */
static double spread(const double *replicate, uint32_t replicates)
{
    double *sorted = viz_sorted(replicate, replicates);
    double width = viz_quantile(sorted, replicates, 0.975, 7) -
                   viz_quantile(sorted, replicates, 0.025, 7);
    free(sorted);
    return width / NORMAL_95;
}

/* n times the variance of the mean of an indicator series. viz_long_run() goes by an AR(1)
 * series, and finds too little where strongly correlated values have noise of their own:
 * there Geyer's sum counts if it is more. */
static double variance_of_mean(const double *x, size_t n,
                               const struct viz_effective *effective,
                               const struct viz_long_run *long_run)
{
    if (effective->tau < STRONG_TAU)
        return long_run->variance;
    return fmax(long_run->variance, viz_variance(x, n) * effective->tau);
}

/* Whether the quantile is one of many equal values, and its p is so far inside what they
 * take up that nothing else is possible. */
static bool is_sure(const double *x, size_t n, double quantile, double p, double error)
{
    size_t below = 0, equal = 0;
    for (size_t i = 0; i < n; i++) {
        below += x[i] < quantile;
        equal += x[i] == quantile;
    }
    double low = (double)below / (double)n, high = (double)(below + equal) / (double)n;
    return p - low > SURE * error && high - p > SURE * error;
}

/* The error of a quantile: what its replicates spread, times what the bootstrap misses of
 * the mean of "x <= quantile". NaN: ties hide it. */
static void estimate_error(struct viz_estimate *estimate, const double *x, size_t n,
                           enum viz_statistic statistic)
{
    struct viz_estimate_of *of = &estimate->of[statistic];
    double *below = viz_zalloc(n * sizeof(*below)), missed = 1;
    double drawn, variance, p = viz_statistic_p(statistic);
    struct viz_effective effective;
    struct viz_long_run long_run;
    for (size_t i = 0; i < n; i++)
        below[i] = x[i] <= of->value;
    viz_effective_size(below, n, &effective);
    viz_long_run(below, n, &long_run);
    of->n_eff = fmin(of->n_eff, effective.n_eff);
    of->enough = of->n_eff >= of->needs;
    of->df = long_run.df;
    variance = variance_of_mean(below, n, &effective, &long_run);
    drawn = viz_bootstrap_variance(below, n, estimate->block);
    if (drawn > 0)
        missed = fmin(MOST_WIDENING, fmax(1, variance / drawn));
    free(below);
    of->se = sqrt(missed) * spread(of->replicate, estimate->replicates);
    if (of->se == 0 && estimate->sd > 0 &&
        !is_sure(x, n, of->value, p, sqrt(variance / (double)n)))
        of->se = NAN;
}

static void estimate_quantile(struct viz_estimate *estimate,
                              enum viz_statistic statistic, double confidence)
{
    struct viz_estimate_of *of = &estimate->of[statistic];
    double p = viz_statistic_p(statistic);
    of->value = viz_quantile(estimate->sorted, estimate->n, p, 7);
    of->needs = (double)viz_quantile_needs(p, confidence);
    of->n_eff = estimate->effective.n_eff;
    of->enough = of->n_eff >= of->needs;
}

static void estimate_mean(struct viz_estimate *estimate, const double *x, size_t n)
{
    struct viz_long_run long_run;
    struct viz_estimate_of *of = &estimate->of[VIZ_STATISTIC_MEAN];
    of->value = estimate->mean;
    of->n_eff = estimate->effective.n_eff;
    of->needs = 1;
    of->enough = true;
    viz_long_run(x, n, &long_run);
    of->se = sqrt(long_run.variance / (double)n);
    of->df = long_run.df;
}

void viz_estimate_init(struct viz_estimate *estimate, const double *x, size_t n,
                       const struct viz_estimate_params *params)
{
    *estimate = (struct viz_estimate){.n = n};
    describe(estimate, x, n);
    follow(estimate, x, n, params);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        estimate->of[i] = (struct viz_estimate_of){.value = NAN, .se = NAN, .df = NAN};
    if (!n)
        return;
    estimate_mean(estimate, x, n);
    for (int i = VIZ_STATISTIC_MEDIAN; i < VIZ_STATISTIC_COUNT; i++)
        estimate_quantile(estimate, (enum viz_statistic)i, params->confidence);
    if (n < 2 || params->replicates < 2 || viz_cancelled(params->cancelled))
        return;
    draw_replicates(estimate, x, n, params);
    draw_together(estimate);
    for (int i = VIZ_STATISTIC_MEDIAN;
         i < VIZ_STATISTIC_COUNT && !viz_cancelled(params->cancelled); i++)
        estimate_error(estimate, x, n, (enum viz_statistic)i);
}

void viz_estimate_finish(struct viz_estimate *estimate)
{
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        free(estimate->of[i].replicate);
    free(estimate->sorted);
    *estimate = (struct viz_estimate){.n = 0};
}
