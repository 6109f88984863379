/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/histogram.h>

#include <math.h>
#include <string.h>

#define SUB_COUNT (1u << VIZ_HISTOGRAM_SUB_BITS)

static unsigned bucket_of(uint64_t value)
{
    if (value < 2 * SUB_COUNT)
        return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - VIZ_HISTOGRAM_SUB_BITS;
    return (unsigned)((shift << VIZ_HISTOGRAM_SUB_BITS) + (value >> shift));
}

static int64_t upper_edge(unsigned bucket)
{
    if (bucket < 2 * SUB_COUNT)
        return bucket;
    unsigned shift = (bucket >> VIZ_HISTOGRAM_SUB_BITS) - 1;
    uint64_t mantissa = (bucket & (SUB_COUNT - 1)) | SUB_COUNT;
    return (int64_t)(((mantissa + 1) << shift) - 1);
}

void viz_histogram_reset(struct viz_histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

void viz_histogram_record(struct viz_histogram *histogram, int64_t value_ns,
                          uint64_t weight)
{
    if (!weight)
        return;
    if (!histogram->count || value_ns < histogram->min_ns)
        histogram->min_ns = value_ns;
    if (!histogram->count || value_ns > histogram->max_ns)
        histogram->max_ns = value_ns;
    histogram->count += weight;
    histogram->sum_ns += (__int128)value_ns * (__int128)weight;

    unsigned bucket = 0;
    if (value_ns < 0) {
        histogram->negative += weight;
    } else if (value_ns >> VIZ_HISTOGRAM_TOP_BITS) {
        histogram->overflow += weight;
        bucket = VIZ_HISTOGRAM_BUCKETS - 1;
    } else {
        bucket = bucket_of((uint64_t)value_ns);
    }
    histogram->buckets[bucket] += weight;
}

void viz_histogram_record_corrected(struct viz_histogram *histogram, int64_t value_ns,
                                    int64_t interval_ns, uint64_t weight)
{
    viz_histogram_record(histogram, value_ns, weight);
    if (interval_ns <= 0)
        return;
    for (; value_ns >= 2 * (__int128)interval_ns; value_ns -= interval_ns)
        viz_histogram_record(histogram, value_ns - interval_ns, weight);
}

void viz_histogram_merge(struct viz_histogram *into, const struct viz_histogram *from)
{
    if (!from->count)
        return;
    if (!into->count || from->min_ns < into->min_ns)
        into->min_ns = from->min_ns;
    if (!into->count || from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    into->count += from->count;
    into->overflow += from->overflow;
    into->negative += from->negative;
    into->sum_ns += from->sum_ns;
    for (unsigned i = 0; i < VIZ_HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

/* ceil(percent/100 * count), at least 1, in whole numbers: percents with up to six
 * decimals are exact, such as 99.9, which has no exact binary form. */
static uint64_t rank_of(double percent, uint64_t count)
{
    unsigned __int128 millionths = (unsigned __int128)llrint(percent * 1e6);
    uint64_t rank = (uint64_t)((millionths * count + 99999999) / 100000000);
    if (rank < 1)
        rank = 1;
    return rank > count ? count : rank;
}

int64_t viz_histogram_percentile(const struct viz_histogram *histogram, double percent)
{
    if (!histogram->count)
        return -1;
    uint64_t rank = rank_of(percent, histogram->count), seen = 0;
    for (unsigned i = 0; i < VIZ_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen < rank)
            continue;
        int64_t edge =
            i == VIZ_HISTOGRAM_BUCKETS - 1 ? histogram->max_ns : upper_edge(i);
        if (edge > histogram->max_ns)
            edge = histogram->max_ns;
        return edge < 0 ? 0 : edge;
    }
    return histogram->max_ns;
}

double viz_histogram_mean(const struct viz_histogram *histogram)
{
    if (!histogram->count)
        return -1;
    return (double)((long double)histogram->sum_ns / (long double)histogram->count);
}
