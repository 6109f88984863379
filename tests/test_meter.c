/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each figure means. First every column against points made by hand, then the
 * whole pipeline (source, ring, reader, pacer, meter) on a fake clock: what a stalled
 * source and a slow renderer do to the figures. */
#include "rig.h"

#include <viz/meter.h>
#include <viz/pacer.h>
#include <viz/synth.h>

#include <criterion/criterion.h>
#include <math.h>

#define SECOND 1000000000LL
#define MS 1000000LL

/* Two seconds in which every total grew by another number. */
static const struct viz_meter_point opened = {
    .now_ns = 100 * SECOND,
    .frames = 1000,
    .served = 2000,
    .skipped = 300,
    .cpu_ns = 7 * SECOND,
    .ledger = {.received = 50000,
               .drawn = 40000,
               .missing = 10,
               .late = 20,
               .overflow = 30,
               .evicted_unseen = 40,
               .kernel_drops = 50,
               .unreadable = 60,
               .lost = 210},
    .offered_known = true,
    .offered = 9000,
    .achieved = 8000,
    .uploaded_bytes = 1 << 20,
    .gpu_ns = 5 * MS,
    .gpu_frames = 10,
    .accounting_ns = 3 * MS,
    .rss_bytes = 10 << 20,
    .target_hz = 30,
    .traced = true,
};

static struct viz_meter_point two_seconds_later(void)
{
    struct viz_meter_point point = opened;
    point.now_ns += 2 * SECOND;
    point.frames += 110;
    point.served += 114;
    point.skipped += 6;
    point.cpu_ns += 550 * MS;
    point.ledger.received += 18000;
    point.ledger.drawn += 17000;
    point.ledger.missing += 1;
    point.ledger.late += 2;
    point.ledger.overflow += 3;
    point.ledger.evicted_unseen += 4;
    point.ledger.kernel_drops += 5;
    point.ledger.unreadable += 6;
    point.ledger.lost += 21;
    point.offered += 1000;
    point.achieved += 990;
    point.uploaded_bytes += 4096;
    point.gpu_ns += 60 * MS;
    point.gpu_frames += 40;
    point.accounting_ns += 40 * MS;
    point.rss_bytes = 77 << 20;
    point.target_hz = 60;
    return point;
}

/* Latencies 1..1000 ms and frames of 1..100 ms; a depth of 5, 9, then 2. */
static void record(struct viz_meter *meter)
{
    for (int64_t i = 1; i <= 1000; i++)
        viz_histogram_record(&viz_meter_trace(meter)->total, i * MS, 18);
    for (int64_t i = 1; i <= 100; i++)
        viz_meter_frame(meter, i * MS);
    viz_meter_depth(meter, 5);
    viz_meter_depth(meter, 9);
    viz_meter_depth(meter, 2);
}

static void close_to(double is, double expected, double tolerance, const char *name)
{
    cr_expect(fabs(is - expected) <= tolerance, "%s is %g, expected %g", name, is,
              expected);
}

static void check_interval(const struct viz_figures *is, double t)
{
#define EXACT(name, expected) close_to(is->name, expected, 1e-9, #name)
/* Percentiles are upper edges of buckets that are 1/128 wide. */
#define BUCKET(name, expected) close_to(is->name, expected, (expected) / 127.0, #name)
    EXACT(t, t);
    EXACT(fps, 55);
    EXACT(target_fps, 60);
    EXACT(timer_hz, 57);
    EXACT(avg_frame_ms, 50.5);
    EXACT(avg_latency_ms, 500.5);
    EXACT(max_latency_ms, 1000);
    EXACT(approx_dropped_fps, 3);
    EXACT(cpu_percent, 27.5);
    BUCKET(p50_latency_ms, 500);
    BUCKET(p99_latency_ms, 990);
    BUCKET(p999_latency_ms, 999);
    BUCKET(p50_frame_ms, 50);
    BUCKET(p99_frame_ms, 99);
    EXACT(max_frame_ms, 100);
    EXACT(cpu_frame_ms, 5);
    EXACT(gpu_ms, 1.5);
    EXACT(offered_hz, 500);
    EXACT(achieved_hz, 495);
    EXACT(samples_in, 18000);
    EXACT(samples_drawn, 17000);
    EXACT(lost, 21);
    EXACT(missing, 1);
    EXACT(late, 2);
    EXACT(overflow, 3);
    EXACT(evicted_unseen, 4);
    EXACT(kernel_drops, 5);
    EXACT(unreadable, 6);
    EXACT(uploaded_bytes, 4096);
    EXACT(ring_depth, 9);
    EXACT(rss_mb, 77);
    EXACT(trace_percent, 2);
}

