/* SPDX-License-Identifier: GPL-3.0-or-later */
/* p values of a family of tests, adjusted for their number. NaN among them is not part of
 * the family and stays NaN. Pure functions, any thread; @out may be @p. */
#ifndef VIZ_MULTIPLICITY_H
#define VIZ_MULTIPLICITY_H

#include <stddef.h>

/* Benjamini and Hochberg (1995): min over j >= i of (m / j) p(j), at most 1. */
void viz_adjust_bh(const double *p, size_t n, double *out);
/* Benjamini and Yekutieli (2001): the same times the sum of 1 / i. */
void viz_adjust_by(const double *p, size_t n, double *out);
/* Holm (1979). */
void viz_adjust_holm(const double *p, size_t n, double *out);

#endif
