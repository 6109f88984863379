/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of a device: its moving averages undone, publication by publication. */
#include "run_series_state.h"

#include <viz/ema.h>
#include <viz/track.h>

#include <math.h>

#define ALPHA 0.1  /* of the firmware's averages */
#define WRAP 65536 /* of goertzel_count */

/* X(name, unit, of the hops in which Goertzel ran, only in extended frames) */
#define AVERAGES(X)                                                                    \
    X(avg_total_us, "µs", false, false)                                                \
    X(avg_goertzel_us, "µs", true, false)                                              \
    X(cpu_load_percent, "%", false, false)                                             \
    X(avg_dc_agc_us, "µs", false, true)                                                \
    X(avg_chroma_us, "µs", true, true)

struct average {
    const char *name, *unit;
    double (*value)(const struct viz_lw_frame *frame);
    bool goertzel, extended;
};

#define X(name, unit, goertzel, extended)                                              \
    static double get_##name(const struct viz_lw_frame *frame)                         \
    {                                                                                  \
        return (double)frame->name;                                                    \
    }
AVERAGES(X)
#undef X

static const struct average averages[] = {
#define X(name, unit, goertzel, extended) {#name, unit, get_##name, goertzel, extended},
    AVERAGES(X)
#undef X
};
#define AVERAGE_COUNT (sizeof(averages) / sizeof(averages[0]))

void viz_run_series_add_frames(struct series_load *load)
{
    for (uint32_t i = 0; i < AVERAGE_COUNT; i++) {
        struct viz_metric_series *out =
            viz_run_series_add(load, averages[i].name, averages[i].unit, i);
        out->better = VIZ_BETTER_LOWER;
        out->usual = true;
        out->averaged = true;
        out->ema_alpha = ALPHA;
    }
}

void viz_run_series_break(struct series_load *load, const struct series_stream *stream)
{
    for (uint32_t i = 0; i < stream->metrics; i++) {
        struct series_metric *metric = &load->metric[stream->first + i];
        metric->before.known = false;
        metric->seen_hops = metric->seen_goertzels = 0;
    }
}

/* What lies between two frames. */
enum step {
    STEP_ON,
    STEP_NONE, /* nothing was published */
    STEP_LATE, /* the frame is older than the one before */
    STEP_LOST, /* how many hops cannot be known */
};

/* The 16 bits may have wrapped where more hops than that went by: how often is said by
 * the share of the hops that had Goertzel until now. */
static enum step goertzels_between(const struct series_metric *metric,
                                   const struct viz_lw_frame *frame, uint32_t hops,
                                   uint64_t *out)
{
    const struct viz_lw_frame *before = &metric->before.frame;
    *out = (uint16_t)(frame->goertzel_count - before->goertzel_count);
    if (frame->extended && before->extended)
        *out = frame->goertzel_count_full - before->goertzel_count_full;
    else if (hops >= *out + WRAP && !metric->seen_goertzels)
        return STEP_LOST;
    else if (hops >= *out + WRAP) {
        double share = (double)metric->seen_goertzels / (double)metric->seen_hops;
        double wraps = round((hops * share - (double)*out) / WRAP);
        *out += wraps > 0 ? (uint64_t)wraps * WRAP : 0;
    }
    if (*out > hops)
        return STEP_LOST;
    return *out ? STEP_ON : STEP_NONE;
}

/* @out: inputs of the average between the frame before and this one. */
static enum step measure(const struct series_metric *metric,
                         const struct viz_lw_frame *frame, bool goertzel, uint64_t *out)
{
    const struct series_before *before = &metric->before;
    uint32_t hops = frame->hop_count - before->frame.hop_count;
    uint32_t behind = before->frame.timestamp_ms - frame->timestamp_ms;
    if (!before->known)
        return STEP_LOST;
    if (hops > INT32_MAX)
        return behind && behind < INT32_MAX ? STEP_LATE : STEP_LOST;
    *out = hops;
    if (!hops)
        return STEP_NONE;
    return goertzel ? goertzels_between(metric, frame, hops, out) : STEP_ON;
}

static bool is_measured(const struct average *average, const struct viz_lw_frame *frame)
{
    if (average->extended && !frame->extended)
        return false;
    /* 16 bits of a count may be 0 at any time; an average then is not. */
    if (average->goertzel && !frame->goertzel_count && average->value(frame) == 0)
        return false;
    return frame->hop_count != 0;
}

static void take(struct series_load *load, uint32_t at, double value, uint64_t k,
                 const struct viz_run_sample *sample, const struct viz_lw_frame *frame)
{
    struct series_metric *metric = &load->metric[at];
    metric->seen_hops += (uint32_t)(frame->hop_count - metric->before.frame.hop_count);
    metric->seen_goertzels += k;
    metric->lags += (double)k;
    viz_run_series_value(load, at,
                         viz_ema_invert(metric->before.value, value, ALPHA, k),
                         sample->host_ns);
}

static void follow(struct series_load *load, uint32_t at,
                   const struct viz_run_sample *sample,
                   const struct viz_lw_frame *frame)
{
    struct series_metric *metric = &load->metric[at];
    struct viz_metric_series *out = &load->series->metric[at];
    const struct average *average = &averages[metric->index];
    uint64_t k = 0;
    if (!is_measured(average, frame)) {
        out->unmeasured++;
        return;
    }
    double value = average->value(frame);
    if (isfinite(value))
        viz_run_series_raw(load, at, value);
    enum step step = measure(metric, frame, average->goertzel, &k);
    if (step == STEP_NONE) {
        out->repeats++;
        return;
    }
    if (step == STEP_ON && isfinite(value))
        take(load, at, value, k, sample, frame);
    else if (!isfinite(value))
        out->not_finite++;
    else if (metric->begun)
        out->broken++;
    else
        out->beginning++;
    metric->begun = true;
    if (step != STEP_LATE)
        metric->before = (struct series_before){isfinite(value), value, *frame};
}

void viz_run_series_frame(struct series_load *load, struct series_stream *stream,
                          const struct viz_run_sample *sample,
                          const struct viz_lw_frame *frame)
{
    if (sample->segment != stream->segment ||
        (sample->marks & (VIZ_MARK_BOOT | VIZ_MARK_RESET)))
        viz_run_series_break(load, stream);
    stream->segment = sample->segment;
    stream->extended += frame->extended;
    for (uint32_t i = 0; i < stream->metrics; i++)
        follow(load, stream->first + i, sample, frame);
}
