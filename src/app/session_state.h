/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a session share: session.c owns it and runs the frame loop, members.c
 * keeps its streams, measure.c its time, hud.c and report.c read it. */
#ifndef SESSION_STATE_H
#define SESSION_STATE_H

#include <viz/clock.h>
#include <viz/frame.h>
#include <viz/keeper.h>
#include <viz/machine.h>
#include <viz/meter.h>
#include <viz/pacer.h>
#include <viz/reader.h>
#include <viz/renderer.h>
#include <viz/scene.h>
#include <viz/session.h>
#include <viz/sources.h>
#include <viz/surface.h>
#include <viz/telemetry.h>
#include <viz/tracecost.h>
#include <viz/view.h>

#include <jansson.h>

/* A stream as the render thread sees it. */
struct member {
    struct viz_reader *reader; /* NULL: not discovered yet */
    uint32_t known_channels;   /* of which the user's choices were applied */
    uint32_t first_number;     /* of these, when they were applied */
    uint64_t rows_at_interval; /* span rows when the interval began */
    double delivered_hz;       /* over the last interval; NaN: none yet */
    char label[VIZ_MAX_NAME +
               96];          /* its name, and its source where others are called so */
    const char *labelled;    /* the name of the stream that label was made of, ... */
    uint32_t labelled_among; /* ... and how many streams there were */
    struct viz_scene_channel channel[VIZ_MAX_CHANNELS];
};

enum phase { PHASE_WARMUP, PHASE_MEASURE, PHASE_DONE };

struct session {
    const struct viz_config *config;
    const struct viz_session_io *io;

    struct viz_clock *clock;
    struct viz_streams streams;
    struct viz_sources *sources;
    struct viz_surface *surface;
    struct viz_renderer *renderer;
    struct viz_telemetry *telemetry;
    struct viz_keeper *keeper; /* NULL: the run is not kept */
    char *delivered;           /* the report as JSON, for the keeper; NULL: none yet */
    struct viz_meter *meter;
    struct viz_pacer pacer;
    struct viz_view view;
    bool show_all;
    bool show[VIZ_MAX_STREAMS * VIZ_MAX_CHANNELS + 1]; /* by channel number, from 1 */

    struct member *member; /* [VIZ_MAX_STREAMS] */
    uint32_t members;

    struct viz_scene scene;
    struct viz_scene_stream scene_stream[VIZ_MAX_STREAMS];
    struct viz_hud_line hud[VIZ_HUD_LINES];

    enum phase phase;
    int64_t begin_ns;     /* the frame loop began */
    int64_t measure_ns;   /* measuring began */
    int64_t interval_ns;  /* the open interval is to end */
    int64_t last_data_ns; /* rows were drained */
    struct viz_frame_counts frames;
    struct viz_figures latest; /* of the last interval */
    bool vsync; /* the swap waits for the monitor, the pacer only counts */
    bool interrupted;
    bool screenshot_done;
    bool sources_stopped;
    bool reported;
    int exit_code; /* of the report, when there was one already */

    int statm; /* where the kernel tells of resident memory; one read an interval */
    struct viz_machine machine;
    struct viz_trace_cost trace_cost;
    char surface_text[256], clock_text[128];
    int64_t started_realtime_s;
};

/* members.c: take in streams and channels that came since the last frame. */
void session_discover(struct session *session);
/* members.c: drain every stream; how many rows came. */
uint64_t session_drain(struct session *session) VIZ_ON(render);
/* members.c: newest device time of all streams, 0 before the first row. */
int64_t session_newest_ns(const struct session *session);
/* members.c: the ledger over all streams and sources, now. */
void session_ledger(const struct session *session, struct viz_ledger *out);
/* The format of a stream whose rows have no numbers, so that nobody knows what never
 * arrived; NULL: there is none. */
const char *session_unnumbered(const struct session *session);

/* measure.c: intervals count from here. */
void session_begin_intervals(struct session *session, int64_t now_ns);
/* measure.c: a frame was presented at @now_ns: close intervals, change phases. */
void session_keep_time(struct session *session, int64_t now_ns) VIZ_ON(render);
/* measure.c: the end of what is measured. */
void session_end_measuring(struct session *session, int64_t now_ns) VIZ_ON(render);

/* hud.c: fill session->hud from the latest figures; returns the number of lines. */
uint32_t session_hud(struct session *session);
/* hud.c: the state of the view, for the title line. Every frame. */
void session_badge(struct session *session, int64_t now_ns, bool ended);

/* report.c: the exit summary as a document, and in plain words. */
json_t *session_report(const struct session *session);
void session_summary(const struct session *session);
/* report.c: where the benchmark's lines and summary go: stdout, unless the document of
 * --json - goes there. */
void (*session_line_output(const struct session *session))(void *, const char *);
void session_line(const struct session *session, const char *text);
int session_write_json(const json_t *document, const char *path, struct viz_error *err);

#endif
