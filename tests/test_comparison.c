/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of rows are written into a store and compared: which metrics there are, which count,
 * and what is refused. */
#include "series_rig.h"

#include <viz/comparison.h>
#include <viz/random.h>
#include <viz/special.h>

#include <errno.h>

#define ROWS 120
#define SIDE 4
#define MOST_CHANNELS 3

static void init(void)
{
    viz_special_start();
    series_rig_init();
}

TestSuite(comparison, .init = init, .fini = series_rig_finish);

/* Row @i of run @run (of both sides, one after the other). */
typedef void make_row(uint32_t run, double noise, double row[MOST_CHANNELS]);

static struct store_place add_run(const char *stream, const char *const *name,
                                  uint32_t channels)
{
    struct viz_run_channel channel[MOST_CHANNELS];
    const struct viz_run_stream made = {.name = stream,
                                        .source = "test",
                                        .form = VIZ_FORM_VALUES,
                                        .channel = channel,
                                        .channels = channels};
    for (uint32_t i = 0; i < channels; i++)
        channel[i] = (struct viz_run_channel){name[i], ""};
    return store_rig_place(&rig, store_rig_run(&rig, stream, START_NS), &made);
}

static int64_t put_run(const char *stream, const char *const *name, uint32_t channels,
                       uint32_t run, make_row *make)
{
    struct store_place place = add_run(stream, name, channels);
    struct viz_random random;
    viz_random_seed(&random, 100 + run);
    double level = 2 * viz_random_normal(&random); /* of the run */
    for (int64_t i = 0; i < ROWS; i++) {
        double row[MOST_CHANNELS];
        make(run, level + viz_random_normal(&random), row);
        put(&place, 0, 10 * i, row, (uint32_t)(channels * sizeof(double)));
    }
    return place.run;
}

static int try_compare(const int64_t *a, const int64_t *b, uint32_t runs,
                       const struct viz_comparison_params *params,
                       struct viz_comparison **out)
{
    if (writing)
        STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    writing = false;
    return viz_comparison_create(rig.store, a, runs, "a", b, runs, "b", params, out,
                                 &rig.err);
}

static const struct viz_comparison_params standard = {
    .alpha = 0.05, .limit_percent = 1, .seed = 1, .seeded = true};

/* SIDE runs a side with two channels, x and y. */
static struct viz_comparison *compare_two(make_row *make)
{
    static const char *const name[] = {"x", "y"};
    struct viz_comparison *comparison = NULL;
    int64_t id[2 * SIDE];
    for (uint32_t i = 0; i < 2 * SIDE; i++)
        id[i] = put_run("S1", name, 2, i, make);
    STORE_OK(&rig, try_compare(id, id + SIDE, SIDE, &standard, &comparison));
    cr_assert_eq(comparison->metrics, 2);
    return comparison;
}

/* ---- what says the same ---- */

static void make_multiple(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    (void)run;
    row[0] = (double)(float)(1000 + noise);
    row[1] = (double)(float)(row[0] / 200);
}

Test(comparison, a_multiple_counts_once)
{
    struct viz_comparison *comparison = compare_two(make_multiple);
    const struct viz_comparison_metric *x = &comparison->metric[0],
                                       *y = &comparison->metric[1];
    cr_assert(x->family && !y->family);
    cr_assert_str_eq(y->collinear, "x");
    cr_assert(comparison->tests && comparison->tests <= VIZ_STATISTIC_COUNT);
    near(y->contrast.row[0].p_adjusted, x->contrast.row[0].p_adjusted);
    viz_comparison_destroy(comparison);
}

static void make_other_factor(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    row[0] = 1000 + noise;
    row[1] = row[0] / (run < SIDE ? 200 : 160);
}

Test(comparison, a_factor_that_differs_between_sides_is_a_difference)
{
    struct viz_comparison *comparison = compare_two(make_other_factor);
    cr_assert(comparison->metric[1].family);
    cr_assert_str_empty(comparison->metric[1].collinear);
    cr_assert_eq(comparison->metric[1].verdict, VIZ_VERDICT_DIFFERENT);
    cr_assert_eq(comparison->verdict, VIZ_VERDICT_DIFFERENT);
    viz_comparison_destroy(comparison);
}

static void make_other_offset(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    row[0] = 100 + noise / 10;
    row[1] = row[0] + (run < SIDE ? 8 : 13);
}

