/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/tally.h>

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#define MS INT64_C(1000000)
#define START_NS (INT64_C(1700000000000) * MS)

static const struct viz_run_stream device = {
    .name = "device", .source = "", .form = VIZ_FORM_LIGHTWAVE};

static const struct viz_run_channel axes[] = {{"ax", "m/s²"}, {"gz", NULL}};
static const struct viz_run_stream sensor = {.name = "S1",
                                             .source = "",
                                             .form = VIZ_FORM_VALUES,
                                             .channel = axes,
                                             .channels = 2};

static struct viz_tally *tally_of(const struct viz_run_stream *stream,
                                  const char *metric)
{
    const struct viz_tally_params params = {
        .stream = stream, .alpha = 0.2, .bins = 4, .metric = metric};
    return viz_tally_create(&params);
}

/* What one frame is about; the rest is derived. */
struct moment {
    uint32_t ms; /* arrival and device time */
    uint32_t hops;
    float total_us;
    unsigned marks;
    int64_t segment;
};

static void add(struct viz_tally *tally, struct moment at, bool excluded)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    const struct viz_lw_frame frame = {.timestamp_ms = at.ms,
                                       .avg_total_us = at.total_us,
                                       .cpu_load_percent = at.total_us / 200,
                                       .peak_total_us = (uint16_t)(at.hops * 10),
                                       .hop_count = at.hops,
                                       .flags = at.hops > 100 ? 3 : 2};
    const struct viz_run_sample sample = {.segment = at.segment,
                                          .host_ns = START_NS + at.ms * MS,
                                          .device_ns = at.ms * MS,
                                          .marks = at.marks,
                                          .missing = at.marks & VIZ_MARK_GAP ? 2 : 0,
                                          .frame = bytes,
                                          .size =
                                              (uint32_t)viz_lw_encode(&frame, bytes)};
    viz_tally_add(tally, &sample, excluded);
}

static const struct viz_channel_figures *
channel(const struct viz_stream_figures *figures, const char *name)
{
    for (uint32_t i = 0; i < figures->channels; i++)
        if (!strcmp(figures->channel[i].name, name))
            return &figures->channel[i];
    cr_assert_fail("no channel %s", name);
    return NULL;
}

Test(tally, nothing_gives_no_figure)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.samples, 0u);
    cr_expect(isnan(figures.loss_percent));
    cr_expect(isnan(figures.delivered_hz));
    cr_expect(isnan(figures.span_s));
    cr_expect(isnan(figures.hop_hz));
    cr_expect(isnan(figures.true_load_percent));
    cr_expect(isnan(figures.peak_total_us));
    cr_expect(isnan(channel(&figures, "avg_total_us")->mean));
    cr_expect_eq(channel(&figures, "avg_total_us")->n, 0u);
    viz_tally_destroy(tally);
    viz_tally_destroy(NULL);
}

Test(tally, one_frame_has_values_and_no_rates)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    add(tally, (struct moment){.ms = 100, .hops = 62, .total_us = 5000}, false);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.samples, 1u);
    cr_expect_eq(figures.published, 1u);
    cr_expect_eq(figures.loss_percent, 0);
    cr_expect(isnan(figures.delivered_hz));
    cr_expect(isnan(figures.hop_hz));
    cr_expect(isnan(figures.true_load_percent));
    cr_expect_eq(figures.peak_total_us, 620);
    cr_expect_eq(channel(&figures, "avg_total_us")->mean, 5000);
    cr_expect(isnan(channel(&figures, "avg_total_us")->sd));
    viz_tally_destroy(tally);
}

/* 62 hops each 1240 ms are 50 Hz; frames each 310 ms repeat them three times. */
static void add_steady(struct viz_tally *tally, uint32_t from_ms, uint32_t frames,
                       uint32_t first_hops, int64_t segment)
{
    for (uint32_t i = 0; i < frames; i++) {
        unsigned marks = i == 0 ? VIZ_MARK_BOOT : i % 4 ? VIZ_MARK_REPEAT : 0;
        add(tally,
            (struct moment){.ms = from_ms + i * 310,
                            .hops = first_hops + i / 4 * 62,
                            .total_us = 5000,
                            .marks = marks,
                            .segment = segment},
            false);
    }
}

Test(tally, the_hop_rate_is_measured_between_changes_of_the_counter)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    add_steady(tally, 1000, 43, 62, 1); /* ends in the middle of a publication */
    viz_tally_figures(tally, &figures);
    cr_expect_float_eq(figures.hop_hz, 50, 1e-9);
    cr_expect_float_eq(figures.true_load_percent, 25, 1e-9);
    cr_expect_float_eq(figures.delivered_hz, 1 / 0.31, 1e-9);
    cr_expect_eq(figures.published, 11u);
    cr_expect_eq(figures.counts.repeats, 32u);
    viz_tally_destroy(tally);
}

