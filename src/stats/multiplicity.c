/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/multiplicity.h>

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>

struct member {
    double p;
    size_t place;
};

static int compare(const void *left, const void *right)
{
    double a = ((const struct member *)left)->p, b = ((const struct member *)right)->p;

    return (a > b) - (a < b);
}

/* The family in ascending order; what is not of it becomes NaN in @out. free() it. */
static struct member *family_of(const double *p, size_t n, double *out, size_t *size)
{
    struct member *family = viz_zalloc((n ? n : 1) * sizeof(*family));

    *size = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(p[i]))
            out[i] = NAN;
        else
            family[(*size)++] = (struct member){p[i], i};
    }
    qsort(family, *size, sizeof(*family), compare);
    return family;
}

static void step_up(const double *p, size_t n, double *out, double times)
{
    size_t size;
    struct member *family = family_of(p, n, out, &size);
    double least = 1;

    for (size_t i = size; i > 0; i--) {
        least = fmin(least, times * ((double)size / (double)i) * family[i - 1].p);
        out[family[i - 1].place] = least;
    }
    free(family);
}

void viz_adjust_bh(const double *p, size_t n, double *out)
{
    step_up(p, n, out, 1);
}

void viz_adjust_by(const double *p, size_t n, double *out)
{
    double harmonic = 0;
    size_t rank = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(p[i]))
            harmonic += 1 / (double)++rank;
    step_up(p, n, out, harmonic);
}

void viz_adjust_holm(const double *p, size_t n, double *out)
{
    size_t size;
    struct member *family = family_of(p, n, out, &size);
    double most = 0;

    for (size_t i = 0; i < size; i++) {
        most = fmax(most, fmin(1, (double)(size - i) * family[i].p));
        out[family[i].place] = most;
    }
    free(family);
}
