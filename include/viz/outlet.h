/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A decoder's way out: the streams that it opened, by their number in the input, and
 * the rules that all formats share. Source thread only. */
#ifndef VIZ_OUTLET_H
#define VIZ_OUTLET_H

#include <viz/lines.h>
#include <viz/wire.h>

/* Device times beyond this (the year 2096, counted from 1970) are refused: sums and
 * differences of times then fit into 64 bits. */
#define VIZ_MAX_TIME_NS 4000000000000000000LL

struct viz_outlet {
    struct viz_intake *intake;
    const char *format;
    uint32_t count;
    uint64_t touched; /* bit per stream: has rows that are not committed */
    struct {
        uint32_t number;
        struct viz_stream *stream; /* NULL: the session had no room for it */
    } slot[VIZ_MAX_STREAMS];
};

struct viz_outlet_params {
    uint32_t number; /* in the input: sensor, stream id */
    const char *name;
    uint32_t max_channels;
    double requested_hz; /* 0: unknown */
    bool timed;          /* the input carries device time */
    bool arrives;        /* where it does not: this stream never does, as all know */
    bool sequenced;      /* the format tells gaps: see stream.h */
    bool numbered;       /* by the numbers of its rows */
};

/* Place of the stream @number in slot[], or -1. */
int viz_outlet_find(const struct viz_outlet *outlet, uint32_t number);

/* Open the stream. Its place, or -1 when the outlet is full; slot[].stream is NULL when
 * the session is full. Either way it is not tried again for every row. */
int viz_outlet_open(struct viz_outlet *outlet, const struct viz_outlet_params *params)
    VIZ_ON(source);

/* New names, as viz_stream_relabel(); an empty @name stays as it is. */
void viz_outlet_relabel(struct viz_outlet *outlet, int place, const char *name,
                        const struct viz_channel *channel, uint32_t count)
    VIZ_ON(source);

/* Append one row to the stream at @place. A row without a single value is a gap. */
void viz_outlet_row(struct viz_outlet *outlet, int place,
                    const struct viz_arrival *arrival, int64_t time_ns,
                    const float *value, uint32_t values) VIZ_ON(source);

/* Nothing is drawn from the rows so far to the next ones. */
void viz_outlet_break(struct viz_outlet *outlet) VIZ_ON(source);

/* Commit every stream that got rows since the last time. */
void viz_outlet_commit(struct viz_outlet *outlet) VIZ_ON(source);

/* @text as a name of at most @room - 1 bytes, cut between characters, blanks at its
 * ends and control characters left out. */
void viz_outlet_name(struct viz_span text, char *out, size_t room);

static inline bool viz_time_in_range(int64_t time_ns)
{
    return time_ns >= -VIZ_MAX_TIME_NS && time_ns <= VIZ_MAX_TIME_NS;
}

#endif
