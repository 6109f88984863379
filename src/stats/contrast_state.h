/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a contrast, among themselves. */
#ifndef VIZ_CONTRAST_STATE_H
#define VIZ_CONTRAST_STATE_H

#include <viz/contrast.h>

struct viz_contrast_side {
    const struct viz_estimate *run;
    uint32_t runs, valid; /* valid: that have values */
    const double *x;      /* of the only run, or NULL */
};

/* What a side's value varies: its variance and degrees of freedom. */
struct viz_contrast_error {
    double variance, df;
};

static inline const struct viz_estimate_of *
of(const struct viz_contrast_side *side, uint32_t run, enum viz_statistic statistic)
{
    return &side->run[run].of[statistic];
}

/* The intervals of a row whose test stands: by draws, Welch's and Fieller's. */
void viz_contrast_intervals(const struct viz_contrast_side *const side[2],
                            enum viz_statistic statistic, enum viz_level level,
                            const struct viz_contrast_error error[2],
                            const struct viz_contrast_params *params,
                            struct viz_contrast_row *row);

#endif
