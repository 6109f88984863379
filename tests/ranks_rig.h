/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples for the tests of ranks, and what is counted from the definition. */
#ifndef VIZ_TESTS_RANKS_RIG_H
#define VIZ_TESTS_RANKS_RIG_H

#include "near_rig.h"

#include <viz/random.h>
#include <viz/ranks.h>

static const double sleep_a[] = {.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2};
static const double sleep_b[] = {1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4};
static const double hollander_x[] = {.80,  .83,  1.89, 1.04, 1.45,
                                     1.38, 1.91, 1.64, .73,  1.46};
static const double hollander_y[] = {1.15, .88, .90, .74, 1.21};

static inline struct viz_mann_whitney test_of(const double *x, size_t m,
                                              const double *y, size_t n)
{
    struct viz_mann_whitney out;
    viz_mann_whitney(x, m, y, n, &out);
    return out;
}

static inline struct viz_hodges_lehmann shift_of(const double *x, size_t m,
                                                 const double *y, size_t n)
{
    struct viz_hodges_lehmann out;
    viz_hodges_lehmann(x, m, y, n, 0.05, &out);
    return out;
}

/* Few different values give many ties. */
static inline void fill(struct viz_random *random, double *x, size_t n, uint64_t values)
{
    for (size_t i = 0; i < n; i++)
        x[i] = values ? (double)viz_random_below(random, values)
                      : viz_random_normal(random);
}

/* U by its definition. */
static inline double count_u(const double *x, size_t m, const double *y, size_t n)
{
    double u = 0;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            u += x[i] > y[j] ? 1 : x[i] == y[j] ? 0.5 : 0;
    return u;
}

static inline void shuffle(struct viz_random *random, double *x, size_t n)
{
    for (size_t i = n - 1; i > 0; i--) {
        size_t k = viz_random_below(random, i + 1);
        double kept = x[i];
        x[i] = x[k];
        x[k] = kept;
    }
}

#endif
