/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/estimate.h>

#include <math.h>

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
