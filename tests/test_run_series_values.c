/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of values and of benchmarks are written into a store and read back as series. */
#include "series_rig.h"

#include <viz/figures.h>

#include <errno.h>

TestSuite(run_series_values, .init = series_rig_init, .fini = series_rig_finish);

static void put_row(const struct store_place *place, int64_t at_ms, double x, double y)
{
    const double row[] = {x, y};
    put(place, 0, at_ms, row, sizeof(row));
}

static struct store_place values_run(void)
{
    return store_rig_place(&rig, store_rig_run(&rig, "values", START_NS),
                           &store_rig_values);
}

Test(run_series_values, values_that_are_no_numbers_are_left_out)
{
    struct store_place place = values_run();
    put_row(&place, 0, 1, NAN);
    put_row(&place, 10, INFINITY, NAN);
    put(&place, 0, 15, "odd", 3);
    put_row(&place, 20, 3, NAN);
    STORE_OK(&rig,
             viz_store_annotate(rig.store, place.run,
                                &(struct viz_annotation){.stream = place.stream,
                                                         .from_ns = START_NS + 30 * MS,
                                                         .to_ns = START_NS + 31 * MS,
                                                         .exclude = true},
                                NULL, &rig.err));
    put_row(&place, 30, 5, 5);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *x = metric_of(series, "x");
    const struct viz_metric_series *y = metric_of(series, "y");
    cr_assert_eq(x->rows, 5);
    cr_assert_eq(x->n, 2);
    cr_assert_eq(x->not_finite, 1);
    cr_assert_eq(x->excluded, 1);
    cr_assert_eq(x->unreadable, 1);
    near(x->value[1], 3);
    cr_assert_eq(x->at_ns[1], 20 * MS);
    cr_assert_str_eq(x->unit, "m/s\u00b2");
    cr_assert_str_eq(x->stream, "S1");
    cr_assert_eq(x->better, VIZ_BETTER_NEITHER);
    cr_assert(x->usual && !x->averaged && isnan(x->ema_alpha) && isnan(x->lag));
    near(x->raw_mean, 2);
    cr_assert_eq(y->n, 0);
    cr_assert_eq(y->not_finite, 3);
    cr_assert(isnan(y->raw_mean) && isnan(y->raw_sd));
    cr_assert(y->usual);
    viz_run_series_destroy(series);
}

Test(run_series_values, numbers_larger_than_any_quantity_are_left_out)
{
    struct store_place place = values_run();
    put_row(&place, 0, -1.7e308, 5e-324);
    put_row(&place, 10, 1e75, -1e-308);
    put_row(&place, 20, -1e75, 0);
    put_row(&place, 30, nextafter(1e75, INFINITY), 0);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *x = metric_of(series, "x");
    cr_assert_eq(x->n, 2);
    cr_assert_eq(x->too_large, 2);
    cr_assert_eq(x->not_finite, 0);
    cr_assert_eq(x->raw_n, 2);
    near(x->raw_mean, 0);
    near(x->raw_sd / 1e75, sqrt(2));
    cr_assert_eq(metric_of(series, "y")->n, 4);
    viz_run_series_destroy(series);
}

/* A file that is imported may say anything. */
Test(run_series_values, times_may_be_as_far_apart_as_they_can_be)
{
    struct store_place place = values_run();
    const double row[] = {1, 2};
    put_row(&place, 0, 3, 4);
    STORE_OK(&rig, viz_store_put(rig.store, place.run,
                                 &(struct viz_run_sample){.stream = place.stream,
                                                          .segment = place.segment,
                                                          .seq = next_seq++,
                                                          .host_ns = INT64_MIN + 1,
                                                          .frame = row,
                                                          .size = sizeof(row)},
                                 &rig.err));
    struct viz_run_series *series = load(place.run, NULL);
    cr_assert_eq(metric_of(series, "x")->n, 2);
    near(metric_of(series, "x")->value[1], 1);
    viz_run_series_destroy(series);
}

Test(run_series_values, run_without_samples_has_metrics_without_values)
{
    struct store_place place = values_run();
    STORE_OK(&rig, viz_store_end_run(rig.store, place.run, VIZ_RUN_COMPLETE,
                                     START_NS + 1500 * MS, NULL, &rig.err));
    struct viz_run_series *series = load(place.run, NULL);
    cr_assert_eq(series->metrics, 2);
    cr_assert_eq(metric_of(series, "x")->n, 0);
    cr_assert_eq(metric_of(series, "x")->rows, 0);
    cr_assert_str_eq(series->run.name, "values");
    near(series->duration_s, 1.5);
    viz_run_series_destroy(series);
    series = load(store_rig_run(&rig, "bare", START_NS), NULL);
    cr_assert_eq(series->metrics, 0);
    viz_run_series_destroy(series);
    viz_run_series_destroy(NULL);
}

