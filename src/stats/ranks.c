/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/ranks.h>

#include <viz/alloc.h>
#include <viz/describe.h>
#include <viz/special.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_PAIRS 2500
#define ROUNDING 1e-14 /* what sums of probabilities are off by at most */

struct entry {
    double value;
    size_t index; /* of x, then of y */
};

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

static struct entry *sort_entries(const double *x, size_t m, const double *y, size_t n)
{
    struct entry *entry = viz_zalloc((m + n + 1) * sizeof(*entry));
    for (size_t i = 0; i < m + n; i++)
        entry[i] = (struct entry){i < m ? x[i] : y[i - m], i};
    qsort(entry, m + n, sizeof(*entry), compare_entries);
    return entry;
}

/* Behind the last one that equals entry[@first]. */
static size_t tie_end(const struct entry *entry, size_t total, size_t first)
{
    size_t end = first + 1;
    while (end < total && entry[end].value == entry[first].value)
        end++;
    return end;
}

void viz_midranks(const double *x, size_t n, double *out)
{
    struct entry *entry = sort_entries(x, n, NULL, 0);
    for (size_t first = 0, end; first < n; first = end) {
        end = tie_end(entry, n, first);
        for (size_t i = first; i < end; i++)
            out[entry[i].index] = (double)(first + 1 + end) / 2;
    }
    free(entry);
}

/* Both samples in one order. Midranks are doubled, so that everything counted is whole. */
struct pool {
    size_t m, n;
    uint64_t *twice_rank; /* [m + n] ascending */
    uint64_t twice_u;     /* of x */
    double tied;          /* sum of t^3 - t */
    bool constant;
};

static void pool_init(struct pool *pool, const double *x, size_t m, const double *y,
                      size_t n)
{
    size_t total = m + n;
    struct entry *entry = sort_entries(x, m, y, n);
    *pool = (struct pool){.m = m, .n = n};
    pool->twice_rank = viz_zalloc((total + 1) * sizeof(*pool->twice_rank));
    for (size_t first = 0, end; first < total; first = end) {
        end = tie_end(entry, total, first);
        double t = (double)(end - first);
        pool->tied += t * t * t - t;
        pool->constant = end - first == total;
        for (size_t i = first; i < end; i++) {
            pool->twice_rank[i] = first + 1 + end;
            if (entry[i].index < m)
                pool->twice_u += pool->twice_rank[i];
        }
    }
    pool->twice_u -= (uint64_t)m * (m + 1);
    free(entry);
}

static void pool_finish(struct pool *pool)
{
    free(pool->twice_rank);
}

static double pairs(size_t m, size_t n)
{
    return (double)m * (double)n;
}

static bool is_exact(size_t m, size_t n)
{
    return (m < n ? m : n) <= VIZ_RANKS_EXACT && pairs(m, n) <= EXACT_PAIRS;
}

/* In how many ways @few of the ranks have which sum: [0] the smallest that untied ranks can
 * have, few (few + 1) when doubled; the largest is 2 few (total - few) above. @unit is what
 * an index counts: 1, or 2 where all doubled ranks are even. Rank by rank, each taken or
 * not. Sums are kept apart by how many were taken (k), each relative to its k (k + 1):
 * averaging ranks within ties only lifts the sum of the k lowest, so none is negative. */
struct deal {
    const uint64_t *twice_rank;
    size_t total, few, unit;
    size_t width; /* of a row */
    double *ways; /* [few + 1][width] */
};

/* Rank @i as the @k-th taken. */
static void deal_take(struct deal *deal, size_t i, size_t k)
{
    int64_t unit = (int64_t)deal->unit, width = (int64_t)deal->width;
    int64_t shift = ((int64_t)deal->twice_rank[i] - 2 * (int64_t)k) / unit;
    int64_t from = shift < 0 ? -shift : 0;
    int64_t reached = 2 * (int64_t)((k - 1) * (deal->total - k + 1)) / unit + 1;
    int64_t to = width - shift < reached ? width - shift : reached;
    const double *less = deal->ways + (k - 1) * deal->width;
    double *row = deal->ways + k * deal->width;
    for (int64_t s = from; s < to; s++)
        row[s + shift] += less[s];
}

static void deal_init(struct deal *deal, const uint64_t *twice_rank, size_t total,
                      size_t few)
{
    uint64_t odd = 0;
    for (size_t i = 0; i < total; i++)
        odd |= twice_rank[i] & 1;
    *deal = (struct deal){twice_rank, total, few, .unit = odd ? 1 : 2};
    deal->width = 2 * few * (total - few) / deal->unit + 1;
    deal->ways = viz_zalloc((few + 1) * deal->width * sizeof(*deal->ways));
    deal->ways[0] = 1;
    for (size_t i = 0; i < total; i++) {
        size_t left = total - i - 1, least = left + 1 < few ? few - left : 1;
        for (size_t k = i + 1 < few ? i + 1 : few; k >= least; k--)
            deal_take(deal, i, k);
    }
}

