/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/changes.h>

#include <viz/alloc.h>
#include <viz/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* out[i] = sum of the first i values, less what they would be at the mean of all: small
 * numbers, whose differences are exact enough. */
static void add_up(const double *x, size_t n, double *out)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += (x[i] - mean) / (double)(i + 1);
    out[0] = 0;
    for (size_t i = 0; i < n; i++)
        out[i + 1] = out[i] + (x[i] - mean);
}

/* ---- PELT ---- */

/* Where the last segment may begin. */
struct start {
    size_t at;
    size_t until; /* no longer one from here on */
};

/* Best segmentation of the first t values, for every t. */
struct pelt {
    double *sum, *cost; /* [n + 1] */
    size_t *last;       /* [n + 1]: where the last segment begins */
    struct start *start;
    size_t starts;
};

/* Least cost of the first @t values. The sum of squares itself is the same for every
 * segmentation and left out, which leaves -(sum in the segment)^2 / length. */
static void extend(struct pelt *p, size_t t, double penalty, size_t least)
{
    double best = INFINITY;
    for (size_t i = 0; i < p->starts; i++) {
        size_t s = p->start[i].at;
        double sum = p->sum[t] - p->sum[s];
        double cost = p->cost[s] - sum * sum / (double)(t - s) + penalty;
        if (cost < best) {
            best = cost;
            p->last[t] = s;
        }
    }
    p->cost[t] = best;
    /* A segment that begins at s is beaten by one that begins at t, for every end that t
     * can reach: from t + least on. */
    size_t kept = 0;
    for (size_t i = 0; i < p->starts; i++) {
        struct start start = p->start[i];
        double sum = p->sum[t] - p->sum[start.at];
        double cost = p->cost[start.at] - sum * sum / (double)(t - start.at);
        if (start.until == SIZE_MAX && cost >= best)
            start.until = t + least;
        if (start.until > t + 1)
            p->start[kept++] = start;
    }
    p->starts = kept;
}

static size_t trace_back(const struct pelt *p, size_t n, size_t *at, size_t most)
{
    size_t count = 0, i;
    for (size_t t = p->last[n]; t; t = p->last[t])
        count++;
    i = count;
    for (size_t t = p->last[n]; t; t = p->last[t])
        if (--i < most)
            at[i] = t;
    return count;
}

size_t viz_pelt(const double *x, size_t n, double penalty, size_t least, size_t *at,
                size_t most)
{
    least = least ? least : 1;
    if (n / 2 < least)
        return 0;
    struct pelt p = {
        .sum = viz_zalloc((n + 1) * sizeof(double)),
        .cost = viz_zalloc((n + 1) * sizeof(double)),
        .last = viz_zalloc((n + 1) * sizeof(size_t)),
        .start = viz_zalloc((n + 1) * sizeof(struct start)),
    };
    add_up(x, n, p.sum);
    p.cost[0] = -penalty;
    for (size_t t = least; t <= n; t++) {
        size_t s = t - least;
        if (s == 0 || s >= least)
            p.start[p.starts++] = (struct start){s, SIZE_MAX};
        extend(&p, t, penalty, least);
    }
    size_t count = trace_back(&p, n, at, most);
    free(p.sum);
    free(p.cost);
    free(p.last);
    free(p.start);
    return count;
}

/* ---- warm-up ---- */

#define BATCH 5

static double batch_mean(const double *x, size_t batch)
{
    double mean = 0;
    for (size_t i = 0; i < BATCH; i++)
        mean += (x[batch * BATCH + i] - mean) / (double)(i + 1);
    return mean;
}

size_t viz_mser5(const double *x, size_t n)
{
    size_t batches = n / BATCH, best = 0;
    double mean = 0, squares = 0, least = INFINITY;
    /* From the end: the mean and the squares of what is left come one by one. */
    for (size_t i = batches; i-- > 0;) {
        double z = batch_mean(x, i), off = z - mean, left = (double)(batches - i);
        mean += off / left;
        squares += off * (z - mean);
        if (i * 2 <= batches && squares / (left * left) <= least) {
            least = squares / (left * left);
            best = i;
        }
    }
    return best * BATCH;
}

