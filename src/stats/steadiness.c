/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a run is steady. A change is proposed by PELT with a noise that the change
 * itself cannot inflate (differences of neighbouring block means), and kept if it stands a
 * test against what is left when all proposed changes are taken out. */
#include <viz/autocorrelation.h>
#include <viz/changes.h>
#include <viz/describe.h>
#include <viz/special.h>

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_VALUES 20
#define LEAST_EFFECTIVE 8.0 /* with fewer no drift is told */
#define MOST_POINTS 4096    /* of PELT: with no change in sight it takes their square */
#define MOST_PROPOSED 32
#define SAMPLE 65536 /* values that are enough for a median */

/* Of the runs that are steady, how many are said not to be. */
#define CHANGE_ALPHA 0.05
#define OTHER_ALPHA 0.01 /* warm-up; drift */

/* Values further than this many times the usual distance from the median are taken as
 * that far: a spike shifts no mean for long. */
#define CLIP 4.0

/* Means of blocks of clipped values. */
struct points {
    double *y, *rest; /* [n], rest: less its segment's mean */
    size_t n, block;
};

/* ---- clipping ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The usual distance from the median: MAD, where more than half of the values are the
 * same the mean distance of all. */
static double usual_distance(double *sample, size_t n, double median)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sample[i] = fabs(sample[i] - median);
        sum += sample[i];
    }
    qsort(sample, n, sizeof(double), compare);
    double mad = 1.4826 * viz_quantile(sample, n, 0.5, 7);
    return mad > 0 ? mad : 1.2533 * sum / (double)n;
}

static double *clip(const double *x, size_t n)
{
    size_t step = n / SAMPLE + 1, count = 0;
    double *out = viz_zalloc(n * sizeof(double));
    for (size_t i = 0; i < n; i += step)
        out[count++] = x[i];
    qsort(out, count, sizeof(double), compare);
    double median = viz_quantile(out, count, 0.5, 7);
    double most = CLIP * usual_distance(out, count, median);
    for (size_t i = 0; i < n; i++)
        out[i] = most > 0 ? fmin(fmax(x[i], median - most), median + most) : x[i];
    return out;
}

/* ---- tests ---- */

/* A test that is made of each of many places, of which near ones say the same, needs a
 * smaller p each. The number of places is from simulations. */
static bool is_beyond(double z, double df, size_t n, size_t least, double alpha)
{
    double places = 2 * pow((double)n / (double)least, 1.5);
    return df >= 1 && viz_t_two_sided(z, df) < alpha / places;
}

static double z_of(double a, double b, double variance, double n_a, double n_b)
{
    double se = sqrt(variance * (1 / n_a + 1 / n_b));
    return se > 0 ? fabs(a - b) / se : a == b ? 0 : INFINITY;
}

/* ---- warm-up ---- */

/* Whether a line through all of @x, with the sum of squares @about_line, leaves less than
 * a step at @cut. */
static bool is_climb(const double *x, size_t n, size_t cut, double about_line)
{
    double before = cut > 1 ? viz_variance(x, cut) * (double)(cut - 1) : 0;
    double after = viz_variance(x + cut, n - cut) * (double)(n - cut - 1);
    return about_line < before + after;
}

static size_t find_warmup(const double *x, size_t n, double about_line)
{
    size_t cut = viz_mser5(x, n), rest = n - cut;
    struct viz_effective effective;
    if (!cut || cut > n / 4 || is_climb(x, n, cut, about_line))
        return 0;
    viz_effective_size(x + cut, rest, &effective);
    double z =
        z_of(viz_mean(x, cut), viz_mean(x + cut, rest),
             viz_variance(x + cut, rest) * effective.tau, (double)cut, (double)rest);
    return is_beyond(z, effective.n_eff - 2, n, 5, OTHER_ALPHA) ? cut : 0;
}

/* ---- changes ---- */

static struct points make_points(const double *x, size_t n)
{
    struct points points = {.block = (n + MOST_POINTS - 1) / MOST_POINTS};
    points.n = n / points.block;
    points.y = viz_zalloc(points.n * sizeof(double));
    points.rest = viz_zalloc(points.n * sizeof(double));
    for (size_t i = 0; i < points.n; i++)
        points.y[i] = viz_mean(x + i * points.block, points.block);
    return points;
}

/* Variance of a mean of many points times their number, from differences of neighbouring
 * means of @length points, without the largest tenth of them. */
