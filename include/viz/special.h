/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distribution functions, from the GNU Scientific Library where it has them. Checked
 * against R 4.2.2 (tests/test_special.c). Pure; any thread, once viz_special_start() has
 * been called. Outside of where a function is defined: NaN, never an abort. */
#ifndef VIZ_SPECIAL_H
#define VIZ_SPECIAL_H

/* Once, by the main thread, before anything else of statistics: GSL's habit of ending the
 * program on a bad argument is turned off. Calling it again does no harm. */
void viz_special_start(void);

/* Student's t with @df > 0 degrees of freedom (any real number, infinity is normal). */
double viz_t_below(double t, double df);     /* P(T <= t) */
double viz_t_above(double t, double df);     /* P(T > t), exact far out too */
double viz_t_two_sided(double t, double df); /* P(|T| > |t|) */
double viz_t_quantile(double p, double df);

/* Noncentral t: (Z + ncp) / sqrt(chi2 / df). By quadrature over the chi distribution,
 * absolute error below 1e-11; @df of at least 0.01. */
double viz_nct_below(double t, double df, double ncp);
/* The ncp with viz_nct_below(t, df, ncp) = p. */
double viz_nct_ncp(double t, double df, double p);

double viz_normal_below(double z);
double viz_normal_above(double z);
double viz_normal_quantile(double p);
double viz_chi2_above(double x, double df);
double viz_beta_below(double x, double a, double b); /* regularised I_x(a, b) */
double viz_beta_quantile(double p, double a, double b);
double viz_binomial_below(unsigned k, unsigned n, double p); /* P(X <= k) */
/* Smallest k with P(X <= k) >= q. */
unsigned viz_binomial_quantile(double q, unsigned n, double p);
double viz_log_gamma(double x);

#endif