/* ---- one shift ---- */

/* By how much a change behind @t of @n values lowers the sum of squares, from the sums of
 * add_up(): their last is 0. */
static double gain(double sum, size_t t, size_t n)
{
    return sum * sum * ((double)n / ((double)t * (double)(n - t)));
}

/* The best split of a stretch with at least @least values on both sides. */
static size_t best_split(const double *sum, size_t n, size_t least, double *most)
{
    size_t at = least;
    *most = -1;
    for (size_t t = least; t + least <= n; t++) {
        double of = gain(sum[t], t, n);
        if (of > *most) {
            *most = of;
            at = t;
        }
    }
    return at;
}

size_t viz_best_shift(const double *x, size_t n)
{
    if (n < 2)
        return 0;
    double *sum = viz_zalloc((n + 1) * sizeof(double)), most;
    add_up(x, n, sum);
    size_t at = best_split(sum, n, 1, &most);
    free(sum);
    return at;
}

/* ---- ranks ---- */

struct ranked {
    double value;
    size_t at;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* From 1; the mean of their ranks where values are the same. */
static double *ranks_of(const double *x, size_t n)
{
    struct ranked *order = viz_zalloc(n * sizeof(*order));
    double *rank = viz_zalloc(n * sizeof(*rank));
    for (size_t i = 0; i < n; i++)
        order[i] = (struct ranked){x[i], i};
    qsort(order, n, sizeof(*order), by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && order[end].value == order[i].value;)
            end++;
        for (size_t j = i; j < end; j++)
            rank[order[j].at] = (double)(i + 1 + end) / 2;
    }
    free(order);
    return rank;
}

void viz_pettitt(const double *x, size_t n, struct viz_pettitt *out)
{
    *out = (struct viz_pettitt){.p = 1};
    if (n < 2)
        return;
    double *rank = ranks_of(x, n), sum = 0, length = (double)n;
    for (size_t t = 1; t < n; t++) {
        sum += rank[t - 1];
        double k = fabs(2 * sum - (double)t * (length + 1));
        if (k > out->k) {
            out->k = k;
            out->at = t;
        }
    }
    free(rank);
    out->p = fmin(1, 2 * exp(-6 * out->k * out->k / (length * length * (length + 1))));
}

/* ---- changes across runs ---- */

/* One stretch of runs being looked at. */
struct stretch {
    double *rank; /* [n], permuted */
    double *sum;  /* [n + 1] */
    size_t n, least;
    double reached; /* gain of the runs as they stand */
    uint64_t as_much, tried;
};

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void try_order(struct stretch *stretch)
{
    double most;
    add_up(stretch->rank, stretch->n, stretch->sum);
    best_split(stretch->sum, stretch->n, stretch->least, &most);
    stretch->tried++;
    stretch->as_much += most >= stretch->reached * (1 - 1e-9);
}

/* Every order of the values from @from on. */
static void try_all(struct stretch *stretch, size_t from)
{
    if (from + 1 >= stretch->n) {
        try_order(stretch);
        return;
    }
    for (size_t i = from; i < stretch->n; i++) {
        swap(&stretch->rank[from], &stretch->rank[i]);
        try_all(stretch, from + 1);
        swap(&stretch->rank[from], &stretch->rank[i]);
    }
}

static void try_some(struct stretch *stretch, uint32_t permutations, uint64_t seed)
{
    struct viz_random random;
    viz_random_seed(&random, seed);
    stretch->tried = stretch->as_much = 1; /* the order as it stands is one, too */
    for (uint32_t i = 0; i < permutations; i++) {
        for (size_t j = stretch->n; j > 1; j--)
            swap(&stretch->rank[j - 1], &stretch->rank[viz_random_below(&random, j)]);
        try_order(stretch);
    }
}