Test(tally, a_boot_does_not_count_as_hops)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    add_steady(tally, 5000, 40, 1000000, 1);
    add_steady(tally, 200000, 40, 62, 2);
    viz_tally_figures(tally, &figures);
    cr_expect_float_eq(figures.hop_hz, 50, 1e-9);
    cr_expect_eq(figures.counts.boots, 2u);
    viz_tally_destroy(tally);
}

Test(tally, a_reset_of_the_counter_does_not_count_as_hops)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    add_steady(tally, 1000, 20, 6200, 1);
    add(tally,
        (struct moment){.ms = 60000,
                        .hops = 62,
                        .total_us = 1,
                        .marks = VIZ_MARK_RESET,
                        .segment = 1},
        false);
    for (uint32_t i = 1; i < 4; i++)
        add(tally,
            (struct moment){.ms = 60000 + i * 1240,
                            .hops = 62 + i * 62,
                            .total_us = 1,
                            .segment = 1},
            false);
    viz_tally_figures(tally, &figures);
    cr_expect_float_eq(figures.hop_hz, 50, 1e-9);
    cr_expect_eq(figures.counts.resets, 1u);
    viz_tally_destroy(tally);
}

Test(tally, the_hop_counter_may_wrap)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    for (uint32_t i = 0; i < 10; i++)
        add(tally,
            (struct moment){
                .ms = i * 1240, .hops = UINT32_MAX - 100 + i * 62, .total_us = 1},
            false);
    viz_tally_figures(tally, &figures);
    cr_expect_float_eq(figures.hop_hz, 50, 1e-9);
    viz_tally_destroy(tally);
}

Test(tally, losses_are_a_share_of_what_was_due)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    for (uint32_t i = 0; i < 8; i++)
        add(tally,
            (struct moment){.ms = i * 100,
                            .hops = 62,
                            .total_us = 1,
                            .marks = i == 4   ? VIZ_MARK_GAP
                                     : i == 7 ? VIZ_MARK_COPY
                                              : 0},
            false);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.counts.missing, 2u);
    cr_expect_eq(figures.counts.gaps, 1u);
    cr_expect_eq(figures.counts.copies, 1u);
    cr_expect_float_eq(figures.loss_percent, 2 / 9.0 * 100, 1e-12);
    viz_tally_destroy(tally);
}

Test(tally, a_nan_is_kept_out_of_the_figures_and_counted)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    const float total_us[] = {100, NAN, 300, INFINITY};
    for (uint32_t i = 0; i < 4; i++)
        add(tally,
            (struct moment){.ms = i * 1000,
                            .hops = 50 + 50 * i,
                            .total_us = total_us[i],
                            .marks = i % 2 ? VIZ_MARK_NAN : 0},
            false);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.counts.not_finite, 2u);
    cr_expect_eq(channel(&figures, "avg_total_us")->n, 2u);
    cr_expect_eq(channel(&figures, "avg_total_us")->not_finite, 2u);
    cr_expect_eq(channel(&figures, "avg_total_us")->mean, 200);
    cr_expect_float_eq(figures.true_load_percent, 200 * 50 / 1e4, 1e-9);
    viz_tally_destroy(tally);
}

Test(tally, excluded_samples_are_counted_and_not_summarised)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    for (uint32_t i = 0; i < 10; i++)
        add(tally,
            (struct moment){.ms = i * 100, .hops = 1, .total_us = i < 5 ? 9999 : 7},
            i < 5);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.samples, 10u);
    cr_expect_eq(figures.excluded, 5u);
    cr_expect_eq(figures.flagged, 5u);
    cr_expect_eq(channel(&figures, "avg_total_us")->n, 5u);
    cr_expect_eq(channel(&figures, "avg_total_us")->max, 7);
    viz_tally_destroy(tally);
}

Test(tally, flags_are_counted_bit_by_bit)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    for (uint32_t i = 0; i < 4; i++)
        add(tally, (struct moment){.ms = i, .hops = i == 3 ? 200 : 1, .total_us = 1},
            false);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.flag[0], 1u);
    cr_expect_eq(figures.flag[1], 4u);
    cr_expect_eq(figures.flag[2], 0u);
    cr_expect_eq(figures.flagged, 4u);
    viz_tally_destroy(tally);
}

