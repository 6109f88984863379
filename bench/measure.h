/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several measurements need. */
#ifndef VIZ_BENCH_MEASURE_H
#define VIZ_BENCH_MEASURE_H

#include <time.h>

/* Of qsort(), for doubles. */
static inline int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* This thread's time on a core. */
static inline double spent_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