static double noise_of(const struct points *points, size_t length)
{
    size_t means = points->n / length, kept = means - 1 - (means - 1 + 9) / 10;
    double *square = viz_zalloc(means * sizeof(double)), sum = 0, all = 0;
    for (size_t i = 0; i + 1 < means; i++) {
        double off = viz_mean(points->y + i * length, length) -
                     viz_mean(points->y + (i + 1) * length, length);
        square[i] = off * off;
        all += square[i];
    }
    qsort(square, means - 1, sizeof(double), compare);
    for (size_t i = 0; i < kept; i++)
        sum += square[i];
    free(square);
    /* 0.623: what nine tenths of the squares of normal numbers are on average */
    double mean = sum > 0 ? sum / (double)kept / 0.623 : all / (double)(means - 1);
    return mean / 2 * (double)length;
}

/* Changes of @points, at[0..MOST_PROPOSED). */
static size_t propose(const struct points *points, double tau, size_t least, size_t *at)
{
    double length = fmin(ceil(4 * tau), (double)(points->n / 16));
    double penalty = 9 * noise_of(points, length > 1 ? (size_t)length : 1);
    size_t count;
    while ((count = viz_pelt(points->y, points->n, penalty, least, at, MOST_PROPOSED)) >
           MOST_PROPOSED)
        penalty *= 2;
    return count;
}

static size_t segment_end(const struct points *points, const size_t *at, size_t count,
                          size_t segment)
{
    return segment < count ? at[segment] : points->n;
}

/* Takes out the segments' means; mean[0..count], returns the sum of squares left. */
static double take_out(const struct points *points, const size_t *at, size_t count,
                       double *mean)
{
    double squares = 0;
    for (size_t s = 0, from = 0; s <= count; s++) {
        size_t to = segment_end(points, at, count, s);
        mean[s] = viz_mean(points->y + from, to - from);
        for (size_t i = from; i < to; i++) {
            points->rest[i] = points->y[i] - mean[s];
            squares += points->rest[i] * points->rest[i];
        }
        from = to;
    }
    return squares;
}

/* Drops the weakest change that does not stand; false: all do. */
static bool drop_weakest(const struct points *points, size_t *at, size_t *count,
                         size_t least)
{
    double mean[MOST_PROPOSED + 1], weakest = INFINITY;
    double squares = take_out(points, at, *count, mean);
    double parts = (double)*count + 1;
    struct viz_effective effective;
    size_t which = 0;
    viz_effective_size(points->rest, points->n, &effective);
    /* Each mean that is taken out takes some of the correlation with it, more the further
     * it reaches. */
    double reach = fmin(fmax(1, 4 * (double)effective.pairs - 1), 4 * effective.tau);
    double df = (double)points->n / reach - parts;
    double variance = squares * effective.tau / (df * reach);
    for (size_t i = 0, from = 0; i < *count; i++) {
        size_t to = segment_end(points, at, *count, i + 1);
        double z = z_of(mean[i], mean[i + 1], variance, (double)(at[i] - from),
                        (double)(to - at[i]));
        if (z < weakest) {
            weakest = z;
            which = i;
        }
        from = at[i];
    }
    if (df >= 1 && is_beyond(weakest, df, points->n, least, CHANGE_ALPHA))
        return false;
    memmove(at + which, at + which + 1, (--*count - which) * sizeof(*at));
    return true;
}

/* ---- drift ---- */

/* The line through @x: last less first; and the sum of squares about it. */
static double fit_line(const double *x, size_t n, double *rest, double *squares)
{
    double mean = viz_mean(x, n), middle = (double)(n - 1) / 2, sum = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        sum += ((double)i - middle) * (x[i] - mean);
        norm += ((double)i - middle) * ((double)i - middle);
    }
    *squares = 0;
    for (size_t i = 0; i < n; i++) {
        rest[i] = x[i] - mean - sum / norm * ((double)i - middle);
        *squares += rest[i] * rest[i];
    }
    return sum / norm * (double)(n - 1);
}

/* Whether the line through @points is none by chance. */
static bool is_drift(const struct points *points, double *squares)
{
    double drift = fit_line(points->y, points->n, points->rest, squares);
    double n = (double)points->n;
    struct viz_effective effective;
    viz_effective_size(points->rest, points->n, &effective);
    /* A slope's variance is 12 / n^3 of that of one value, that of last less first 12 / n
     */
    double se = sqrt(12 * *squares / (n - 2) * effective.tau / n);
    double df = effective.n_eff - 2;
    return effective.n_eff >= LEAST_EFFECTIVE && drift != 0 &&
           (se == 0 || viz_t_two_sided(drift / se, df) < OTHER_ALPHA);
}

