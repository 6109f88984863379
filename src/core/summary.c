/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/summary.h>

#include <viz/alloc.h>
#include <viz/error.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024

struct viz_summary {
    uint64_t *key; /* the values, as key_of(); in the order they came, until somebody
                      needs them sorted */
    size_t count, capacity;
    bool sorted;
    uint64_t not_finite, changes;
    double last, min, max;
    double sum, lost; /* Neumaier: the sum, and what its roundings lost */
    double mean, m2;  /* Welford */
    double alpha, ema;
};

struct viz_summary *viz_summary_create(double alpha)
{
    viz_assert(alpha > 0 && alpha <= 1);
    struct viz_summary *summary = viz_zalloc(sizeof(*summary));
    summary->alpha = alpha;
    return summary;
}

void viz_summary_destroy(struct viz_summary *summary)
{
    if (!summary)
        return;
    free(summary->key);
    free(summary);
}

/* Doubles compare as their bits do once the negative ones are turned over and the others
 * set behind them. */
static uint64_t key_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits ^ (bits >> 63 ? UINT64_MAX : UINT64_C(1) << 63);
}

static double value_of(uint64_t key)
{
    uint64_t bits = key ^ (key >> 63 ? UINT64_C(1) << 63 : UINT64_MAX);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void keep(struct viz_summary *summary, double value)
{
    if (summary->count == summary->capacity) {
        size_t capacity = summary->capacity ? summary->capacity * 2 : FIRST_CAPACITY;
        uint64_t *grown = viz_zalloc(capacity * sizeof(*grown));
        if (summary->count)
            memcpy(grown, summary->key, summary->count * sizeof(*grown));
        free(summary->key);
        summary->key = grown;
        summary->capacity = capacity;
    }
    summary->key[summary->count++] = key_of(value);
    summary->sorted = false;
}

static void add_to_sum(struct viz_summary *summary, double value)
{
    double sum = summary->sum + value;
    summary->lost += fabs(summary->sum) >= fabs(value) ? (summary->sum - sum) + value
                                                       : (value - sum) + summary->sum;
    summary->sum = sum;
}

void viz_summary_add(struct viz_summary *summary, double value)
{
    if (!isfinite(value)) {
        summary->not_finite++;
        return;
    }
    bool first = summary->count == 0;
    keep(summary, value);
    summary->changes += first || value != summary->last;
    summary->last = value;
    summary->min = first ? value : fmin(summary->min, value);
    summary->max = first ? value : fmax(summary->max, value);
    summary->ema =
        first ? value : summary->alpha * value + (1 - summary->alpha) * summary->ema;
    add_to_sum(summary, value);
    double off = value - summary->mean;
    summary->mean += off / (double)summary->count;
    summary->m2 += off * (value - summary->mean);
}

uint64_t viz_summary_count(const struct viz_summary *summary)
{
    return summary->count;
}

uint64_t viz_summary_not_finite(const struct viz_summary *summary)
{
    return summary->not_finite;
}

uint64_t viz_summary_changes(const struct viz_summary *summary)
{
    return summary->changes;
}

/* A sum beyond the range of double is no figure. */
static double figure(bool known, double value)
{
    return known && isfinite(value) ? value : NAN;
}

double viz_summary_mean(const struct viz_summary *summary)
{
    double n = (double)summary->count;
    return figure(n > 0, (summary->sum + summary->lost) / n);
}

double viz_summary_sd(const struct viz_summary *summary)
{
    double n = (double)summary->count;
    return figure(n > 1, sqrt(summary->m2 / (n - 1)));
}

double viz_summary_min(const struct viz_summary *summary)
{
    return figure(summary->count > 0, summary->min);
}

double viz_summary_max(const struct viz_summary *summary)
{
    return figure(summary->count > 0, summary->max);
}

double viz_summary_ema(const struct viz_summary *summary)
{
    return figure(summary->count > 0, summary->ema);
}

/* One pass of the sort by the eight bits from @shift on, stable. False: all values share
 * them, nothing was moved. */
static bool sort_byte(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
    size_t at[257] = {0};
    for (size_t i = 0; i < count; i++)
        at[(from[i] >> shift & 255) + 1]++;
    if (at[(from[0] >> shift & 255) + 1] == count)
        return false;
    for (unsigned i = 1; i < 257; i++)
        at[i] += at[i - 1];
    for (size_t i = 0; i < count; i++)
        to[at[from[i] >> shift & 255]++] = from[i];
    return true;
}

/* Radix sort: linear in the count, and millions of values are usual here. */
static void need_sorted(struct viz_summary *summary)
{
    if (summary->sorted || !summary->count)
        return;
    uint64_t *spare = viz_zalloc(summary->capacity * sizeof(*spare));
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if (!sort_byte(summary->key, spare, summary->count, shift))
            continue;
        uint64_t *swap = summary->key;
        summary->key = spare;
        spare = swap;
    }
    free(spare);
    summary->sorted = true;
}

double viz_summary_percentile(struct viz_summary *summary, double percent)
{
    viz_assert(percent >= 0 && percent <= 100);
    if (!summary->count)
        return NAN;
    need_sorted(summary);
    double at = (double)(summary->count - 1) * (percent / 100);
    size_t below = (size_t)at;
    size_t above = below + 1 < summary->count ? below + 1 : below;
    double low = value_of(summary->key[below]), high = value_of(summary->key[above]);
    double share = at - (double)below;
    return isfinite(high - low) ? low + share * (high - low)
                                : (1 - share) * low + share * high;
}

uint64_t viz_summary_distinct(struct viz_summary *summary)
{
    need_sorted(summary);
    uint64_t distinct = summary->count > 0;
    for (size_t i = 1; i < summary->count; i++)
        distinct += value_of(summary->key[i]) != value_of(summary->key[i - 1]);
    return distinct;
}

void viz_summary_histogram(struct viz_summary *summary, uint32_t bins, uint64_t *out)
{
    memset(out, 0, bins * sizeof(*out));
    /* Halves: the distance of two finite numbers need not be one. */
    double low = summary->min / 2, width = summary->max / 2 - low;
    for (size_t i = 0; i < summary->count; i++) {
        double share = width > 0 ? (value_of(summary->key[i]) / 2 - low) / width : 0;
        uint32_t bin = (uint32_t)(share * bins);
        out[bin < bins ? bin : bins - 1]++;
    }
}