Test(comparison, an_offset_that_differs_between_sides_is_a_difference)
{
    struct viz_comparison *comparison = compare_two(make_other_offset);
    cr_assert(comparison->metric[1].family);
    cr_assert_eq(comparison->metric[1].verdict, VIZ_VERDICT_DIFFERENT);
    viz_comparison_destroy(comparison);
}

static void make_factor_of_one_run(uint32_t run, double noise,
                                   double row[MOST_CHANNELS])
{
    row[0] = 1000 + noise;
    row[1] = row[0] * (run == 1 ? 1.01 : 1);
}

Test(comparison, a_factor_that_differs_in_one_run_makes_two_metrics)
{
    struct viz_comparison *comparison = compare_two(make_factor_of_one_run);
    cr_assert(comparison->metric[1].family);
    viz_comparison_destroy(comparison);
}

static void make_negative(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    (void)run;
    row[0] = noise;
    row[1] = -noise;
}

Test(comparison, what_is_turned_over_has_other_quantiles_and_counts)
{
    struct viz_comparison *comparison = compare_two(make_negative);
    cr_assert(comparison->metric[1].family);
    viz_comparison_destroy(comparison);
}

static void make_nothing(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    (void)run, (void)noise;
    row[0] = row[1] = 0;
}

Test(comparison, what_is_always_0_is_no_multiple)
{
    struct viz_comparison *comparison = compare_two(make_nothing);
    cr_assert(comparison->metric[0].family && comparison->metric[1].family);
    viz_comparison_destroy(comparison);
}

/* ---- what is compared ---- */

static int64_t put_benchmark(uint32_t run, bool frames, make_row *make)
{
    static const char *const frame[] = {"frame_ms"};
    static const char *const interval[] = {"avg_frame_ms", "fps"};
    struct store_place place = {.run = 0};
    int64_t id = put_run("intervals", interval, 2, run, make);
    const struct viz_run_channel channel = {frame[0], "ms"};
    const struct viz_run_stream stream = {.name = "frames",
                                          .source = "test",
                                          .form = VIZ_FORM_VALUES,
                                          .channel = &channel,
                                          .channels = 1};
    if (!frames)
        return id;
    STORE_OK(&rig,
             viz_store_add_stream(rig.store, id, &stream, &place.stream, &rig.err));
    STORE_OK(&rig, viz_store_add_segment(rig.store, place.stream, "start", 0,
                                         &place.segment, &rig.err));
    place.run = id;
    for (int64_t i = 0; i < ROWS; i++) {
        double value = 16 + (double)(i % 7);
        put(&place, 0, 10 * i, &value, sizeof(value));
    }
    return id;
}

static const struct viz_comparison_metric *
metric_called(const struct viz_comparison *comparison, const char *name)
{
    for (uint32_t i = 0; i < comparison->metrics; i++)
        if (!strcmp(comparison->metric[i].name, name))
            return &comparison->metric[i];
    return NULL;
}

static bool is_noted(const struct viz_comparison *comparison, const char *text)
{
    for (uint32_t i = 0; i < comparison->notes; i++)
        if (strstr(comparison->note[i], text))
            return true;
    return false;
}

/* What is usual of one is not of the other, which has the frames themselves. */
static void check_mixed(int64_t a, int64_t b, const char *note)
{
    struct viz_comparison *comparison = NULL;
    STORE_OK(&rig, try_compare(&a, &b, 1, &standard, &comparison));
    const struct viz_comparison_metric *mean =
        metric_called(comparison, "avg_frame_ms");
    cr_assert(mean && mean->a[0]->value && mean->b[0]->value);
    cr_assert_eq(mean->contrast.row[0].why, VIZ_WHY_SHOWN);
    cr_assert_null(metric_called(comparison, "frame_ms"));
    cr_assert(is_noted(comparison, note));
    viz_comparison_destroy(comparison);
}

Test(comparison, of_runs_with_and_without_frames_is_of_what_both_have)
{
    int64_t without = put_benchmark(0, false, make_multiple);
    int64_t with = put_benchmark(1, true, make_multiple);
    check_mixed(without, with, "only B has frame_ms");
    check_mixed(with, without, "left out: frame_ms");
}

