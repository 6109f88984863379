/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Welch's t test, equivalence, and what a test could have seen. Everything works from
 * summaries, so that n may be an effective sample size, not a whole number. delta is B - A
 * throughout. Pure functions, any thread. */
#ifndef VIZ_WELCH_H
#define VIZ_WELCH_H

#include <stddef.h>

struct viz_moments {
    double n, mean, variance; /* variance of one value, n - 1 */
};

void viz_moments_of(const double *x, size_t n, struct viz_moments *out);

struct viz_t_test {
    double delta, se, df, t, p; /* p two-sided */
    double low, high;           /* 1 - alpha interval of delta */
};

/* Welch (1947) with Satterthwaite's degrees of freedom; for others there is viz_t_of().
 * n < 2 on a side, or variances that are both 0: se, df, t, p and interval are NaN,
 * unless delta is 0 with both variances 0 and both n >= 2: then se and t are 0, p is 1 and
 * the interval is 0 wide (df stays NaN). Values so large that a result overflows: NaN as
 * well. */
void viz_welch(const struct viz_moments *a, const struct viz_moments *b, double alpha,
               struct viz_t_test *out);

/* Student's with equal variances: what many tools compute. For comparison with them. NaN
 * where viz_welch() has NaN. */
void viz_student(const struct viz_moments *a, const struct viz_moments *b, double alpha,
                 struct viz_t_test *out);

/* One value against a sample, of whose variance it is taken to be: delta = b - a where one
 * of them has n = 1. Prediction: se = s sqrt(1 + 1 / n), df = n - 1. NaN as in viz_welch()
 * where neither has 1 value or the other not 2. */
void viz_one_against(const struct viz_moments *a, const struct viz_moments *b,
                     double alpha, struct viz_t_test *out);

/* An estimate with a standard error: the t, p and interval of it. A standard error of 0:
 * as in viz_welch(). */
void viz_t_of(double delta, double se, double df, double alpha, struct viz_t_test *out);

/* Two one-sided tests (Schuirmann 1987): the larger p of delta <= -limit and delta >=
 * limit, and the 1 - 2 alpha interval; equivalent at alpha if p < alpha, which is the same
 * as an interval inside the limits. */
struct viz_tost {
    double p_low, p_high, p;
    double low, high;
};
void viz_tost(const struct viz_t_test *test, double limit, double alpha,
              struct viz_tost *out);

/* Smallest delta that a two-sided test at alpha sees with @power: (t_1-alpha/2 +
 * t_power) se. */
double viz_detectable(double se, double df, double alpha, double power);

/* Power of a two-sided, two-sample test with @n values a side for a difference of @effect
 * standard deviations, by the noncentral t distribution. @both_tails: count rejections in
 * the wrong direction too. n need not be whole. */
double viz_power(double n, double effect, double alpha, int both_tails);
/* Values a side for that power (one tail), a real number >= 2; NaN: more than 1e7. */
double viz_power_needs(double effect, double alpha, double power);
/* Effect that n values a side show with that power. */
double viz_power_effect(double n, double alpha, double power);

#endif