Test(tally, bytes_that_are_no_frame_are_counted)
{
    struct viz_tally *frames = tally_of(&device, NULL), *rows = tally_of(&sensor, NULL);
    struct viz_stream_figures figures;
    const uint8_t bytes[16] = {1, 2, 3};
    struct viz_run_sample sample = {.frame = bytes, .size = 15};
    viz_tally_add(frames, &sample, false);
    viz_tally_add(rows, &sample, false);
    viz_tally_figures(frames, &figures);
    cr_expect_eq(figures.unreadable, 1u);
    cr_expect_eq(figures.published, 0u);
    viz_tally_figures(rows, &figures);
    cr_expect_eq(figures.unreadable, 1u);
    cr_expect_eq(figures.channel[0].n, 0u);
    viz_tally_destroy(frames);
    viz_tally_destroy(rows);
}

static void add_stamped(struct viz_tally *tally, int64_t at_ns, int64_t device_ns)
{
    const double row[2] = {1, 2};
    const struct viz_run_sample sample = {
        .host_ns = at_ns, .device_ns = device_ns, .frame = row, .size = sizeof(row)};
    viz_tally_add(tally, &sample, false);
}

static void add_row(struct viz_tally *tally, int64_t at_ns, double ax, double gz)
{
    const double row[2] = {ax, gz};
    const struct viz_run_sample sample = {
        .host_ns = at_ns, .device_ns = INT64_MIN, .frame = row, .size = sizeof(row)};
    viz_tally_add(tally, &sample, false);
}

Test(tally, gaps_of_rows_show_in_their_stamps)
{
    struct viz_tally *tally = tally_of(&sensor, NULL);
    struct viz_stream_figures figures;
    for (int i = 0; i < 33; i++)
        add_stamped(tally, i * 5 * MS, (1000 + i * 5) * MS);
    viz_tally_figures(tally, &figures);
    cr_expect(figures.gaps_known);
    cr_expect_eq(figures.counts.gaps, 0u);
    add_stamped(tally, 660 * MS, 1660 * MS);
    add_stamped(tally, 665 * MS, 1665 * MS);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.counts.gaps, 1u);
    cr_expect_float_eq(figures.period_s, 0.005, 1e-12);
    viz_tally_destroy(tally);
}

Test(tally, gaps_of_rows_without_enough_stamps_are_not_known)
{
    struct viz_tally *few = tally_of(&sensor, NULL), *none = tally_of(&sensor, NULL);
    struct viz_stream_figures figures;
    for (int i = 0; i < 32; i++)
        add_stamped(few, i * 5 * MS, i * 5 * MS);
    for (int i = 0; i < 500; i++)
        add_stamped(none, (i + (i > 250) * 900) * 5 * MS, INT64_MIN);
    viz_tally_figures(few, &figures);
    cr_expect_not(figures.gaps_known);
    viz_tally_figures(none, &figures);
    cr_expect_not(figures.gaps_known);
    viz_tally_destroy(few);
    viz_tally_destroy(none);
}

Test(tally, rows_have_their_own_channels_and_no_hops)
{
    struct viz_tally *tally = tally_of(&sensor, NULL);
    struct viz_stream_figures figures;
    add_row(tally, 0, 1, -1);
    add_row(tally, 500 * MS, 2, NAN);
    add_row(tally, 1000 * MS, 6, -3);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.channels, 2u);
    cr_expect_str_eq(figures.channel[0].name, "ax");
    cr_expect_str_eq(figures.channel[0].unit, "m/s²");
    cr_expect_str_eq(figures.channel[1].unit, "");
    cr_expect_eq(figures.channel[0].mean, 3);
    cr_expect_eq(figures.channel[1].mean, -2);
    cr_expect_eq(figures.channel[1].n, 2u);
    cr_expect_eq(figures.channel[1].not_finite, 1u);
    cr_expect_eq(figures.delivered_hz, 2);
    cr_expect(isnan(figures.hop_hz));
    cr_expect(isnan(figures.true_load_percent));
    cr_expect(isnan(figures.peak_total_us));
    cr_expect(isnan(figures.loss_percent), "rows have no time stamps to follow");
    viz_tally_destroy(tally);
}

Test(tally, one_metric_can_be_asked_for)
{
    struct viz_tally *tally = tally_of(&device, "hop_count");
    struct viz_stream_figures figures;
    add(tally, (struct moment){.ms = 0, .hops = 5, .total_us = 4000}, false);
    add(tally, (struct moment){.ms = 1000, .hops = 55, .total_us = 4000}, false);
    add(tally, (struct moment){.ms = 2000, .hops = 105, .total_us = 4000}, false);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.channels, 1u);
    cr_expect_eq(figures.channel[0].p50, 55);
    cr_expect_float_eq(figures.true_load_percent, 20, 1e-9, "whatever is shown");
    viz_tally_destroy(tally);
    cr_expect_null(tally_of(&device, "ax"));
    cr_expect_null(tally_of(&sensor, "avg_total_us"));
    tally = tally_of(&sensor, "gz");
    cr_expect_not_null(tally);
    viz_tally_destroy(tally);
}