static void check_refused(const int64_t id[2], const char *metrics,
                          const char *sentence)
{
    struct viz_comparison *comparison = NULL;
    struct viz_comparison_params params = standard;
    params.metrics = metrics;
    cr_assert_eq(try_compare(&id[0], &id[1], 1, &params, &comparison), -EINVAL, "%s",
                 metrics);
    cr_assert_str_eq(rig.err.text, sentence);
}

Test(comparison, names_that_are_no_metric_are_refused)
{
    static const char *const name[] = {"x", "y"};
    struct viz_comparison *comparison = NULL;
    struct viz_comparison_params params = standard;
    int64_t id[2];
    for (uint32_t i = 0; i < 2; i++)
        id[i] = put_run("S1", name, 2, i, make_multiple);
    check_refused(id, "z", "no metric z in these runs; the first of A has x, y");
    check_refused(id, "x,S1/z",
                  "no metric S1/z in these runs; the first of A has x, y");
    check_refused(id, "x,all", "no metric all in these runs; the first of A has x, y");
    check_refused(id, ",x", "a name between the commas is empty");
    check_refused(id, "x,", "a name between the commas is empty");
    check_refused(
        id, "x,peak_total_us",
        "peak_total_us is no metric: it is the maximum since boot, not of the "
        "run");
    params.metrics = "S1/y,x";
    STORE_OK(&rig, try_compare(&id[0], &id[1], 1, &params, &comparison));
    cr_assert_eq(comparison->metrics, 2);
    viz_comparison_destroy(comparison);
}

/* ---- remarks ---- */

static void make_broken(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    row[0] = noise;
    row[1] = run == 1 || (!run && fmod(fabs(noise), 0.2) < 0.1) ? NAN : noise;
}

Test(comparison, remarks_tell_what_has_no_values)
{
    static const char *const name[] = {"x", "y"};
    struct viz_comparison *comparison = NULL;
    int64_t id[4];
    for (uint32_t i = 0; i < 3; i++)
        id[i] = put_run("S1", name, 2, i, make_broken);
    id[3] = add_run("S1", name, 2).run;
    STORE_OK(&rig, try_compare(id, id + 2, 2, &standard, &comparison));
    cr_assert(is_noted(comparison, "B: run 4 has no values"));
    cr_assert(is_noted(comparison, "1 run in B: it is taken to vary as those of A do"));
    cr_assert(is_noted(comparison, "A: 1 of its 2 runs has no values of y"));
    cr_assert(is_noted(
        comparison, " of 240 values of y are no number or beyond 1e+75, and left out"));
    cr_assert(!is_noted(comparison, "values of x are no number"));
    viz_comparison_destroy(comparison);
}

static void make_noise(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    (void)run;
    row[0] = noise;
}

static void exclude(int64_t run, int64_t from_ns, const char *text)
{
    const struct viz_annotation annotation = {.from_ns = from_ns,
                                              .to_ns = from_ns + 1000 * MS,
                                              .text = text,
                                              .exclude = true};
    STORE_OK(&rig, viz_store_annotate(rig.store, run, &annotation, NULL, &rig.err));
}

Test(comparison, remarks_tell_what_is_excluded_and_why)
{
    static const char *const name[] = {"x"};
    static const char *const uneven = "of some runs stretches are left out";
    struct viz_comparison *comparison = NULL;
    int64_t id[2];
    for (uint32_t i = 0; i < 2; i++)
        id[i] = put_run("S1", name, 1, i, make_noise);
    STORE_OK(&rig, try_compare(id, id + 1, 1, &standard, &comparison));
    cr_assert(!is_noted(comparison, uneven));
    viz_comparison_destroy(comparison);
    exclude(id[0], START_NS + 1000 * MS, "fan off");
    STORE_OK(&rig, try_compare(id, id + 1, 1, &standard, &comparison));
    cr_assert(is_noted(comparison, "A: run 1 is without 1 to 2 s (fan off)"));
    cr_assert(is_noted(comparison, uneven));
    viz_comparison_destroy(comparison);
    for (int64_t i = 0; i < 4; i++)
        exclude(id[1], START_NS + i * 2000 * MS, "door");
    STORE_OK(&rig, try_compare(id, id + 1, 1, &standard, &comparison));
    cr_assert(is_noted(comparison,
                       "B: run 2 is without 0 to 1 s (door), 2 to 3 s (door), "
                       "4 to 5 s (door) and 1 more"));
    cr_assert(!is_noted(comparison, uneven));
    viz_comparison_destroy(comparison);
}

/* ---- limits ---- */

