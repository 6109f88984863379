/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of a device are written into a store and read back as series. */
#include "series_rig.h"

#include <viz/device.h>
#include <viz/ema.h>

TestSuite(run_series, .init = series_rig_init, .fini = series_rig_finish);

static const struct viz_run_stream device_stream = {.name = "10.0.0.7:80",
                                                    .form = VIZ_FORM_LIGHTWAVE};

static struct store_place device_run(void)
{
    return store_rig_place(&rig, store_rig_run(&rig, "device", START_NS),
                           &device_stream);
}

static void put_frame(const struct store_place *place, unsigned marks,
                      const struct viz_lw_frame *frame)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    size_t size = viz_lw_encode(frame, bytes);
    put(place, marks, frame->timestamp_ms, bytes, size);
}

/* Frames that say (hop_count, average) one after the other, 100 ms apart; Goertzel ran in
 * half of the hops. */
struct said {
    uint32_t hops;
    float average;
    unsigned marks;
};

static void put_said(const struct store_place *place, const struct said *said,
                     size_t count, int64_t from_ms)
{
    for (size_t i = 0; i < count; i++) {
        struct viz_lw_frame frame = {.timestamp_ms =
                                         (uint32_t)(from_ms + (int64_t)i * 100),
                                     .avg_total_us = said[i].average,
                                     .avg_goertzel_us = said[i].average / 2,
                                     .cpu_load_percent = said[i].average / 200,
                                     .hop_count = said[i].hops,
                                     .goertzel_count = (uint16_t)(said[i].hops / 2)};
        put_frame(place, said[i].marks, &frame);
    }
}

Test(run_series, undoes_the_average_between_two_publications)
{
    static const struct said said[] = {{62, 1000, VIZ_MARK_BOOT},
                                       {62, 1000, VIZ_MARK_REPEAT},
                                       {67, 1100, 0},
                                       {67, 1100, VIZ_MARK_REPEAT},
                                       {69, 1050, 0}};
    struct store_place place = device_run();
    put_said(&place, said, 5, 0);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 2);
    cr_assert_eq(total->repeats, 2);
    cr_assert_eq(total->beginning, 1); /* the first */
    cr_assert_eq(total->broken, 0);
    near(total->value[0], viz_ema_invert(1000, 1100, 0.1, 5));
    near(total->value[1], viz_ema_invert(1100, 1050, 0.1, 2));
    cr_assert_eq(total->at_ns[0], 200 * MS);
    cr_assert_eq(total->at_ns[1], 400 * MS);
    near(total->lag, 3.5);
    cr_assert(total->averaged && total->usual);
    cr_assert_eq(total->better, VIZ_BETTER_LOWER);
    near(total->ema_alpha, 0.1);
    cr_assert_str_eq(total->stream, "10.0.0.7:80");
    cr_assert_str_eq(total->unit, "µs");
    cr_assert_eq(total->raw_n, 5);
    near(total->raw_mean, 1050);
    near(total->raw_sd, 50);
    const struct viz_metric_series *load_percent =
        metric_of(series, "cpu_load_percent");
    near(load_percent->value[0], viz_ema_invert(5, 5.5, 0.1, 5));
    viz_run_series_destroy(series);
}

static struct viz_run_series *load_said(const struct said *said, size_t count)
{
    struct store_place place = device_run();
    put_said(&place, said, count, 0);
    return load(place.run, NULL);
}

#define SAID(...)                                                                      \
    load_said((const struct said[]){__VA_ARGS__},                                      \
              sizeof((const struct said[]){__VA_ARGS__}) / sizeof(struct said))

Test(run_series, frames_from_before_the_first_measurement_are_counted)
{
    struct viz_run_series *series = SAID({0, 0, VIZ_MARK_BOOT}, {0, 0, VIZ_MARK_REPEAT},
                                         {62, 900, 0}, {124, 950, 0});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->unmeasured, 2);
    cr_assert_eq(total->beginning, 1); /* what the average began with is unknown */
    cr_assert_eq(total->broken, 0);
    cr_assert_eq(total->n, 1);
    cr_assert_eq(total->raw_n, 2);
    near(total->value[0], viz_ema_invert(900, 950, 0.1, 62));
    viz_run_series_destroy(series);
}