static void deal_finish(struct deal *deal)
{
    free(deal->ways);
}

/* The row of complete deals. */
static const double *deal_row(const struct deal *deal)
{
    return deal->ways + deal->few * deal->width;
}

static double sum_of(const double *ways, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ways[i];
    return sum;
}

static double at_most_one(double p)
{
    return p > 1 ? 1 : p;
}

/* P(U <= u) and P(U >= u). */
struct tails {
    double below, above;
};

static struct tails pool_tails(const struct pool *pool)
{
    bool swap = pool->n < pool->m;
    size_t few = swap ? pool->n : pool->m;
    uint64_t twice_pairs = 2 * (uint64_t)(pool->m * pool->n);
    struct deal deal;
    deal_init(&deal, pool->twice_rank, pool->m + pool->n, few);
    const double *ways = deal_row(&deal);
    size_t u = (swap ? twice_pairs - pool->twice_u : pool->twice_u) / deal.unit;
    double all = sum_of(ways, deal.width);
    double below = at_most_one(sum_of(ways, u + 1) / all);
    double above = at_most_one(sum_of(ways + u, deal.width - u) / all);
    deal_finish(&deal);
    return swap ? (struct tails){above, below} : (struct tails){below, above};
}

static double untied_sigma(size_t m, size_t n)
{
    return sqrt(pairs(m, n) / 12 * ((double)m + (double)n + 1));
}

static void pool_normal(const struct pool *pool, struct viz_mann_whitney *out)
{
    double total = (double)pool->m + (double)pool->n, mn = pairs(pool->m, pool->n);
    double away = out->u - mn / 2, correction = away == 0 ? 0 : copysign(0.5, away);
    double sigma = sqrt(mn / 12 * (total + 1 - pool->tied / (total * (total - 1))));
    if (pool->constant) {
        out->z = 0;
        out->p = out->p_greater = out->p_plain = 1;
        return;
    }
    out->z = (away - correction) / sigma;
    out->p = at_most_one(2 * viz_normal_above(fabs(out->z)));
    out->p_greater = viz_normal_above((away - 0.5) / sigma);
    out->p_plain = 2 * viz_normal_above(fabs(away) / sigma);
}

static void pool_test(const struct pool *pool, bool exact, struct viz_mann_whitney *out)
{
    out->u = (double)pool->twice_u / 2;
    out->above = out->u / pairs(pool->m, pool->n);
    pool_normal(pool, out);
    out->exact = exact;
    if (exact) {
        struct tails tails = pool_tails(pool);
        out->z = NAN;
        out->p = at_most_one(2 * fmin(tails.below, tails.above));
        out->p_greater = tails.above;
    }
}

static void test_samples(const double *x, size_t m, const double *y, size_t n,
                         bool exact, struct viz_mann_whitney *out)
{
    *out = (struct viz_mann_whitney){NAN, NAN, NAN, NAN, false, NAN, NAN};
    if (!m || !n)
        return;
    struct pool pool;
    pool_init(&pool, x, m, y, n);
    pool_test(&pool, exact, out);
    pool_finish(&pool);
}

void viz_mann_whitney(const double *x, size_t m, const double *y, size_t n,
                      struct viz_mann_whitney *out)
{
    test_samples(x, m, y, n, is_exact(m, n), out);
}

void viz_mann_whitney_normal(const double *x, size_t m, const double *y, size_t n,
                             struct viz_mann_whitney *out)
{
    test_samples(x, m, y, n, false, out);
}

double viz_cliff(const double *x, size_t m, const double *y, size_t n)
{
    if (!m || !n)
        return NAN;
    struct pool pool;
    pool_init(&pool, x, m, y, n);
    double delta = (pairs(m, n) - (double)pool.twice_u) / pairs(m, n);
    pool_finish(&pool);
    return delta;
}

double viz_smallest_p(size_t m, size_t n)
{
    size_t few = m < n ? m : n;
    double ways = 1, total = (double)m + (double)n;
    for (size_t i = 0; i < few && isfinite(ways); i++)
        ways = ways * (total - (double)i) / (double)(i + 1);
    return at_most_one(2 / ways);
}

