/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measuring: intervals, the phases of a benchmark, and the point in time that figures are
 * taken from. */
#include "session_state.h"

#include <math.h>

#include <viz/point.h>

static struct viz_meter_point read_point(const struct session *session, int64_t now_ns)
{
    struct viz_point_sources from = {
        .now_ns = now_ns,
        .frames = &session->frames,
        .pacer = &session->pacer,
        .drawn = viz_renderer_counts(session->renderer),
        .cpu_ns = viz_machine_cpu_ns(),
        .rss_bytes = viz_machine_rss_bytes(session->statm),
        .traced = session->config->trace,
    };
    struct viz_meter_point point;
    for (uint32_t i = 0; i < session->members; i++)
        from.achieved += viz_reader_span(session->member[i].reader).rows;
    from.offered_known = viz_sources_offered(session->sources, &from.offered);
    session_ledger(session, &from.ledger);
    viz_point_read(&from, &point);
    return point;
}

void session_begin_intervals(struct session *session, int64_t now_ns)
{
    struct viz_meter_point point = read_point(session, now_ns);
    viz_meter_begin(session->meter, &point);
    session->measure_ns = now_ns;
    session->interval_ns = now_ns + (int64_t)(session->config->log_interval_s * 1e9);
    /* Nothing is measured yet: dashes, not zeros. */
#define X(name, decimals, help) session->latest.name = NAN;
    VIZ_FIGURES(X)
#undef X
    session->latest.t = 0;
    session->latest.target_fps = session->pacer.hz;
    session->scene.hud_lines = session_hud(session);
}

static void measure_rates(struct session *session, double seconds)
{
    for (uint32_t i = 0; i < session->members; i++) {
        struct member *member = &session->member[i];
        uint64_t rows = viz_reader_span(member->reader).rows;
        member->delivered_hz = (double)(rows - member->rows_at_interval) / seconds;
        member->rows_at_interval = rows;
    }
}

static void close_interval(struct session *session, int64_t now_ns) VIZ_ON(render)
{
    double since = session->latest.t;
    struct viz_meter_point point = read_point(session, now_ns);
    viz_meter_interval(session->meter, &point, &session->latest);
    measure_rates(session, session->latest.t - since);
    viz_clock_refine(session->clock);
    if (session->phase == PHASE_MEASURE)
        viz_telemetry_push(session->telemetry, &session->latest);
    if (session->phase == PHASE_MEASURE && session->keeper)
        viz_keeper_interval(session->keeper, &session->latest, now_ns);
    session->scene.hud_lines = session_hud(session);
    int64_t step = (int64_t)(session->config->log_interval_s * 1e9);
    while (session->interval_ns <= now_ns)
        session->interval_ns += step;
}

/* The end of what is measured. The last interval may be a short one, but for a moment that
 * would give a row of its own to one frame. */
void session_end_measuring(struct session *session, int64_t now_ns)
{
    int64_t step = (int64_t)(session->config->log_interval_s * 1e9);
    bool only = session->latest.t == 0;
    if (session->phase == PHASE_WARMUP)
        session_begin_intervals(session, now_ns); /* what was warm-up is no figure */
    else if (only || !session->config->benchmark ||
             session->interval_ns - now_ns < step * 95 / 100)
        close_interval(session, now_ns);
    session->phase = PHASE_DONE;
}

/* Interval boundaries and the phases of a benchmark; @now_ns: a frame was presented. The
 * figures on screen are kept up in every phase, the files take those of one. */
void session_keep_time(struct session *session, int64_t now_ns)
{
    const struct viz_config *config = session->config;
    int64_t warmup_ns = (int64_t)(config->warmup_s * 1e9);
    if (session->phase == PHASE_WARMUP && now_ns - session->begin_ns >= warmup_ns) {
        session_begin_intervals(session, now_ns);
        session->phase = PHASE_MEASURE;
    }
    if (session->phase == PHASE_MEASURE && config->benchmark &&
        now_ns - session->measure_ns >= (int64_t)(config->duration_s * 1e9))
        session_end_measuring(session, now_ns);
    else if (now_ns >= session->interval_ns)
        close_interval(session, now_ns);
}
