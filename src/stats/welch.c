/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/welch.h>

#include <viz/describe.h>
#include <viz/special.h>

#include <math.h>
#include <stdbool.h>

#define MOST_VALUES 1e7

void viz_moments_of(const double *x, size_t n, struct viz_moments *out)
{
    out->n = (double)n;
    out->mean = n >= 1 ? viz_mean(x, n) : NAN;
    out->variance = n >= 2 ? viz_variance(x, n) : NAN;
}

static double finite_or_nan(double value)
{
    return isfinite(value) ? value : NAN;
}

static void unknown(double delta, struct viz_t_test *out)
{
    *out = (struct viz_t_test){.delta = finite_or_nan(delta),
                               .se = NAN,
                               .df = NAN,
                               .t = NAN,
                               .p = NAN,
                               .low = NAN,
                               .high = NAN};
}

/* The same value throughout, on both sides. */
static bool is_constant(double delta, double se)
{
    return delta == 0 && se == 0;
}

void viz_t_of(double delta, double se, double df, double alpha, struct viz_t_test *out)
{
    unknown(delta, out);
    if (is_constant(delta, se)) {
        out->se = out->t = out->low = out->high = 0;
        out->p = 1;
        return;
    }
    if (!(se > 0) || !(df > 0))
        return;
    double t = delta / se, half = -viz_t_quantile(alpha / 2, df) * se;
    struct viz_t_test test = {.delta = delta,
                              .se = se,
                              .df = df,
                              .t = t,
                              .p = viz_t_two_sided(t, df),
                              .low = delta - half,
                              .high = delta + half};
    /* What overflows says nothing. */
    if (isfinite(t) && isfinite(test.p) && isfinite(test.low) && isfinite(test.high))
        *out = test;
}

void viz_welch(const struct viz_moments *a, const struct viz_moments *b, double alpha,
               struct viz_t_test *out)
{
    double delta = b->mean - a->mean;
    if (!(a->n >= 2 && b->n >= 2)) {
        unknown(delta, out);
        return;
    }
    double of_a = a->variance / a->n, of_b = b->variance / b->n, sum = of_a + of_b;
    /* By shares, so that no square overflows. */
    double share_a = of_a / sum, share_b = of_b / sum;
    double df = 1 / (share_a * share_a / (a->n - 1) + share_b * share_b / (b->n - 1));
    viz_t_of(delta, sqrt(sum), df, alpha, out);
}

void viz_student(const struct viz_moments *a, const struct viz_moments *b, double alpha,
                 struct viz_t_test *out)
{
    double delta = b->mean - a->mean, df = a->n + b->n - 2;
    if (!(a->n >= 2 && b->n >= 2)) {
        unknown(delta, out);
        return;
    }
    double pooled = a->variance * ((a->n - 1) / df) + b->variance * ((b->n - 1) / df);
    viz_t_of(delta, sqrt(pooled) * sqrt(1 / a->n + 1 / b->n), df, alpha, out);
}

void viz_one_against(const struct viz_moments *a, const struct viz_moments *b,
                     double alpha, struct viz_t_test *out)
{
    const struct viz_moments *one = a->n == 1 ? a : b, *sample = one == a ? b : a;
    double delta = b->mean - a->mean;
    if (one->n == 1 && sample->n >= 2)
        viz_t_of(delta, sqrt(sample->variance) * sqrt(1 + 1 / sample->n), sample->n - 1,
                 alpha, out);
    else
        unknown(delta, out);
}

void viz_tost(const struct viz_t_test *test, double limit, double alpha,
              struct viz_tost *out)
{
    if (is_constant(test->delta, test->se)) {
        double p = limit > 0 ? 0 : 1;
        *out = (struct viz_tost){.p_low = p, .p_high = p, .p = p};
        return;
    }
    double half = -viz_t_quantile(alpha, test->df) * test->se;
    out->p_low = viz_t_above((test->delta + limit) / test->se, test->df);
    out->p_high = viz_t_below((test->delta - limit) / test->se, test->df);
    out->p =
        isnan(out->p_low) || isnan(out->p_high) ? NAN : fmax(out->p_low, out->p_high);
    out->low = finite_or_nan(test->delta - half);
    out->high = finite_or_nan(test->delta + half);
}

double viz_detectable(double se, double df, double alpha, double power)
{
    return finite_or_nan((viz_t_quantile(power, df) - viz_t_quantile(alpha / 2, df)) *
                         se);
}

double viz_power(double n, double effect, double alpha, int both_tails)
{
    if (!(n > 1) || !(alpha > 0 && alpha < 1))
        return NAN;
    double df = 2 * (n - 1), ncp = fabs(effect) * sqrt(n / 2);
    double threshold = viz_t_quantile(alpha / 2, df); /* the lower one */
    /* P(T > -threshold) as that of -T below it: no digits lost by a difference from 1. */
    double power = viz_nct_below(threshold, df, -ncp);
    if (both_tails)
        power += viz_nct_below(threshold, df, ncp);
    return power > 1 ? 1 : power;
}

struct wanted {
    double effect, alpha, power;
};

static double power_missing(const struct wanted *wanted, double log_n)
{
    return wanted->power - viz_power(exp(log_n), wanted->effect, wanted->alpha, 0);
}

/* Regula falsi, "Illinois": an end that stays counts half. */
static double power_root(const struct wanted *wanted, double low, double high)
{
    double at_low = power_missing(wanted, low), at_high = power_missing(wanted, high);
    double root = high;
    for (int i = 0; i < 200 && high - low > 1e-13 * high; i++) {
        root = low + (high - low) * (at_low / (at_low - at_high));
        double at_root = power_missing(wanted, root);
        if (at_root > 0) {
            low = root;
            at_low = at_root;
            at_high /= 2;
        } else if (at_root < 0) {
            high = root;
            at_high = at_root;
            at_low /= 2;
        } else {
            break;
        }
    }
    return exp(root);
}

double viz_power_needs(double effect, double alpha, double power)
{
    const struct wanted wanted = {effect, alpha, power};
    double low = log(2), high = low, most = log(MOST_VALUES);
    if (!(power > 0 && power < 1) || isnan(power_missing(&wanted, low)))
        return NAN;
    if (power_missing(&wanted, low) <= 0)
        return 2;
    while (high < most && power_missing(&wanted, high) > 0) {
        low = high;
        high = fmin(high + 1, most);
    }
    return power_missing(&wanted, high) > 0 ? NAN : power_root(&wanted, low, high);
}

double viz_power_effect(double n, double alpha, double power)
{
    if (!(n > 1) || !(alpha > 0 && alpha < 1) || !(power > 0 && power < 1))
        return NAN;
    double df = 2 * (n - 1), threshold = -viz_t_quantile(alpha / 2, df);
    double effect = viz_nct_ncp(threshold, df, 1 - power) / sqrt(n / 2);
    return effect < 0 ? 0 : effect;
}
