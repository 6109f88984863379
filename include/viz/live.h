/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live stream for browsers: what the sources bring is drained on the web thread into
 * series, and each browser gets what its picture needs: minimum and maximum for each pixel
 * column of the window that it asked for, as the columns change, in binary messages
 * (docs/api.md has them byte by byte). Browsers that ask for the same share the work: it
 * is computed and encoded once.
 *
 * A browser that cannot keep up is sent less often, never an older picture: what it missed
 * is part of the next message, because columns are recomputed from the series. What is not
 * shown is still counted: health says for each stream what came and what was lost, by cause.
 *
 * A message that brings new rows is as far behind as the row in it that has waited longest:
 * from that row's origin (stream.h) until the message was handed to the socket. Rows that
 * were there before a browser asked for its view, and stretches, are late by choice and do
 * not count. One value a message; percentiles are of the last five to ten seconds, taken
 * once a second.
 *
 * Rows count as drawn in the ledger once they are where browsers are served from.
 *
 * Web thread only; viz_live_step() is told the time. Needs no socket: a test drives it with
 * a fake clock and a client of its own. */
#ifndef VIZ_LIVE_H
#define VIZ_LIVE_H

#include <viz/clock.h>
#include <viz/ledger.h>
#include <viz/sources.h>
#include <viz/stream.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_LIVE_CLIENTS 256
#define VIZ_LIVE_TICK_NS 33333333 /* messages to a browser are at least so far apart */
#define VIZ_LIVE_COLUMNS 4096     /* a window has at most so many */

struct viz_live;
struct viz_live_client;

struct viz_live_params {
    struct viz_streams *streams;
    struct viz_sources *sources; /* NULL: health has no sources (a test) */
    const struct viz_clock *clock;
    double history_s; /* 0: what fits into 192 MB, for each stream */
    /* To a browser; false: it has no room, say it again later. */
    bool (*send)(void *socket, bool binary, const void *bytes, size_t size);
    size_t (*waiting)(void *socket); /* bytes that it has not taken yet */
    /* What the sources have to say, sentence by sentence, besides being part of health;
     * may be NULL. */
    void (*said)(void *context, const char *sentence);
    void *context; /* of said() */
};

struct viz_live *viz_live_create(const struct viz_live_params *params);
void viz_live_destroy(struct viz_live *live);

/* A browser came: it is told hello at once. NULL: VIZ_LIVE_CLIENTS are there. */
struct viz_live_client *viz_live_open(struct viz_live *live, void *socket,
                                      int64_t now_ns);
/* It said something: JSON, see docs/api.md. What is not understood is answered with
 * {"type":"error","error":"a sentence"}. */
void viz_live_text(struct viz_live *live, struct viz_live_client *client,
                   const char *text, size_t size, int64_t now_ns);
void viz_live_close(struct viz_live *live, struct viz_live_client *client);

/* Drain, compute, send what is due. When to come again: absolute, viz_clock; sooner does no
 * harm. It takes the notices of the sources: the newest are part of health. */
int64_t viz_live_step(struct viz_live *live, int64_t now_ns);

/* Where every sample is, and figures of a moment, for /metrics and /api/health. */
struct viz_live_stream_figures {
    const char *name, *format;
    char source[256];
    double requested_hz, delivered_hz; /* 0, NaN: unknown */
    uint64_t rows, samples, gaps, clock_steps;
    double newest_age_s;      /* since the newest row arrived; NaN: none has */
    struct viz_ledger ledger; /* lost is of the causes that a stream knows */
    bool loss_known; /* false: its rows have no numbers, and missing says nothing */
};
struct viz_live_figures {
    uint32_t clients, streams;
    struct viz_ledger ledger; /* of all, with what the sources know */
    bool loss_known; /* a row came, and what is missing of each stream is known */
    uint64_t messages, bytes; /* sent to browsers */
    uint64_t skipped; /* ticks at which a browser had not taken the last message */
    double behind_ms_p50, behind_ms_p99; /* see above; NaN: nothing was sent */
    bool ended;
};
void viz_live_figures(const struct viz_live *live, int64_t now_ns,
                      struct viz_live_figures *out);
/* False behind the last. */
bool viz_live_stream_figures(const struct viz_live *live, uint32_t index,
                             int64_t now_ns, struct viz_live_stream_figures *out);

#endif