Test(run_series, gap_does_not_break_a_pair)
{
    struct viz_run_series *series =
        SAID({62, 900, VIZ_MARK_BOOT}, {310, 1000, VIZ_MARK_GAP});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 1);
    cr_assert_eq(total->missing, 3);
    near(total->value[0], viz_ema_invert(900, 1000, 0.1, 248));
    near(total->lag, 248);
    viz_run_series_destroy(series);
}

Test(run_series, reset_of_the_statistics_breaks_a_pair)
{
    struct viz_run_series *series = SAID({62, 900, VIZ_MARK_BOOT}, {124, 900, 0},
                                         {62, 700, VIZ_MARK_RESET}, {124, 700, 0});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 2);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 1);
    near(total->value[1], 700);
    cr_assert_eq(total->boots, 0);
    viz_run_series_destroy(series);
}

/* As a marked one, and with the same count as before: it is no repeat. */
Test(run_series, reboot_breaks_a_pair_and_is_counted)
{
    static const struct said before[] = {{62, 900, VIZ_MARK_BOOT}, {124, 910, 0}};
    static const struct said after[] = {{124, 500, VIZ_MARK_BOOT}, {186, 510, 0}};
    struct store_place place = device_run();
    put_said(&place, before, 2, 0);
    STORE_OK(&rig, viz_store_add_segment(rig.store, place.stream, "boot", START_NS,
                                         &place.segment, &rig.err));
    put_said(&place, after, 2, 10000);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 2);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 1);
    cr_assert_eq(total->repeats, 0);
    cr_assert_eq(total->boots, 1);
    near(total->value[1], viz_ema_invert(500, 510, 0.1, 62));
    viz_run_series_destroy(series);
}

Test(run_series, counter_that_went_back_without_a_mark_breaks_a_pair)
{
    struct viz_run_series *series =
        SAID({620, 900, VIZ_MARK_BOOT}, {62, 700, 0}, {124, 700, 0});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 1);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 1);
    near(total->value[0], 700);
    viz_run_series_destroy(series);
}

Test(run_series, frame_that_was_overtaken_moves_nothing)
{
    struct store_place place = device_run();
    static const struct said ahead[] = {{62, 900, VIZ_MARK_BOOT}, {186, 1000, 0}};
    static const struct said late[] = {{124, 950, 0}};
    static const struct said next[] = {{248, 1100, 0}};
    put_said(&place, ahead, 2, 1000);
    put_said(&place, late, 1, 1050);
    put_said(&place, next, 1, 1200);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 2);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 1);
    near(total->value[1], viz_ema_invert(1000, 1100, 0.1, 62));
    viz_run_series_destroy(series);
}

Test(run_series, pair_behind_a_frame_without_a_number_is_broken)
{
    struct viz_run_series *series =
        SAID({62, 900, VIZ_MARK_BOOT}, {124, NAN, VIZ_MARK_NAN},
             {124, 920, VIZ_MARK_REPEAT}, {124, 920, VIZ_MARK_REPEAT}, {186, 930, 0},
             {186, INFINITY, VIZ_MARK_NAN | VIZ_MARK_REPEAT}, {248, 940, 0});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->not_finite, 1);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 1);
    cr_assert_eq(total->repeats, 2); /* one of them without a number that is known */
    cr_assert_eq(total->n, 2);
    near(total->value[0], viz_ema_invert(920, 930, 0.1, 62));
    near(total->value[1], viz_ema_invert(930, 940, 0.1, 62));
    cr_assert_eq(total->raw_n, 5);
    viz_run_series_destroy(series);
}

Test(run_series, excluded_frames_are_left_out_and_break_a_pair)
{
    static const struct said said[] = {
        {62, 900, VIZ_MARK_BOOT},     {124, 910, 0}, {186, 5000, 0}, {248, 4000, 0},
        {248, 4000, VIZ_MARK_REPEAT}, {310, 3000, 0}};
    struct store_place place = device_run();
    put_said(&place, said, 6, 0);
    const struct viz_annotation annotations[] = {
        {.from_ns = START_NS + 200 * MS,
         .to_ns = START_NS + 400 * MS,
         .text = "door",
         .exclude = true},
        {.from_ns = START_NS, .to_ns = START_NS + 1000 * MS, .text = "a remark"},
    };
    for (int i = 0; i < 2; i++)
        STORE_OK(&rig, viz_store_annotate(rig.store, place.run, &annotations[i], NULL,
                                          &rig.err));
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->excluded, 2);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 1);
    cr_assert_eq(total->n, 2);
    cr_assert_eq(total->raw_n, 4);
    near(total->value[1], viz_ema_invert(4000, 3000, 0.1, 62));
    viz_run_series_destroy(series);
}