Test(tally, fields_of_extended_frames_come_from_extended_frames_only)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    for (unsigned i = 0; i < 4; i++) {
        const struct viz_lw_frame frame = {
            .extended = i >= 2, .avg_chroma_us = 40, .hop_count = 62};
        const struct viz_run_sample sample = {
            .host_ns = i,
            .frame = bytes,
            .size = (uint32_t)viz_lw_encode(&frame, bytes)};
        viz_tally_add(tally, &sample, false);
    }
    viz_tally_figures(tally, &figures);
    cr_expect_eq(channel(&figures, "avg_chroma_us")->n, 2u);
    cr_expect_eq(channel(&figures, "avg_chroma_us")->mean, 40);
    cr_expect_eq(channel(&figures, "avg_total_us")->n, 4u);
    viz_tally_destroy(tally);
}

Test(tally, before_the_first_measurement_nothing_is_in_the_figures)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    for (uint32_t i = 0; i < 5; i++)
        add(tally,
            (struct moment){.ms = i * 1240,
                            .hops = i * 62,
                            .total_us = i ? 4990 + 10 * (float)i : 0},
            false);
    viz_tally_figures(tally, &figures);
    const struct viz_channel_figures *total = channel(&figures, "avg_total_us");
    cr_expect_eq(figures.unpublished, 1u);
    cr_expect_eq(figures.published, 4u);
    cr_expect(total->measured);
    cr_expect_eq(total->n, 4u);
    cr_expect_eq(total->mean, 5015);
    cr_expect_eq(total->min, 5000);
    cr_expect_eq(total->p50, 5015);
    cr_expect_eq(total->bin[0], 1u);
    cr_expect_float_eq(total->ema,
                       5000 * 0.512 + 0.2 * (5010 * 0.64 + 5020 * 0.8 + 5030), 1e-6,
                       "begun with the first that was measured");
    cr_expect_eq(channel(&figures, "cpu_load_percent")->n, 4u);
    cr_expect_eq(channel(&figures, "peak_total_us")->min, 620);
    cr_expect_float_eq(figures.true_load_percent, 25.075, 1e-9);
    viz_tally_destroy(tally);
}

Test(tally, what_is_not_measured_of_hops_is_of_all_frames)
{
    struct viz_tally *tally = tally_of(&device, "hop_count");
    struct viz_stream_figures figures;
    add(tally, (struct moment){.ms = 0, .hops = 0}, false);
    add(tally, (struct moment){.ms = 100, .hops = 62}, false);
    viz_tally_figures(tally, &figures);
    cr_expect_not(figures.channel[0].measured);
    cr_expect_eq(figures.channel[0].n, 2u);
    viz_tally_destroy(tally);
}

Test(tally, frames_without_a_measurement_alone_have_no_figures)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    add(tally, (struct moment){.ms = 0}, false);
    add(tally, (struct moment){.ms = 100}, false);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.unpublished, 2u);
    cr_expect(isnan(channel(&figures, "avg_total_us")->mean));
    cr_expect(isnan(figures.peak_total_us));
    cr_expect(isnan(figures.true_load_percent));
    viz_tally_destroy(tally);
}

Test(tally, a_stream_begins_with_a_boot_that_is_no_reboot)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    add_steady(tally, 5000, 8, 620, 1);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.counts.boots, 1u);
    cr_expect_eq(figures.reboots, 0u);
    add_steady(tally, 10000, 8, 62, 2);
    viz_tally_figures(tally, &figures);
    cr_expect_eq(figures.reboots, 1u);
    viz_tally_destroy(tally);
}

Test(tally, the_period_is_that_of_frames_without_a_gap_between_them)
{
    struct viz_tally *tally = tally_of(&device, NULL);
    struct viz_stream_figures figures;
    add_steady(tally, 5000, 8, 620, 1);
    add(tally, (struct moment){.ms = 60000, .hops = 6200, .marks = VIZ_MARK_GAP},
        false);
    viz_tally_figures(tally, &figures);
    cr_expect_float_eq(figures.period_s, 0.31, 1e-9);
    cr_expect_eq(figures.newest_ns, START_NS + 60000 * MS);
    viz_tally_destroy(tally);
}
