/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/changes.h>

#include <viz/alloc.h>
#include <viz/random.h>
#include <viz/special.h>

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

/* What ranks are worth in a normal sample (van der Waerden): a few runs that stand out
 * count for more than with ranks, one that is far out for no more than the first of them. */
static double *scores_of(const double *x, size_t n)
{
    double *score = ranks_of(x, n);
    for (size_t i = 0; i < n; i++)
        score[i] = viz_normal_quantile(score[i] / (double)(n + 1));
    return score;
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

/* What comes and goes again leaves the mean scores on both sides of any split alike. It is
 * looked for where no split is found, at a fraction of alpha, and only where it is quick:
 * there are n^2 / 2 of them. */
#define BETWEEN_SHARE 5
#define BETWEEN_RUNS 400

#define NEAR 5 /* runs by which a change is moved to its place */

/* Where a stretch is cut: in two, or in three of which the outer ones are taken
 * together. */
struct cut {
    size_t from, to; /* to: the end, or where the last part begins */
};

/* One stretch of runs being looked at. */
struct stretch {
    double *score; /* [n], permuted */
    double *sum;   /* [n + 1] */
    size_t n, least;
    bool between;
    double reached; /* gain of the runs as they stand */
    uint64_t as_much, tried;
};

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* The runs that differ most from those before and behind them. */
static struct cut best_between(const struct stretch *stretch, double *most)
{
    size_t n = stretch->n, least = stretch->least;
    struct cut best = {least, n - least};
    *most = -1;
    for (size_t from = least; from + 2 * least <= n; from++)
        for (size_t to = from + least; to + least <= n; to++) {
            double of = gain(stretch->sum[to] - stretch->sum[from], to - from, n);
            if (of > *most) {
                *most = of;
                best = (struct cut){from, to};
            }
        }
    return best;
}

static struct cut best_cut(const struct stretch *stretch, double *most)
{
    add_up(stretch->score, stretch->n, stretch->sum);
    if (stretch->between)
        return best_between(stretch, most);
    size_t at = best_split(stretch->sum, stretch->n, stretch->least, most);
    return (struct cut){at, stretch->n};
}

static void try_order(struct stretch *stretch)
{
    double most;
    best_cut(stretch, &most);
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
        swap(&stretch->score[from], &stretch->score[i]);
        try_all(stretch, from + 1);
        swap(&stretch->score[from], &stretch->score[i]);
    }
}

static void try_some(struct stretch *stretch, uint32_t permutations, uint64_t seed)
{
    struct viz_random random;
    viz_random_seed(&random, seed);
    stretch->tried = stretch->as_much = 1; /* the order as it stands is one, too */
    for (uint32_t i = 0; i < permutations; i++) {
        for (size_t j = stretch->n; j > 1; j--)
            swap(&stretch->score[j - 1], &stretch->score[viz_random_below(&random, j)]);
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

/* The best cut of @x, and how often chance has one as good. */
static struct cut find_cut(const double *x, struct stretch stretch,
                           uint32_t permutations, uint64_t seed, double *p)
{
    stretch.score = scores_of(x, stretch.n);
    stretch.sum = viz_zalloc((stretch.n + 1) * sizeof(double));
    struct cut cut = best_cut(&stretch, &stretch.reached);
    if (are_few(stretch.n, permutations))
        try_all(&stretch, 0);
    else
        try_some(&stretch, permutations, seed);
    *p = (double)stretch.as_much / (double)stretch.tried;
    free(stretch.score);
    free(stretch.sum);
    return cut;
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

static size_t count_beyond(const double *x, size_t n, double limit, bool above)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += above ? x[i] > limit : x[i] < limit;
    return count;
}

/* Where most runs are the same, scores cannot tell a wild one from a change. Two runs and
 * more inside and outside are beyond the other's median, or it is none. */
static bool is_of_several(const double *x, size_t n, struct cut cut)
{
    size_t inner = cut.to - cut.from, outer = n - inner;
    double *out = viz_zalloc(outer * sizeof(double)), inside, outside;
    memcpy(out, x, cut.from * sizeof(double));
    memcpy(out + cut.from, x + cut.to, (n - cut.to) * sizeof(double));
    inside = median_of(x + cut.from, inner);
    outside = median_of(out, outer);
    bool is = inside != outside &&
              count_beyond(x + cut.from, inner, outside, inside > outside) > 1 &&
              count_beyond(out, outer, inside, outside > inside) > 1;
    free(out);
    return is;
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

static bool find_in(const struct splits *splits, size_t from, size_t to, bool between,
                    struct cut *cut, double *p)
{
    const struct stretch stretch = {
        .n = to - from, .least = splits->least, .between = between};
    if (stretch.n < (between ? 3 : 2) * splits->least ||
        (between && stretch.n > BETWEEN_RUNS))
        return false;
    uint64_t seed = viz_random_fork(splits->seed, (uint64_t)from << 32 ^ to);
    *cut = find_cut(splits->x + from, stretch, splits->permutations,
                    viz_random_fork(seed, between), p);
    return *p < (between ? splits->alpha / BETWEEN_SHARE : splits->alpha) &&
           is_of_several(splits->x + from, stretch.n, *cut);
}

static void add_split(struct splits *splits, size_t at, double p)
{
    if (splits->count < splits->most) {
        splits->at[splits->count] = at;
        splits->p[splits->count] = p;
    }
    splits->count++;
}

static void find_splits(struct splits *splits, size_t from, size_t to)
{
    struct cut cut;
    double p;
    if (!find_in(splits, from, to, false, &cut, &p) &&
        !find_in(splits, from, to, true, &cut, &p))
        return;
    size_t begin = from + cut.from, end = from + cut.to;
    find_splits(splits, from, begin);
    add_split(splits, begin, p);
    find_splits(splits, begin, end);
    if (end < to) {
        add_split(splits, end, p);
        find_splits(splits, end, to);
    }
}

static double distances(const double *x, size_t n)
{
    double median = median_of(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs(x[i] - median);
    return sum;
}

/* Near @at, where both sides are closest to their medians: scores do not tell the last run
 * before a large change from those behind it. */
static size_t place_near(const double *x, size_t n, size_t at, size_t least)
{
    size_t best = at, low = at > least + NEAR ? at - NEAR : least;
    double closest = distances(x, at) + distances(x + at, n - at);
    for (size_t t = low; t <= at + NEAR && t + least <= n; t++) {
        double of = distances(x, t) + distances(x + t, n - t);
        if (of < closest) {
            closest = of;
            best = t;
        }
    }
    return best;
}

/* A change beside another pulls the split towards itself: each is placed anew between its
 * neighbours, from left to right. */
static void place_splits(const struct splits *splits, size_t n)
{
    for (size_t i = 0; i < splits->count && splits->count <= splits->most; i++) {
        size_t from = i ? splits->at[i - 1] : 0;
        size_t to = i + 1 < splits->count ? splits->at[i + 1] : n;
        const double *x = splits->x + from;
        double *score = scores_of(x, to - from), most;
        double *sum = viz_zalloc((to - from + 1) * sizeof(double));
        add_up(score, to - from, sum);
        size_t at = best_split(sum, to - from, splits->least, &most);
        splits->at[i] = from + place_near(x, to - from, at, splits->least);
        free(score);
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