Test(run_series_values, run_that_is_not_there_is_refused)
{
    struct viz_run_series *series = NULL;
    cr_assert_eq(viz_run_series_load(rig.store, 99, NULL, &series, &rig.err), -ENOENT);
    cr_assert_null(series);
    /* The store can be read on. */
    series = load(store_rig_run(&rig, "r", 1), NULL);
    cr_assert_eq(series->metrics, 0);
    viz_run_series_destroy(series);
}

/* ---- benchmarks ---- */

static const char *const figure_names[] = {
#define X(name, decimals, help) #name,
    VIZ_FIGURES(X)
#undef X
};
#define FIGURES (sizeof(figure_names) / sizeof(figure_names[0]))

/* One row of every figure, without a unit, as an import has them; @without: that one was
 * never measured. */
static void put_intervals(int64_t run, const char *without)
{
    struct viz_run_channel channel[FIGURES];
    double row[FIGURES];
    for (size_t i = 0; i < FIGURES; i++) {
        channel[i] = (struct viz_run_channel){figure_names[i], ""};
        row[i] = without && !strcmp(figure_names[i], without) ? NAN : (double)i;
    }
    struct store_place place =
        store_rig_place(&rig, run,
                        &(struct viz_run_stream){.name = "intervals",
                                                 .form = VIZ_FORM_VALUES,
                                                 .channel = channel,
                                                 .channels = FIGURES});
    put(&place, 0, 0, row, sizeof(row));
}

static void put_frames(int64_t run)
{
    static const struct viz_run_channel channel[] = {
        {"interval_ms", "ms"}, {"frame_ms", "ms"},   {"update_ms", "ms"},
        {"submit_ms", "ms"},   {"present_ms", "ms"},
    };
    static const double row[] = {NAN, 2, 3, 4, 5};
    struct store_place place =
        store_rig_place(&rig, run,
                        &(struct viz_run_stream){.name = "frames",
                                                 .form = VIZ_FORM_VALUES,
                                                 .channel = channel,
                                                 .channels = 5});
    put(&place, 0, 0, row, sizeof(row));
    put(&place, 0, 16, (const double[]){16, 2, 3, 4, 5}, sizeof(row));
}

/* "a b c" of the metrics that are usual, in order. */
static const char *usual_of(const struct viz_run_series *series)
{
    static char text[2048];
    text[0] = '\0';
    for (uint32_t i = 0; i < series->metrics; i++)
        if (series->metric[i].usual) {
            strcat(text, *text ? " " : "");
            strcat(text, series->metric[i].name);
        }
    return text;
}

#define USUAL_INTERVALS                                                                \
    "fps %savg_latency_ms approx_dropped_fps cpu_percent p99_latency_ms cpu_frame_ms " \
    "%slost rss_mb"

static void assert_usual(const struct viz_run_series *series, const char *mean,
                         const char *gpu, const char *frames)
{
    char expected[512];
    int length = snprintf(expected, sizeof(expected), USUAL_INTERVALS, mean, gpu);
    snprintf(expected + length, sizeof(expected) - (size_t)length, "%s", frames);
    cr_assert_str_eq(usual_of(series), expected);
}

Test(run_series_values, benchmark_has_each_thing_once_among_the_usual)
{
    static const char frames[] = " interval_ms frame_ms update_ms submit_ms present_ms";
    int64_t run = store_rig_run(&rig, "benchmark", START_NS);
    put_intervals(run, NULL);
    put_frames(run);
    struct viz_run_series *series = load(run, NULL);
    assert_usual(series, "", "gpu_ms ", frames);
    cr_assert_eq(metric_of(series, "interval_ms")->n, 1);
    cr_assert_eq(metric_of(series, "frame_ms")->n, 2);
    viz_run_series_destroy(series);
    /* A processor draws: the column is there and empty. */
    run = store_rig_run(&rig, "benchmark", START_NS);
    put_intervals(run, "gpu_ms");
    put_frames(run);
    series = load(run, NULL);
    assert_usual(series, "", "", frames);
    cr_assert_eq(metric_of(series, "gpu_ms")->n, 0);
    viz_run_series_destroy(series);
    /* Imported from a file of intervals. */
    run = store_rig_run(&rig, "imported", START_NS);
    put_intervals(run, "gpu_ms");
    series = load(run, NULL);
    assert_usual(series, "avg_frame_ms ", "", "");
    cr_assert_eq(metric_of(series, "avg_frame_ms")->n, 1);
    cr_assert_not_null(metric_of(series, "avg_frame_ms")->value);
    viz_run_series_destroy(series);
}