static void make_around_0(uint32_t run, double noise, double row[MOST_CHANNELS])
{
    row[0] = noise / 100 + (run < SIDE ? 0 : 0.1);
    row[1] = 100 + noise / 100 + (run < SIDE ? 0 : 0.5);
}

Test(comparison, limits_are_of_single_metrics)
{
    static const char *const name[] = {"x", "y"};
    struct viz_comparison *comparison = NULL;
    struct viz_comparison_params params = standard;
    int64_t id[2 * SIDE];
    for (uint32_t i = 0; i < 2 * SIDE; i++)
        id[i] = put_run("S1", name, 2, i, make_around_0);
    STORE_OK(&rig, try_compare(id, id + SIDE, SIDE, &params, &comparison));
    cr_assert_eq(comparison->metric[0].verdict, VIZ_VERDICT_DIFFERENT);
    cr_assert_eq(comparison->metric[1].verdict, VIZ_VERDICT_EQUIVALENT);
    viz_comparison_destroy(comparison);
    params.limits = "1,S1/x=1,y=0.1%";
    STORE_OK(&rig, try_compare(id, id + SIDE, SIDE, &params, &comparison));
    cr_assert_eq(comparison->metric[0].verdict, VIZ_VERDICT_EQUIVALENT);
    cr_assert_eq(comparison->metric[0].contrast.row[0].limit, 1);
    cr_assert_eq(comparison->metric[1].verdict, VIZ_VERDICT_DIFFERENT);
    cr_assert_float_eq(comparison->metric[1].contrast.row[0].limit, 0.1, 0.001);
    viz_comparison_destroy(comparison);
    params.limits = "z=1";
    cr_assert_eq(try_compare(id, id + SIDE, SIDE, &params, &comparison), -EINVAL);
    cr_assert_str_eq(rig.err.text,
                     "no metric z in these runs; the first of A has x, y");
}

Test(comparison, a_multiple_with_a_limit_of_its_own_counts)
{
    static const char *const name[] = {"x", "y"};
    struct viz_comparison *comparison = NULL;
    struct viz_comparison_params params = standard;
    int64_t id[2];
    params.limits = "y=1";
    for (uint32_t i = 0; i < 2; i++)
        id[i] = put_run("S1", name, 2, i, make_multiple);
    STORE_OK(&rig, try_compare(&id[0], &id[1], 1, &params, &comparison));
    cr_assert(comparison->metric[0].family && comparison->metric[1].family);
    viz_comparison_destroy(comparison);
}

Test(comparison, limits_are_read_or_refused)
{
    static const char *const good[] = {"2", "2%", "ax=0.05,2", "2 %,a=b=3",
                                       "ax=1e-9,2"};
    static const char *const bad[] = {"",     "0",    "-1",    "x",      "1,,ax=1",
                                      "ax=",  "ax=0", "=1",    "ax=-1",  "ax=nan",
                                      "1001", "1,2",  "ax=1,", "ax=1ms", "ax=2000%"};
    struct viz_error err;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        double percent = 1;
        cr_assert_eq(viz_comparison_limits_check(good[i], &percent, &err), 0, "%s",
                     good[i]);
        cr_assert_eq(percent, 2);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double percent = 1;
        cr_assert_eq(viz_comparison_limits_check(bad[i], &percent, &err), -EINVAL, "%s",
                     bad[i]);
        cr_assert(strstr(err.text, "expected"), "%s", err.text);
    }
}

Test(comparison, can_be_called_off)
{
    static const char *const name[] = {"x", "y"};
    struct viz_comparison *comparison = NULL;
    atomic_bool cancelled = false;
    int64_t id[2];
    for (uint32_t i = 0; i < 2; i++)
        id[i] = put_run("S1", name, 2, i, make_multiple);
    viz_store_set_cancel(rig.store, &cancelled);
    STORE_OK(&rig, try_compare(&id[0], &id[1], 1, &standard, &comparison));
    viz_comparison_destroy(comparison);
    cancelled = true;
    cr_assert_eq(try_compare(&id[0], &id[1], 1, &standard, &comparison), -ECANCELED);
    cr_assert_str_eq(rig.err.text, "it was called off before it was done");
    viz_store_set_cancel(rig.store, NULL);
    STORE_OK(&rig, try_compare(&id[0], &id[1], 1, &standard, &comparison));
    viz_comparison_destroy(comparison);
}