Test(run_series, frames_of_another_length_are_unreadable)
{
    static const struct said said[] = {{62, 900, VIZ_MARK_BOOT}, {124, 910, 0}};
    struct store_place place = device_run();
    put_said(&place, said, 1, 0);
    put(&place, 0, 50, "short", 5);
    put_said(&place, said + 1, 1, 100);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->unreadable, 1);
    cr_assert_eq(total->n, 1);
    viz_run_series_destroy(series);
}

Test(run_series, hop_count_wraps)
{
    struct viz_run_series *series =
        SAID({UINT32_MAX - 10, 900, VIZ_MARK_BOOT}, {51, 1000, 0});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 1);
    near(total->lag, 62);
    viz_run_series_destroy(series);
}

Test(run_series, device_that_publishes_nothing_new_has_no_value)
{
    struct viz_run_series *series =
        SAID({62, 900, VIZ_MARK_BOOT}, {62, 900, VIZ_MARK_REPEAT},
             {62, 900, VIZ_MARK_REPEAT}, {62, 900, VIZ_MARK_REPEAT});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 0);
    cr_assert_null(total->value);
    cr_assert(isnan(total->lag));
    cr_assert(total->usual);
    cr_assert_eq(total->repeats, 3);
    near(total->raw_mean, 900);
    near(total->raw_sd, 0);
    viz_run_series_destroy(series);
}

Test(run_series, one_frame_is_no_pair)
{
    struct viz_run_series *series = SAID({62, 900, VIZ_MARK_BOOT});
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->n, 0);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 0);
    cr_assert(isnan(total->raw_sd));
    viz_run_series_destroy(series);
}

/* Hops, and of these with Goertzel. */
static void put_goertzels(const struct store_place *place, uint32_t hops,
                          uint32_t goertzels, float average, bool extended)
{
    struct viz_lw_frame frame = {.timestamp_ms = (uint32_t)(next_seq * 100),
                                 .avg_total_us = 1000,
                                 .avg_goertzel_us = average,
                                 .hop_count = hops,
                                 .goertzel_count = (uint16_t)goertzels,
                                 .extended = extended,
                                 .avg_dc_agc_us = average,
                                 .avg_chroma_us = average,
                                 .goertzel_count_full = goertzels};
    put_frame(place, 0, &frame);
}

Test(run_series, goertzel_goes_by_its_own_counter)
{
    struct store_place place = device_run();
    put_goertzels(&place, 62, 65530, 500, false);
    put_goertzels(&place, 124, 25, 600, false); /* 31 more: it wrapped */
    put_goertzels(&place, 130, 25, 600, false); /* hops without Goertzel */
    put_goertzels(&place, 192, 30, 700, false);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *metric = metric_of(series, "avg_goertzel_us");
    cr_assert_eq(metric->n, 2);
    cr_assert_eq(metric->repeats, 1);
    near(metric->value[0], viz_ema_invert(500, 600, 0.1, 31));
    near(metric->value[1], viz_ema_invert(600, 700, 0.1, 5));
    near(metric->lag, 18);
    cr_assert_eq(metric_of(series, "avg_total_us")->n, 3);
    viz_run_series_destroy(series);
}

Test(run_series, goertzel_counter_that_wrapped_unseen_goes_by_the_share_of_the_hops)
{
    struct store_place place = device_run();
    put_goertzels(&place, 1000, 500, 500, false);
    put_goertzels(&place, 2000, 1000, 500, false);
    put_goertzels(&place, 402000, 201000, 700, false); /* three times around */
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *metric = metric_of(series, "avg_goertzel_us");
    cr_assert_eq(metric->n, 2);
    near(metric->lag, (500 + 200000) / 2.0);
    viz_run_series_destroy(series);
}

