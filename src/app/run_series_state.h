/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a run's series share: run_series.c reads the run and takes its rows
 * of values; run_series_frames.c follows the frames of a device; run_series_figures.c
 * knows what a benchmark's figures mean. */
#ifndef RUN_SERIES_STATE_H
#define RUN_SERIES_STATE_H

#include <viz/lightwave.h>
#include <viz/run_series.h>

/* What the next frame of an averaged channel is compared with. */
struct series_before {
    bool known; /* there is one that the next continues */
    double value;
    struct viz_lw_frame frame;
};

/* A metric while it is read. */
struct series_metric {
    uint32_t index; /* of the channel in its row, or in the table of frames */
    bool kept;      /* its values are */
    bool figure;    /* of a benchmark */
    size_t room;
    double raw_squares; /* about raw_mean */
    double lags;        /* sum of the hops that its values stand for */
    struct series_before before;
    bool begun;                         /* a frame of it was there before */
    uint64_t seen_hops, seen_goertzels; /* between frames of which both are known */
};

struct series_stream {
    int64_t id;
    enum viz_stream_form form;
    uint32_t channels;       /* of a row */
    uint32_t first, metrics; /* in viz_run_series.metric */
    bool begun;
    int64_t segment;
    uint64_t extended; /* frames of 64 bytes */
};

struct series_load {
    struct viz_run_series *series;
    struct series_metric *metric; /* as many as the series has */
    struct series_stream *stream;
    uint32_t streams;
    struct viz_annotation *excluded; /* without texts */
    uint32_t excluded_count;
    const char *only;
    bool alone; /* the usual ones are kept only where none are asked for */
    bool times;
};

/* A metric more. Its stream's name and what is not said here are the caller's to fill. */
struct viz_metric_series *viz_run_series_add(struct series_load *load, const char *name,
                                             const char *unit, uint32_t index);

/* The channel's number as it was recorded. */
void viz_run_series_raw(struct series_load *load, uint32_t metric, double value);

/* A value that is to be compared. */
void viz_run_series_value(struct series_load *load, uint32_t metric, double value,
                          int64_t host_ns);

/* LIGHTWAVE: the metrics of frames; a frame, not excluded and as long as it should be;
 * a stretch that is left out. */
void viz_run_series_add_frames(struct series_load *load);
void viz_run_series_frame(struct series_load *load, struct series_stream *stream,
                          const struct viz_run_sample *sample,
                          const struct viz_lw_frame *frame);
void viz_run_series_break(struct series_load *load, const struct series_stream *stream);

/* What @channel of a benchmark's @stream is: false where it is none. */
struct series_role {
    enum viz_better better;
    bool usual;
    const char *unit;
};
bool viz_run_series_role(const struct viz_run_stream *stream, const char *channel,
                         struct series_role *out);

#endif