static bool are_few(size_t n, uint32_t permutations)
{
    uint64_t orders = 1;
    for (size_t i = 2; i <= n && orders <= permutations; i++)
        orders *= i;
    return orders <= permutations;
}

/* The best split of @x, and how often chance has one as good. */
static size_t split(const double *x, size_t n, size_t least, uint32_t permutations,
                    uint64_t seed, double *p)
{
    struct stretch stretch = {.rank = ranks_of(x, n),
                              .sum = viz_zalloc((n + 1) * sizeof(double)),
                              .n = n,
                              .least = least};
    add_up(stretch.rank, n, stretch.sum);
    size_t at = best_split(stretch.sum, n, least, &stretch.reached);
    if (are_few(n, permutations))
        try_all(&stretch, 0);
    else
        try_some(&stretch, permutations, seed);
    *p = (double)stretch.as_much / (double)stretch.tried;
    free(stretch.rank);
    free(stretch.sum);
    return at;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(const double *x, size_t n)
{
    double *sorted = viz_zalloc(n * sizeof(double));
    memcpy(sorted, x, n * sizeof(double));
    qsort(sorted, n, sizeof(double), ascending);
    double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    free(sorted);
    return median;
}

/* Where most runs are the same, ranks cannot tell a wild one from a change. Two runs and
 * more of each side are beyond the other's median, or it is none. */
static bool is_of_several(const double *x, size_t at, size_t n)
{
    double left = median_of(x, at), right = median_of(x + at, n - at);
    size_t beyond_left = 0, beyond_right = 0;
    for (size_t i = 0; i < at; i++)
        beyond_right += left < right ? x[i] < right : x[i] > right;
    for (size_t i = at; i < n; i++)
        beyond_left += left < right ? x[i] > left : x[i] < left;
    return left != right && beyond_left > 1 && beyond_right > 1;
}

/* What all stretches have in common. */
struct splits {
    const double *x;
    size_t least;
    double alpha;
    uint32_t permutations;
    uint64_t seed;
    size_t *at;
    double *p;
    size_t most, count;
};

static void find_splits(struct splits *splits, size_t from, size_t to)
{
    double p;
    size_t n = to - from;
    if (n < 2 * splits->least)
        return;
    size_t at = from + split(splits->x + from, n, splits->least, splits->permutations,
                             viz_random_fork(splits->seed, from << 32 ^ to), &p);
    if (!(p < splits->alpha) || !is_of_several(splits->x + from, at - from, n))
        return;
    find_splits(splits, from, at);
    if (splits->count < splits->most) {
        splits->at[splits->count] = at;
        splits->p[splits->count] = p;
    }
    splits->count++;
    find_splits(splits, at, to);
}

/* A change beside another pulls the split towards itself: each is placed anew between its
 * neighbours, from left to right. */
static void place_splits(const struct splits *splits, size_t n)
{
    for (size_t i = 0; i < splits->count && splits->count <= splits->most; i++) {
        size_t from = i ? splits->at[i - 1] : 0;
        size_t to = i + 1 < splits->count ? splits->at[i + 1] : n;
        double *rank = ranks_of(splits->x + from, to - from), most;
        double *sum = viz_zalloc((to - from + 1) * sizeof(double));
        add_up(rank, to - from, sum);
        splits->at[i] = from + best_split(sum, to - from, splits->least, &most);
        free(rank);
        free(sum);
    }
}

size_t viz_splits(const double *x, size_t n, size_t least, double alpha,
                  uint32_t permutations, uint64_t seed, size_t *at, double *p,
                  size_t most)
{
    struct splits splits = {.x = x,
                            .least = least ? least : 1,
                            .alpha = alpha,
                            .permutations = permutations,
                            .seed = seed,
                            .at = at,
                            .p = p,
                            .most = most};
    find_splits(&splits, 0, n);
    place_splits(&splits, n);
    return splits.count;
}
