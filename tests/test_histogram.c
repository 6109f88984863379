/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rig.h"

#include <viz/histogram.h>

#include <criterion/criterion.h>
#include <math.h>

#define VALUES 5000
#define LARGEST ((int64_t)1 << VIZ_HISTOGRAM_TOP_BITS)

static struct viz_histogram *create(void)
{
    return viz_zalloc(sizeof(struct viz_histogram));
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank by definition; @micro is percent * 1e6. */
static int64_t oracle(const int64_t *sorted, uint64_t count, uint64_t micro)
{
    uint64_t rank =
        (uint64_t)(((__int128)micro * (__int128)count + 99999999) / 100000000);
    return sorted[rank ? rank - 1 : 0];
}

/* The upper edge of the true value's bucket: never below it, at most 1/128 above. */
static void check(const struct viz_histogram *histogram, const int64_t *sorted,
                  uint64_t count, double percent)
{
    int64_t is = viz_histogram_percentile(histogram, percent);
    int64_t exact = oracle(sorted, count, (uint64_t)llrint(percent * 1e6));
    cr_expect_geq(is, exact, "p%g is %lld, below %lld", percent, (long long)is,
                  (long long)exact);
    int64_t limit = exact + exact / 128;
    cr_expect_leq(is, limit < 256 ? exact : limit, "p%g is %lld, true is %lld", percent,
                  (long long)is, (long long)exact);
}

Test(histogram, empty_has_no_figure)
{
    struct viz_histogram *histogram = create();
    cr_expect_eq(viz_histogram_percentile(histogram, 50), -1);
    cr_expect_eq(viz_histogram_mean(histogram), -1);
    viz_histogram_record(histogram, 5, 0);
    cr_expect_eq(histogram->count, 0);
    cr_expect_eq(viz_histogram_percentile(histogram, 0), -1);
    free(histogram);
}

Test(histogram, one_value_is_every_percentile)
{
    const int64_t values[] = {0, 1, 255, 256, 257, 511, 512, 123456789, LARGEST - 1};
    struct viz_histogram *histogram = create();
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        viz_histogram_reset(histogram);
        viz_histogram_record(histogram, values[i], 1);
        cr_expect_eq(viz_histogram_percentile(histogram, 0), values[i]);
        cr_expect_eq(viz_histogram_percentile(histogram, 50), values[i]);
        cr_expect_eq(viz_histogram_percentile(histogram, 100), values[i]);
        cr_expect_eq(viz_histogram_mean(histogram), (double)values[i]);
        cr_expect_eq(histogram->overflow, 0);
    }
    free(histogram);
}

Test(histogram, percentiles_are_nearest_rank_to_a_bucket)
{
    const double percents[] = {0, 0.1, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100};
    struct viz_histogram *histogram = create();
    int64_t *values = viz_zalloc(VALUES * sizeof(values[0]));
    uint64_t random = 88172645463325252ULL;
    for (int round = 0; round < 40; round++) {
        uint64_t count = round == 0 ? 1 : 1 + rig_below(&random, VALUES);
        viz_histogram_reset(histogram);
        for (uint64_t i = 0; i < count; i++) {
            unsigned bits = (unsigned)rig_below(&random, VIZ_HISTOGRAM_TOP_BITS);
            values[i] = (int64_t)rig_below(&random, 2ULL << bits);
            if (values[i] >= LARGEST)
                values[i] = LARGEST - 1;
            viz_histogram_record(histogram, values[i], 1);
        }
        qsort(values, count, sizeof(values[0]), compare);
        for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
            check(histogram, values, count, percents[i]);
        cr_expect_eq(histogram->min_ns, values[0]);
        cr_expect_eq(histogram->max_ns, values[count - 1]);
    }
    free(values);
    free(histogram);
}

/* 99.9 % of 1000 is rank 999, not 1000: 99.9 has no exact binary form. */
Test(histogram, ranks_of_round_counts_are_exact)
{
    struct viz_histogram *histogram = create();
    for (int64_t i = 1; i <= 200; i++)
        viz_histogram_record(histogram, i, 5);
    cr_expect_eq(viz_histogram_percentile(histogram, 99.9), 200);
    cr_expect_eq(viz_histogram_percentile(histogram, 99.5), 199);
    cr_expect_eq(viz_histogram_percentile(histogram, 50), 100);
    cr_expect_eq(viz_histogram_percentile(histogram, 0.5), 1);
    viz_histogram_reset(histogram);
    viz_histogram_record(histogram, 7, 999);
    viz_histogram_record(histogram, 200, 1);
    cr_expect_eq(viz_histogram_percentile(histogram, 99.9), 7);
    free(histogram);
}

/* Days of samples: the one that came last and worst must not drown in rounding. */
Test(histogram, the_largest_survives_a_huge_count)
{
    struct viz_histogram *histogram = create();
    viz_histogram_record(histogram, 1, 1ULL << 50);
    viz_histogram_record(histogram, 200, 1);
    cr_expect_eq(viz_histogram_percentile(histogram, 100), 200);
    cr_expect_eq(viz_histogram_percentile(histogram, 99.9), 1);
    free(histogram);
}

Test(histogram, weights_are_repeats)
{
    struct viz_histogram *once = create(), *many = create();
    for (int64_t value = 1; value < 100000; value = value * 3 + 1) {
        viz_histogram_record(once, value, 18);
        for (int i = 0; i < 18; i++)
            viz_histogram_record(many, value, 1);
    }
    cr_expect_arr_eq(once, many, sizeof(*once));
    free(once);
    free(many);
}