/* ---- all of it ---- */

/* To the value: where between the neighbouring changes the split explains most. */
static size_t refine(const double *x, size_t from, size_t at, size_t to, size_t block)
{
    size_t low = at > from + 2 * block ? at - 2 * block : from + 1;
    size_t high = at + 2 * block < to ? at + 2 * block : to - 1, best = at;
    double mean = viz_mean(x + from, to - from), sum = 0, most = -1;
    for (size_t i = from; i < low; i++)
        sum += x[i] - mean;
    for (size_t t = low; t <= high; t++) {
        double left = (double)(t - from), right = (double)(to - t);
        double gain = sum * sum * (1 / left + 1 / right);
        if (gain > most) {
            most = gain;
            best = t;
        }
        sum += x[t] - mean;
    }
    return best;
}

/* What is found in @clipped, as indices and means of the run @x, both from @skip on. */
static void tell(const double *x, const double *clipped, size_t n, size_t skip,
                 const struct points *points, const size_t *at, size_t count,
                 double ignore, struct viz_steadiness *out)
{
    size_t place[MOST_PROPOSED + 2] = {0}, last = n - skip;
    for (size_t i = 0; i < count; i++) {
        size_t to = i + 1 < count ? at[i + 1] * points->block : last;
        place[i + 1] = refine(clipped + skip, place[i], at[i] * points->block, to,
                              points->block > 1 ? points->block : 0);
    }
    place[count + 1] = last;
    for (size_t i = 1; i <= count; i++) {
        struct viz_change change = {
            .at = skip + place[i],
            .before = viz_mean(x + skip + place[i - 1], place[i] - place[i - 1]),
            .after = viz_mean(x + skip + place[i], place[i + 1] - place[i]),
        };
        if (fabs(change.after - change.before) < ignore)
            continue;
        if (out->changes < VIZ_MOST_CHANGES)
            out->change[out->changes] = change;
        out->changes++;
    }
}

/* What climbs all the time looks like stairs with as many steps as it takes. By so much
 * @count steps that leave @squares must be better than a line: they choose more. */
static double stairs_cost(const struct points *points, double squares, size_t count)
{
    struct viz_effective effective;
    viz_effective_size(points->rest, points->n, &effective);
    return squares / effective.n_eff * (2 + 9 * (double)(count - 1));
}

static void find_changes(const double *x, const double *clipped, size_t n, size_t skip,
                         double tau, double ignore, struct viz_steadiness *out)
{
    struct points points = make_points(clipped + skip, n - skip);
    size_t at[MOST_PROPOSED], count, least = points.n / 50 > 8 ? points.n / 50 : 8;
    double mean[MOST_PROPOSED + 1], about_line;
    count = propose(&points, tau / (double)points.block, least, at);
    while (count && drop_weakest(&points, at, &count, least))
        continue;
    out->drifts = is_drift(&points, &about_line);
    double left = take_out(&points, at, count, mean);
    if (out->drifts && count && about_line < left + stairs_cost(&points, left, count))
        count = 0;
    else if (count)
        out->drifts = false;
    if (fabs(out->drift) < ignore)
        out->drifts = false;
    tell(x, clipped, n, skip, &points, at, count, ignore, out);
    free(points.y);
    free(points.rest);
}

void viz_steadiness(const double *x, size_t n, double tau, double ignore,
                    struct viz_steadiness *out)
{
    *out = (struct viz_steadiness){.steady = true, .warmup_mean = NAN};
    out->rest_mean = n ? viz_mean(x, n) : NAN;
    if (n < LEAST_VALUES)
        return;
    double *clipped = clip(x, n), *rest = viz_zalloc(n * sizeof(double)), squares;
    out->drift = fit_line(x, n, rest, &squares);
    fit_line(clipped, n, rest, &squares);
    size_t warmup = find_warmup(clipped, n, squares);
    double warmup_mean = warmup ? viz_mean(x, warmup) : NAN;
    double rest_mean = viz_mean(x + warmup, n - warmup);
    if (warmup && fabs(warmup_mean - rest_mean) >= ignore) {
        out->warmup = warmup;
        out->warmup_mean = warmup_mean;
        out->rest_mean = rest_mean;
    }
    find_changes(x, clipped, n, warmup, tau, ignore, out);
    out->steady = !out->warmup && !out->changes && !out->drifts;
    free(clipped);
    free(rest);
}
