/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standardised effect sizes. They measure a difference in units of the noise: with little
 * noise a small difference is "large", so viz prints units and percent first and has no
 * words for these. Pure functions, any thread. */
#ifndef VIZ_EFFECT_H
#define VIZ_EFFECT_H

#include <viz/welch.h>

struct viz_effect {
    double d; /* Cohen: (mean B - mean A) / pooled sd */
    double g; /* Hedges (1981): J d, J exact by the gamma function */
    double j;
    double low, high; /* 1 - alpha interval of g: J times that of d, by inverting the
                         noncentral t distribution */
    double d_low, d_high;
    double glass; /* by the sd of A alone */
};

/* n may be effective sizes. NaN throughout where the pooled sd is 0, a side has nothing or
 * n_A + n_B < 3. With exactly 3 values d has no expectation: j and g are NaN. glass is NaN
 * where A has no spread. */
void viz_effect(const struct viz_moments *a, const struct viz_moments *b, double alpha,
                struct viz_effect *out);

#endif