Test(histogram, overflow_is_counted_and_its_maximum_exact)
{
    struct viz_histogram *histogram = create();
    viz_histogram_record(histogram, 10, 3);
    viz_histogram_record(histogram, LARGEST, 1);
    viz_histogram_record(histogram, LARGEST * 5 + 3, 2);
    cr_expect_eq(histogram->overflow, 3);
    cr_expect_eq(histogram->count, 6);
    cr_expect_eq(histogram->max_ns, LARGEST * 5 + 3);
    cr_expect_eq(viz_histogram_percentile(histogram, 100), LARGEST * 5 + 3);
    cr_expect_eq(viz_histogram_percentile(histogram, 50), 10);
    free(histogram);
}

Test(histogram, a_clock_that_ran_backwards_shows)
{
    struct viz_histogram *histogram = create();
    viz_histogram_record(histogram, -1000, 2);
    cr_expect_eq(histogram->negative, 2);
    cr_expect_eq(viz_histogram_percentile(histogram, 50), 0);
    cr_expect_eq(histogram->min_ns, -1000);
    cr_expect_eq(histogram->max_ns, -1000);
    cr_expect_eq(viz_histogram_mean(histogram), -1000);
    viz_histogram_record(histogram, 3000, 1);
    cr_expect_eq(histogram->count, 3);
    cr_expect_eq((int64_t)histogram->sum_ns, 1000);
    cr_expect_eq(histogram->max_ns, 3000);
    free(histogram);
}

/* 2^62 ns with a weight of 2^60 is beyond any 64-bit sum. */
Test(histogram, the_sum_does_not_wrap)
{
    struct viz_histogram *histogram = create();
    int64_t large = (int64_t)1 << 62;
    viz_histogram_record(histogram, large, 1ULL << 60);
    cr_expect(histogram->sum_ns == (__int128)large << 60);
    cr_expect_float_eq(viz_histogram_mean(histogram), (double)large, 1);
    free(histogram);
}

Test(histogram, merging_is_recording_all)
{
    struct viz_histogram *a = create(), *b = create(), *all = create();
    struct viz_histogram *empty = create();
    uint64_t random = 4101842887655102017ULL;
    for (int i = 0; i < 3000; i++) {
        int64_t value = (int64_t)rig_below(&random, 1ULL << 43) - 1000;
        uint64_t weight = rig_below(&random, 4);
        viz_histogram_record(i % 3 ? a : b, value, weight);
        viz_histogram_record(all, value, weight);
    }
    viz_histogram_merge(a, empty);
    viz_histogram_merge(a, b);
    cr_expect_arr_eq(a, all, sizeof(*a));
    viz_histogram_merge(empty, all);
    cr_expect_arr_eq(empty, all, sizeof(*a));
    free(a);
    free(b);
    free(all);
    free(empty);
}

/* The published figures of HdrHistogram's own tests: 10000 values of 1000 and one of 1e8,
 * as recorded and corrected for an interval of 10000. Theirs are good to 0.1 %, these are
 * at most a bucket of 0.78 % above. */
static void expect_published(const struct viz_histogram *histogram, double percent,
                             int64_t published)
{
    int64_t is = viz_histogram_percentile(histogram, percent);
    cr_expect_geq(is, published, "p%g is %lld", percent, (long long)is);
    cr_expect_leq(is, published + published / 128, "p%g is %lld", percent,
                  (long long)is);
}

Test(histogram, hdr_histograms_published_figures_come_out)
{
    static const int64_t largest = 100000000;
    struct viz_histogram *raw = create(), *corrected = create();

    for (int i = 0; i < 10000; i++) {
        viz_histogram_record(raw, 1000, 1);
        viz_histogram_record_corrected(corrected, 1000, 10000, 1);
    }
    viz_histogram_record(raw, largest, 1);
    viz_histogram_record_corrected(corrected, largest, 10000, 1);

    cr_expect_eq(raw->count, 10001);
    expect_published(raw, 30, 1000);
    expect_published(raw, 99, 1000);
    expect_published(raw, 99.99, 1000);
    cr_expect_eq(viz_histogram_percentile(raw, 99.999), largest);
    cr_expect_eq(viz_histogram_percentile(raw, 100), largest);

    cr_expect_eq(corrected->count, 20000);
    expect_published(corrected, 30, 1000);
    expect_published(corrected, 50, 1000);
    expect_published(corrected, 75, 50000000);
    expect_published(corrected, 90, 80000000);
    expect_published(corrected, 99, 98000000);
    cr_expect_eq(viz_histogram_percentile(corrected, 99.999), largest);
    cr_expect_eq(viz_histogram_percentile(corrected, 100), largest);
    cr_expect_eq(corrected->min_ns, 1000);
    free(raw);
    free(corrected);
}

Test(histogram, only_what_took_two_intervals_missed_something)
{
    struct viz_histogram *histogram = create();
    viz_histogram_record_corrected(histogram, 19, 10, 3);
    cr_expect_eq(histogram->count, 3);
    viz_histogram_record_corrected(histogram, 20, 10, 3);
    cr_expect_eq(histogram->count, 9);
    cr_expect_eq(histogram->min_ns, 10);
    viz_histogram_record_corrected(histogram, 1000, 0, 1);
    viz_histogram_record_corrected(histogram, 1000, -5, 1);
    viz_histogram_record_corrected(histogram, -1000, 5, 1);
    viz_histogram_record_corrected(histogram, INT64_MAX, INT64_MAX, 1);
    viz_histogram_record_corrected(histogram, 1000, 1, 0);
    cr_expect_eq(histogram->count, 13);
    free(histogram);
}