Test(run_series, goertzel_counter_of_which_too_little_is_known_breaks_a_pair)
{
    struct store_place place = device_run();
    put_goertzels(&place, 1000, 500, 500, false);
    put_goertzels(&place, 401000, 200500, 700, false);
    put_goertzels(&place, 401010, 200600, 700, false); /* more than there were hops */
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *metric = metric_of(series, "avg_goertzel_us");
    cr_assert_eq(metric->n, 0);
    cr_assert_eq(metric->beginning, 1);
    cr_assert_eq(metric->broken, 2);
    cr_assert_eq(metric_of(series, "avg_total_us")->n, 2);
    viz_run_series_destroy(series);
}

Test(run_series, device_without_goertzel_has_never_measured_it)
{
    struct store_place place = device_run();
    put_goertzels(&place, 62, 0, 0, false);
    put_goertzels(&place, 124, 0, 0, false);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *metric = metric_of(series, "avg_goertzel_us");
    cr_assert_eq(metric->n, 0);
    cr_assert_eq(metric->unmeasured, 2);
    viz_run_series_destroy(series);
}

static bool has_metric(const struct viz_run_series *series, const char *name)
{
    for (uint32_t i = 0; i < series->metrics; i++)
        if (!strcmp(series->metric[i].name, name))
            return true;
    return false;
}

Test(run_series, extended_frames_have_two_metrics_more)
{
    struct store_place place = device_run();
    put_goertzels(&place, 1000, 500, 500, true);
    put_goertzels(&place, 1062, 531, 520, false); /* says nothing of them */
    put_goertzels(&place, 201000, 100500, 600, true);
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *dc = metric_of(series, "avg_dc_agc_us");
    const struct viz_metric_series *chroma = metric_of(series, "avg_chroma_us");
    cr_assert_eq(dc->n, 1);
    cr_assert_eq(dc->unmeasured, 1);
    near(dc->lag, 200000);
    near(chroma->lag, 100000); /* by all 32 bits */
    cr_assert(dc->usual && chroma->usual);
    viz_run_series_destroy(series);
    series = SAID({62, 900, VIZ_MARK_BOOT}, {124, 900, 0});
    cr_assert_not(has_metric(series, "avg_dc_agc_us"));
    cr_assert_not(has_metric(series, "avg_chroma_us"));
    cr_assert_eq(series->metrics, 3);
    cr_assert_not(has_metric(series, "peak_total_us"));
    viz_run_series_destroy(series);
}

/* The model's mean comes back, and the spread that 62 independent hops leave. */
Test(run_series, simulated_device_gives_back_its_model)
{
    const struct viz_device_model model = {
        .mean_us = 5000, .sd_us = 400, .hop_hz = 50, .seed = 7};
    struct viz_hops *hops = viz_hops_create(&model, 0);
    struct store_place place = device_run();
    struct viz_lw_frame frame;
    double square = 0;
    for (uint32_t i = 0; i < 6000; i++) {
        viz_hops_run(hops, i * 31);
        viz_hops_frame(hops, i * 620, true, &frame);
        put_frame(&place, i ? 0 : VIZ_MARK_BOOT, &frame);
    }
    struct viz_run_series *series = load(place.run, NULL);
    const struct viz_metric_series *total = metric_of(series, "avg_total_us");
    cr_assert_eq(total->unmeasured, 2);
    cr_assert_eq(total->beginning, 1);
    cr_assert_eq(total->broken, 0);
    cr_assert_eq(total->n, 2998);
    cr_assert_eq(total->repeats, 2999);
    double mean = 0, sd = 400 / sqrt(viz_ema_worth(0.1, 62));
    for (size_t i = 0; i < total->n; i++)
        mean += total->value[i] / (double)total->n;
    for (size_t i = 0; i < total->n; i++)
        square += pow(total->value[i] - mean, 2) / (double)(total->n - 1);
    cr_assert_lt(fabs(mean - 5000), 4 * sd / sqrt((double)total->n), "%g", mean);
    cr_assert_lt(fabs(sqrt(square) / sd - 1), 4 / sqrt(2.0 * (double)total->n), "%g",
                 sqrt(square));
    cr_assert_eq(metric_of(series, "avg_goertzel_us")->n, 2998);
    near(metric_of(series, "avg_goertzel_us")->lag, 31);
    viz_run_series_destroy(series);
    viz_hops_destroy(hops);
}