Test(meter, every_column_is_what_it_says)
{
    struct viz_meter *meter = viz_meter_create();
    struct viz_meter_point point = two_seconds_later();
    struct viz_figures figures;
    viz_meter_begin(meter, &opened);
    record(meter);
    viz_meter_interval(meter, &point, &figures);
    check_interval(&figures, 2);
    viz_meter_total(meter, &figures);
    check_interval(&figures, 2);
    viz_meter_destroy(meter);
    viz_meter_destroy(NULL);
}

/* An interval knows nothing of the one before; the total knows both, and nothing of
 * what came before begin or after the last interval. */
Test(meter, intervals_are_apart_and_the_total_is_all)
{
    struct viz_meter *meter = viz_meter_create();
    struct viz_meter_point first = two_seconds_later(), second = first;
    struct viz_figures figures;
    viz_meter_begin(meter, &opened);
    record(meter);
    viz_meter_begin(meter, &opened); /* the warm-up ends here */
    viz_meter_interval(meter, &first, &figures);
    cr_expect(isnan(figures.max_latency_ms));
    cr_expect_eq(figures.ring_depth, 0);
    second.now_ns += SECOND;
    second.frames += 10;
    viz_meter_frame(meter, 7 * MS);
    viz_histogram_record(&viz_meter_trace(meter)->total, 3 * MS, 1);
    viz_meter_interval(meter, &second, &figures);
    close_to(figures.t, 3, 1e-9, "t");
    close_to(figures.fps, 10, 1e-9, "fps");
    close_to(figures.avg_frame_ms, 7, 1e-9, "avg_frame_ms");
    close_to(figures.samples_in, 0, 0, "samples_in");
    viz_meter_frame(meter, 1000 * MS);
    viz_meter_total(meter, &figures);
    close_to(figures.t, 3, 1e-9, "t");
    close_to(figures.fps, 40, 1e-9, "fps");
    close_to(figures.max_frame_ms, 7, 1e-9, "max_frame_ms");
    close_to(figures.samples_in, 18000, 0, "samples_in");
    cr_expect_eq(viz_meter_total_trace(meter)->total.count, 1);
    cr_expect_eq(viz_meter_total_frames(meter)->count, 1);
    viz_meter_destroy(meter);
}

