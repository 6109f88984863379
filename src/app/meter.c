/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/meter.h>

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>

/* What is recorded between two points. */
struct record {
    struct viz_trace trace;
    struct viz_histogram frames;
    uint32_t depth;
};

struct viz_meter {
    struct viz_meter_point begin, opened, closed;
    struct record interval, total;
};

struct viz_meter *viz_meter_create(void)
{
    return viz_zalloc(sizeof(struct viz_meter));
}

void viz_meter_destroy(struct viz_meter *meter)
{
    free(meter);
}

static void reset_record(struct record *record)
{
    viz_trace_reset(&record->trace);
    viz_histogram_reset(&record->frames);
    record->depth = 0;
}

void viz_meter_begin(struct viz_meter *meter, const struct viz_meter_point *point)
{
    meter->begin = meter->opened = meter->closed = *point;
    reset_record(&meter->interval);
    reset_record(&meter->total);
}

void viz_meter_frame(struct viz_meter *meter, int64_t frame_ns)
{
    viz_histogram_record(&meter->interval.frames, frame_ns, 1);
}

void viz_meter_depth(struct viz_meter *meter, uint32_t blocks)
{
    if (blocks > meter->interval.depth)
        meter->interval.depth = blocks;
}

struct viz_trace *viz_meter_trace(struct viz_meter *meter)
{
    return &meter->interval.trace;
}

/* "No figure" stays no figure. */
static double ms_or_none(double ns)
{
    return ns < 0 ? NAN : ns / 1e6;
}

static double percentile_ms(const struct viz_histogram *histogram, double percent)
{
    return ms_or_none((double)viz_histogram_percentile(histogram, percent));
}

static double max_ms(const struct viz_histogram *histogram)
{
    return histogram->count ? (double)histogram->max_ns / 1e6 : NAN;
}

static double mean_ms(const struct viz_histogram *histogram)
{
    return histogram->count ? viz_histogram_mean(histogram) / 1e6 : NAN;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : NAN;
}

static void frame_figures(const struct viz_meter_point *from,
                          const struct viz_meter_point *to, const struct record *record,
                          struct viz_figures *out)
{
    double seconds = (double)(to->now_ns - from->now_ns) / 1e9;
    double frames = (double)(to->frames - from->frames);
    out->fps = ratio(frames, seconds);
    out->target_fps = to->target_hz;
    out->timer_hz = ratio((double)(to->served - from->served), seconds);
    out->approx_dropped_fps = ratio((double)(to->skipped - from->skipped), seconds);
    out->avg_frame_ms = mean_ms(&record->frames);
    out->p50_frame_ms = percentile_ms(&record->frames, 50);
    out->p99_frame_ms = percentile_ms(&record->frames, 99);
    out->max_frame_ms = max_ms(&record->frames);
    double cpu_ns = (double)(to->cpu_ns - from->cpu_ns);
    out->cpu_percent = ratio(cpu_ns / 1e9 * 100, seconds);
    out->cpu_frame_ms = ratio(cpu_ns / 1e6, frames);
    out->gpu_ms = ratio((double)(to->gpu_ns - from->gpu_ns) / 1e6,
                        (double)(to->gpu_frames - from->gpu_frames));
    out->trace_percent =
        to->traced
            ? ratio((double)(to->accounting_ns - from->accounting_ns) / 1e7, seconds)
            : NAN;
}

static void latency_figures(const struct record *record, struct viz_figures *out)
{
    const struct viz_histogram *total = &record->trace.total;
    out->avg_latency_ms = mean_ms(total);
    out->max_latency_ms = max_ms(total);
    out->p50_latency_ms = percentile_ms(total, 50);
    out->p99_latency_ms = percentile_ms(total, 99);
    out->p999_latency_ms = percentile_ms(total, 99.9);
}

static void sample_figures(const struct viz_meter_point *from,
                           const struct viz_meter_point *to, struct viz_figures *out)
{
    double seconds = (double)(to->now_ns - from->now_ns) / 1e9;
    const struct viz_ledger *a = &from->ledger, *b = &to->ledger;
    out->offered_hz =
        to->offered_known ? ratio((double)(to->offered - from->offered), seconds) : NAN;
    out->achieved_hz = ratio((double)(to->achieved - from->achieved), seconds);
    out->samples_in = (double)(b->received - a->received);
    out->samples_drawn = (double)(b->drawn - a->drawn);
    /* missing may fall when a late row turns up after all, and lost with it */
    out->lost = (double)(int64_t)(b->lost - a->lost);
    out->missing = (double)(int64_t)(b->missing - a->missing);
    out->late = (double)(b->late - a->late);
    out->overflow = (double)(b->overflow - a->overflow);
    out->evicted_unseen = (double)(b->evicted_unseen - a->evicted_unseen);
    out->kernel_drops = (double)(b->kernel_drops - a->kernel_drops);
    out->unreadable = (double)(b->unreadable - a->unreadable);
    out->uploaded_bytes = (double)(to->uploaded_bytes - from->uploaded_bytes);
    out->rss_mb = to->rss_bytes ? (double)to->rss_bytes / 1048576.0 : NAN;
}

static void all_figures(const struct viz_meter_point *begin,
                        const struct viz_meter_point *from,
                        const struct viz_meter_point *to, const struct record *record,
                        struct viz_figures *out)
{
    out->t = (double)(to->now_ns - begin->now_ns) / 1e9;
    frame_figures(from, to, record, out);
    latency_figures(record, out);
    sample_figures(from, to, out);
    out->ring_depth = record->depth;
}

void viz_meter_interval(struct viz_meter *meter, const struct viz_meter_point *point,
                        struct viz_figures *out)
{
    all_figures(&meter->begin, &meter->opened, point, &meter->interval, out);
    viz_trace_merge(&meter->total.trace, &meter->interval.trace);
    viz_histogram_merge(&meter->total.frames, &meter->interval.frames);
    if (meter->interval.depth > meter->total.depth)
        meter->total.depth = meter->interval.depth;
    reset_record(&meter->interval);
    meter->opened = meter->closed = *point;
}

void viz_meter_absorb(struct viz_meter *meter)
{
    viz_trace_merge(&meter->total.trace, &meter->interval.trace);
    reset_record(&meter->interval);
}

void viz_meter_total(const struct viz_meter *meter, struct viz_figures *out)
{
    all_figures(&meter->begin, &meter->begin, &meter->closed, &meter->total, out);
}

const struct viz_trace *viz_meter_total_trace(const struct viz_meter *meter)
{
    return &meter->total.trace;
}

const struct viz_histogram *viz_meter_total_frames(const struct viz_meter *meter)
{
    return &meter->total.frames;
}
