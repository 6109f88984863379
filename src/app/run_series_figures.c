/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the figures of a benchmark mean to a comparison. */
#include "run_series_state.h"

#include <string.h>

#define LOWER VIZ_BETTER_LOWER
#define HIGHER VIZ_BETTER_HIGHER
#define NEITHER VIZ_BETTER_NEITHER

struct figure {
    const char *name;
    struct series_role role;
};

static const struct figure frames[] = {
    {"interval_ms", {LOWER, true, "ms"}}, {"frame_ms", {LOWER, true, "ms"}},
    {"update_ms", {LOWER, true, "ms"}},   {"submit_ms", {LOWER, true, "ms"}},
    {"present_ms", {LOWER, true, "ms"}},
};

/* Frame times of an interval are not usual: "frames" has each of them, or choose() in
 * run_series.c takes their mean. */
static const struct figure intervals[] = {
    {"t", {NEITHER, false, "s"}},
    {"fps", {HIGHER, true, "Hz"}},
    {"target_fps", {NEITHER, false, "Hz"}},
    {"timer_hz", {HIGHER, false, "Hz"}},
    {"avg_frame_ms", {LOWER, false, "ms"}},
    {"avg_latency_ms", {LOWER, true, "ms"}},
    {"max_latency_ms", {LOWER, false, "ms"}},
    {"approx_dropped_fps", {LOWER, true, "Hz"}},
    {"cpu_percent", {LOWER, true, "%"}},
    {"p50_latency_ms", {LOWER, false, "ms"}},
    {"p99_latency_ms", {LOWER, true, "ms"}},
    {"p999_latency_ms", {LOWER, false, "ms"}},
    {"p50_frame_ms", {LOWER, false, "ms"}},
    {"p99_frame_ms", {LOWER, false, "ms"}},
    {"max_frame_ms", {LOWER, false, "ms"}},
    {"cpu_frame_ms", {LOWER, true, "ms"}},
    {"gpu_ms", {LOWER, true, "ms"}},
    {"offered_hz", {NEITHER, false, "Hz"}},
    {"achieved_hz", {HIGHER, false, "Hz"}},
    {"samples_in", {NEITHER, false, ""}},
    {"samples_drawn", {HIGHER, false, ""}},
    {"lost", {LOWER, true, ""}},
    {"missing", {LOWER, false, ""}},
    {"late", {LOWER, false, ""}},
    {"overflow", {LOWER, false, ""}},
    {"evicted_unseen", {LOWER, false, ""}},
    {"kernel_drops", {LOWER, false, ""}},
    {"unreadable", {LOWER, false, ""}},
    {"uploaded_bytes", {NEITHER, false, "B"}},
    {"ring_depth", {NEITHER, false, ""}},
    {"rss_mb", {LOWER, true, "MiB"}},
    {"trace_percent", {LOWER, false, "%"}},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_channel(const struct viz_run_stream *stream, const char *name)
{
    for (uint32_t i = 0; i < stream->channels; i++)
        if (!strcmp(stream->channel[i].name, name))
            return true;
    return false;
}

static bool find(const struct figure *figure, size_t count, const char *name,
                 struct series_role *out)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(figure[i].name, name)) {
            *out = figure[i].role;
            return true;
        }
    return false;
}

bool viz_run_series_role(const struct viz_run_stream *stream, const char *channel,
                         struct series_role *out)
{
    if (!strcmp(stream->name, "frames") && has_channel(stream, "frame_ms"))
        return find(frames, COUNT(frames), channel, out);
    if (!strcmp(stream->name, "intervals") && has_channel(stream, "fps"))
        return find(intervals, COUNT(intervals), channel, out);
    return false;
}