/* "No figure" is never 0. */
Test(meter, what_was_not_measured_is_nan)
{
    struct viz_meter *meter = viz_meter_create();
    struct viz_meter_point point = two_seconds_later();
    struct viz_figures figures;
    viz_meter_begin(meter, &opened);
    point.frames = opened.frames;
    point.gpu_frames = opened.gpu_frames;
    point.offered_known = point.traced = false;
    point.rss_bytes = 0;
    viz_meter_interval(meter, &point, &figures);
    const double none[] = {
        figures.avg_frame_ms,   figures.avg_latency_ms, figures.max_latency_ms,
        figures.p50_latency_ms, figures.p99_latency_ms, figures.p999_latency_ms,
        figures.p50_frame_ms,   figures.p99_frame_ms,   figures.max_frame_ms,
        figures.cpu_frame_ms,   figures.gpu_ms,         figures.offered_hz,
        figures.trace_percent,  figures.rss_mb,
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        cr_expect(isnan(none[i]), "figure %zu is %g", i, none[i]);
    cr_expect_eq(figures.fps, 0);
    viz_meter_interval(meter, &point, &figures); /* no time at all has passed */
    cr_expect(isnan(figures.fps));
    cr_expect(isnan(figures.cpu_percent));
    viz_meter_destroy(meter);
}

/* Latency 0 was measured; a clock that ran backwards is not hidden behind a dash. */
Test(meter, zero_and_negative_are_figures)
{
    struct viz_meter *meter = viz_meter_create();
    struct viz_meter_point point = two_seconds_later();
    struct viz_figures figures;
    viz_meter_begin(meter, &opened);
    viz_histogram_record(&viz_meter_trace(meter)->total, 0, 1);
    viz_meter_interval(meter, &point, &figures);
    cr_expect_eq(figures.avg_latency_ms, 0);
    cr_expect_eq(figures.p50_latency_ms, 0);
    viz_histogram_record(&viz_meter_trace(meter)->total, -5 * MS, 1);
    viz_meter_interval(meter, &point, &figures);
    cr_expect_eq(figures.max_latency_ms, -5);
    cr_expect_eq(figures.avg_latency_ms, -5);
    viz_meter_destroy(meter);
}

/* A row that turns up after all was missing an interval ago. */
Test(meter, missing_may_be_taken_back)
{
    struct viz_meter *meter = viz_meter_create();
    struct viz_meter_point point = two_seconds_later();
    struct viz_figures figures;
    viz_meter_begin(meter, &opened);
    point.ledger.missing = opened.ledger.missing - 4;
    point.ledger.lost = opened.ledger.lost - 4;
    viz_meter_interval(meter, &point, &figures);
    cr_expect_eq(figures.missing, -4);
    cr_expect_eq(figures.lost, -4);
    viz_meter_destroy(meter);
}

/* The pipeline at 18 x 500 Hz and 60 Hz. Only the fake clock moves. */
struct pipeline {
    struct viz_clock *clock;
    struct viz_streams *streams;
    struct viz_synth_params params;
    struct viz_synth *synth;
    struct viz_reader *reader;
    struct viz_pacer pacer;
    struct viz_meter *meter;
    uint64_t frames;
    int64_t wake_ns;
    int64_t work_ns;                  /* drawing a frame takes so long */
    int64_t stall_every_ns, stall_ns; /* the source sleeps */
    int64_t next_stall_ns;
};

static void advance_to(struct pipeline *p, int64_t to_ns)
{
    while (viz_clock_now(p->clock) < to_ns) {
        int64_t now_ns = viz_clock_now(p->clock);
        int64_t next_ns = p->wake_ns < to_ns ? p->wake_ns : to_ns;
        viz_clock_advance(p->clock, next_ns - now_ns);
        if (next_ns < p->wake_ns)
            return;
        p->wake_ns = viz_synth_step(p->synth);
        if (p->stall_ns && next_ns >= p->next_stall_ns) {
            p->wake_ns = next_ns + p->stall_ns;
            p->next_stall_ns += p->stall_every_ns;
        }
    }
}

static void one_frame(struct pipeline *p)
{
    advance_to(p, viz_pacer_deadline(&p->pacer, viz_clock_now(p->clock)));
    int64_t begin_ns = viz_clock_now(p->clock);
    viz_pacer_serve(&p->pacer, begin_ns);
    struct viz_stream *stream = viz_reader_stream(p->reader);
    viz_meter_depth(p->meter, viz_feed_depth(stream->feed));
    viz_reader_drain(p->reader);
    advance_to(p, begin_ns + p->work_ns);
    int64_t now_ns = viz_clock_now(p->clock);
    struct viz_frame_stamps stamps = {begin_ns, begin_ns, now_ns, now_ns};
    viz_reader_presented(p->reader, INT64_MIN, INT64_MAX, &stamps, true,
                         viz_meter_trace(p->meter));
    p->frames++;
    viz_meter_frame(p->meter, now_ns - begin_ns);
}

static struct viz_meter_point point_of(const struct pipeline *p)
{
    struct viz_meter_point point = {
        .now_ns = viz_clock_now(p->clock),
        .frames = p->frames,
        .served = p->pacer.served,
        .skipped = p->pacer.skipped,
        .offered_known = true,
        .offered = viz_synth_offered(p->synth),
        .achieved = viz_reader_span(p->reader).rows,
        .target_hz = p->pacer.hz,
        .traced = true,
    };
    viz_reader_ledger(p->reader, &point.ledger);
    return point;
}

/* Ten seconds of such a pipeline. */
static struct viz_figures run(int64_t work_ns, int64_t stall_every_ns, int64_t stall_ns)
{
    struct pipeline p = {.clock = viz_clock_create_fake(SECOND),
                         .params = {.channels = 18, .rate_hz = 500, .seed = 1},
                         .work_ns = work_ns,
                         .stall_every_ns = stall_every_ns,
                         .stall_ns = stall_ns,
                         .next_stall_ns = SECOND + stall_every_ns};
    struct viz_figures figures;
    int64_t start_ns = viz_clock_now(p.clock);
    p.streams = viz_zalloc(sizeof(*p.streams));
    p.synth = viz_synth_create(&p.params, p.streams, 0, p.clock, start_ns);
    p.reader = viz_reader_create(viz_streams_at(p.streams, 0), 10000);
    p.wake_ns = viz_synth_step(p.synth);
    viz_pacer_init(&p.pacer, 60, start_ns);
    p.meter = viz_meter_create();
    struct viz_meter_point point = point_of(&p);
    viz_meter_begin(p.meter, &point);
    while (viz_clock_now(p.clock) < start_ns + 10 * SECOND)
        one_frame(&p);
    point = point_of(&p);
    cr_assert(point.ledger.balanced);
    viz_meter_interval(p.meter, &point, &figures);
    viz_meter_destroy(p.meter);
    viz_reader_destroy(p.reader);
    viz_synth_destroy(p.synth);
    viz_streams_finish(p.streams);
    free(p.streams);
    viz_clock_destroy(p.clock);
    return figures;
}

/* Half a frame of waiting on average, a whole one at most, and the drawing. */
Test(meter, a_healthy_run)
{
    struct viz_figures f = run(4 * MS, 0, 0);
    close_to(f.fps, 60, 0.1, "fps");
    close_to(f.timer_hz, 60, 0.1, "timer_hz");
    cr_expect_eq(f.approx_dropped_fps, 0);
    close_to(f.avg_frame_ms, 4, 1e-6, "avg_frame_ms");
    close_to(f.avg_latency_ms, 16.67 / 2 + 4, 1.5, "avg_latency_ms");
    close_to(f.max_latency_ms, 16.67 + 4, 2, "max_latency_ms"); /* rows every 2 ms */
    close_to(f.offered_hz, 500, 1, "offered_hz");
    close_to(f.achieved_hz, 500, 2, "achieved_hz");
    cr_expect_eq(f.overflow, 0);
    cr_expect_leq(f.ring_depth, 9);
}

Test(meter, a_source_that_stalls_raises_latency_and_loses_no_load)
{
    struct viz_figures well = run(4 * MS, 0, 0);
    struct viz_figures f = run(4 * MS, SECOND, 500 * MS);
    cr_expect_gt(f.avg_latency_ms, 10 * well.avg_latency_ms);
    cr_expect_gt(f.p99_latency_ms, 400);
    cr_expect_gt(f.max_latency_ms, 499);
    cr_expect_lt(f.max_latency_ms, 525);
    close_to(f.offered_hz, well.offered_hz, 5, "offered_hz");
    close_to(f.samples_in, well.samples_in, 18 * 260, "samples_in");
    close_to(f.fps, 60, 0.1, "fps"); /* the picture goes on */
    cr_expect_eq(f.approx_dropped_fps, 0);
}

/* One hiccup in ten seconds: the maximum tells, the mean and the median hardly. */
Test(meter, a_single_burst_raises_the_maximum)
{
    struct viz_figures well = run(4 * MS, 0, 0);
    struct viz_figures f = run(4 * MS, 7 * SECOND, 200 * MS);
    cr_expect_gt(f.max_latency_ms, 199);
    cr_expect_lt(f.avg_latency_ms, well.avg_latency_ms + 3);
    close_to(f.p50_latency_ms, well.p50_latency_ms, 1, "p50_latency_ms");
    cr_expect_gt(f.p999_latency_ms, 150);
    cr_expect_gt(f.ring_depth, well.ring_depth - 1);
}

/* 40 ms a frame at 60 Hz: the next frame begins at once, for the newest deadline that is
 * due, and the others have passed without one. */
Test(meter, a_slowed_renderer_drops_fps_and_says_so)
{
    struct viz_figures well = run(4 * MS, 0, 0);
    struct viz_figures f = run(40 * MS, 0, 0);
    close_to(f.fps, 25, 0.2, "fps");
    close_to(f.timer_hz, 25, 0.2, "timer_hz");
    close_to(f.approx_dropped_fps, 35, 0.3, "approx_dropped_fps");
    close_to(f.timer_hz + f.approx_dropped_fps, f.target_fps, 0.3, "all deadlines");
    close_to(f.avg_frame_ms, 40, 1e-6, "avg_frame_ms");
    cr_expect_gt(f.avg_latency_ms, well.avg_latency_ms + 36);
    close_to(f.achieved_hz, 500, 25, "achieved_hz");
    cr_expect_gt(f.ring_depth, well.ring_depth);
    cr_expect_eq(f.overflow, 0);
}