/* The sums of ranks without ties. */
static void deal_untied(struct deal *deal, size_t m, size_t n)
{
    size_t total = m + n;
    uint64_t *twice_rank = viz_zalloc(total * sizeof(*twice_rank));
    for (size_t i = 0; i < total; i++)
        twice_rank[i] = 2 * (i + 1);
    deal_init(deal, twice_rank, total, m < n ? m : n);
    deal->twice_rank = NULL; /* done with */
    free(twice_rank);
}

double viz_wilcoxon_below(double u, size_t m, size_t n)
{
    if (!m || !n || isnan(u))
        return NAN;
    u = floor(u + 1e-7);
    if (u < 0 || u >= pairs(m, n))
        return u >= 0;
    if (!is_exact(m, n))
        return viz_normal_below((u + 0.5 - pairs(m, n) / 2) / untied_sigma(m, n));
    struct deal deal;
    deal_untied(&deal, m, n);
    const double *ways = deal_row(&deal);
    double below = sum_of(ways, (size_t)u + 1) / sum_of(ways, deal.width);
    deal_finish(&deal);
    return at_most_one(below);
}

static size_t exact_quantile(double p, size_t m, size_t n)
{
    struct deal deal;
    deal_untied(&deal, m, n);
    const double *ways = deal_row(&deal);
    double all = sum_of(ways, deal.width), below = ways[0] / all;
    size_t u = 0;
    /* From the nearer end, and a probability that is hit must not be missed by its last
     * digit. */
    if (p <= 0.5) {
        while (below < p - ROUNDING && u + 1 < deal.width)
            below += ways[++u] / all;
    } else {
        while (below <= 1 - p + ROUNDING && u + 1 < deal.width)
            below += ways[++u] / all;
        u = m * n - u;
    }
    deal_finish(&deal);
    return u;
}

size_t viz_wilcoxon_quantile(double p, size_t m, size_t n)
{
    double mn = pairs(m, n);
    if (!m || !n || !(p > 0))
        return 0;
    if (p >= 1)
        return m * n;
    if (is_exact(m, n))
        return exact_quantile(p, m, n);
    double u = ceil(mn / 2 - 0.5 + viz_normal_quantile(p) * untied_sigma(m, n));
    return u <= 0 ? 0 : u >= mn ? m * n : (size_t)u;
}

/* All differences y - x, without forming them: rows and columns of that table ascend, as
 * rounding keeps order. */
struct differences {
    double *x, *y; /* ascending */
    size_t m, n;
};

/* Finite numbers and infinities as whole numbers of the same order. */
static uint64_t key_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static double value_of(uint64_t key)
{
    uint64_t bits = key >> 63 ? key & ~(1ull << 63) : ~key;
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value + 0.0; /* no negative zero */
}

static uint64_t count_to(const struct differences *all, double limit)
{
    uint64_t count = 0;
    for (size_t i = 0, j = 0; i < all->m; i++) {
        while (j < all->n && all->y[j] - all->x[i] <= limit)
            j++;
        count += j;
    }
    return count;
}

/* The @rank-th smallest, from 1: by halving the numbers there are, at most 64 times. */
static double select_difference(const struct differences *all, uint64_t rank)
{
    uint64_t low = key_of(all->y[0] - all->x[all->m - 1]);
    uint64_t high = key_of(all->y[all->n - 1] - all->x[0]);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (count_to(all, value_of(middle)) >= rank)
            high = middle;
        else
            low = middle + 1;
    }
    return value_of(low);
}

static double median_difference(const struct differences *all)
{
    uint64_t total = (uint64_t)(all->m * all->n);
    double low = select_difference(all, (total + 1) / 2);
    double high = total % 2 || count_to(all, low) > total / 2
                      ? low
                      : select_difference(all, total / 2 + 1);
    double sum = low + high;
    return isfinite(sum) ? sum / 2 : low / 2 + high / 2;
}

static double finite_or_nan(double value)
{
    return isfinite(value) ? value : NAN;
}

void viz_hodges_lehmann(const double *x, size_t m, const double *y, size_t n,
                        double alpha, struct viz_hodges_lehmann *out)
{
    *out = (struct viz_hodges_lehmann){NAN, NAN, NAN};
    if (!m || !n)
        return;
    struct differences all = {viz_sorted(x, m), viz_sorted(y, n), m, n};
    out->delta = finite_or_nan(median_difference(&all));
    if (viz_smallest_p(m, n) <= alpha + ROUNDING) {
        uint64_t total = (uint64_t)(m * n),
                 rank = viz_wilcoxon_quantile(alpha / 2, m, n);
        rank = rank ? rank : 1;
        out->low = finite_or_nan(select_difference(&all, rank));
        out->high = finite_or_nan(select_difference(&all, total + 1 - rank));
    }
    free(all.x);
    free(all.y);
}