Test(run_series_values, every_figure_has_a_direction_of_its_own)
{
    static const char *const higher[] = {"fps", "timer_hz", "achieved_hz",
                                         "samples_drawn"};
    static const char *const neither[] = {"t",          "target_fps",     "offered_hz",
                                          "samples_in", "uploaded_bytes", "ring_depth"};
    int64_t run = store_rig_run(&rig, "benchmark", START_NS);
    unsigned seen[3] = {0};
    put_intervals(run, NULL);
    put_frames(run);
    struct viz_run_series *series = load(run, NULL);
    for (uint32_t i = 0; i < series->metrics; i++)
        seen[series->metric[i].better]++;
    for (int i = 0; i < 4; i++)
        cr_assert_eq(metric_of(series, higher[i])->better, VIZ_BETTER_HIGHER);
    for (int i = 0; i < 6; i++)
        cr_assert_eq(metric_of(series, neither[i])->better, VIZ_BETTER_NEITHER);
    cr_assert_eq(seen[VIZ_BETTER_HIGHER], 4);
    cr_assert_eq(seen[VIZ_BETTER_NEITHER], 6);
    cr_assert_eq(seen[VIZ_BETTER_LOWER], FIGURES + 5 - 10);
    cr_assert_str_eq(metric_of(series, "gpu_ms")->unit, "ms");
    cr_assert_str_eq(metric_of(series, "lost")->unit, "");
    viz_run_series_destroy(series);
}

/* ---- what is asked for ---- */

Test(run_series_values, values_are_kept_of_what_is_usual_or_asked_for)
{
    int64_t run = store_rig_run(&rig, "benchmark", START_NS);
    put_intervals(run, NULL);
    struct viz_run_series *series = load(run, NULL);
    cr_assert_null(metric_of(series, "max_frame_ms")->value);
    cr_assert_eq(metric_of(series, "max_frame_ms")->n, 1);
    cr_assert_not_null(metric_of(series, "fps")->value);
    viz_run_series_destroy(series);
    series = load(run, "late,max_frame_ms");
    cr_assert_not_null(metric_of(series, "max_frame_ms")->value);
    cr_assert_not_null(metric_of(series, "late")->value);
    cr_assert_not_null(metric_of(series, "fps")->value);
    cr_assert_null(metric_of(series, "timer_hz")->value);
    viz_run_series_destroy(series);
    series = load(run, "all");
    for (uint32_t i = 0; i < series->metrics; i++)
        cr_assert_not_null(series->metric[i].value, "%s", series->metric[i].name);
    viz_run_series_destroy(series);
}

Test(run_series_values, what_is_loaded_alone_has_the_same_values_and_no_others)
{
    int64_t run = store_rig_run(&rig, "benchmark", START_NS);
    put_intervals(run, NULL);
    struct viz_run_series *all = load(run, "all"), *one;
    for (int times = 0; times < 2; times++) {
        STORE_OK(&rig, viz_run_series_load_only(rig.store, run, "late", times, &one,
                                                &rig.err));
        const struct viz_metric_series *late = metric_of(one, "late");
        cr_assert_eq(late->n, metric_of(all, "late")->n);
        cr_assert_eq(late->value[0], metric_of(all, "late")->value[0]);
        cr_assert_eq(late->at_ns != NULL, times);
        cr_assert_null(metric_of(one, "fps")->value);
        cr_assert_eq(metric_of(one, "fps")->n, 1);
        viz_run_series_destroy(one);
    }
    STORE_OK(&rig,
             viz_run_series_load_only(rig.store, run, NULL, false, &one, &rig.err));
    cr_assert_not_null(metric_of(one, "fps")->value);
    cr_assert_null(metric_of(one, "max_frame_ms")->value);
    viz_run_series_destroy(one);
    viz_run_series_destroy(all);
}

Test(run_series_values, metric_is_named_alone_or_with_its_stream)
{
    const struct viz_metric_series ax = {.stream = "S1", .name = "ax", .usual = true};
    const struct viz_metric_series odd = {.stream = "a/b", .name = "c/d"};
    static const char *const yes[] = {"ax",    "S1/ax",     "ay,ax",
                                      "ax,ay", "x,S1/ax,y", "all"};
    static const char *const no[] = {"",    "a",     "axx",    "S1", "S1/", "S1/a",
                                     "/ax", "S2/ax", "S1/axx", "ay", ",",   "ALL"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        cr_expect(viz_metric_wanted(&ax, yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        cr_expect_not(viz_metric_wanted(&ax, no[i]), "%s", no[i]);
    cr_expect(viz_metric_wanted(&ax, NULL));
    cr_expect_not(viz_metric_wanted(&odd, NULL));
    cr_expect(viz_metric_wanted(&odd, "a/b/c/d"));
    cr_expect(viz_metric_wanted(&odd, "c/d"));
    cr_expect_not(viz_metric_wanted(&odd, "a/b"));
}
