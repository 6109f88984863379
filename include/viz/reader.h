/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader: the render thread's end of one stream. It drains the feed into a series,
 * keeps the drained blocks until the frame that shows them is presented, then accounts
 * every sample: latency by stage, and its place in the ledger. Needs no window: a test
 * drives it with a fake clock. Render thread only. */
#ifndef VIZ_READER_H
#define VIZ_READER_H

#include <viz/ledger.h>
#include <viz/role.h>
#include <viz/series.h>
#include <viz/stream.h>
#include <viz/trace.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_reader;

/* @history_rows: rows to hold; rounded up to a power of two and at least one block. */
struct viz_reader *viz_reader_create(struct viz_stream *stream, uint64_t history_rows);
void viz_reader_destroy(struct viz_reader *reader);

/* Leave a channel out of the picture, or take it in again. What its samples count as,
 * hidden or not, is decided when they are drained. */
void viz_reader_hide(struct viz_reader *reader, uint32_t channel);
void viz_reader_show(struct viz_reader *reader, uint32_t channel);
bool viz_reader_hidden(const struct viz_reader *reader, uint32_t channel);

/* Take what the feed held when the call began (a fast producer cannot keep a frame from
 * being drawn). Returns the number of rows. */
uint64_t viz_reader_drain(struct viz_reader *reader) VIZ_ON(render);

/* A frame that showed [left_ns, right_ns) was presented. Rows in it count as drawn;
 * those drained for this frame are traced into @trace when @live (NULL: no tracing).
 * The blocks go back to the producer. */
void viz_reader_presented(struct viz_reader *reader, int64_t left_ns, int64_t right_ns,
                          const struct viz_frame_stamps *frame, bool live,
                          struct viz_trace *trace) VIZ_ON(render);

const struct viz_series *viz_reader_series(const struct viz_reader *reader);
struct viz_stream *viz_reader_stream(const struct viz_reader *reader);

/* Newest device time on the common axis; 0 before the first row. */
int64_t viz_reader_newest_ns(const struct viz_reader *reader);

/* How many rows came, and the time from the first to the last, for rates: device time,
 * which a backlog read in one go does not bend; for a scheduled stream, whose device time
 * says nothing of what was achieved, the time at which rows were made. */
struct viz_reader_span {
    uint64_t rows;
    int64_t first_ns, last_ns;
};
struct viz_reader_span viz_reader_span(const struct viz_reader *reader);

/* Origin of the first row drained since the last presented frame: of those that it may
 * show first, the one that has waited longest. INT64_MIN: none was drained. */
int64_t viz_reader_waiting_since_ns(const struct viz_reader *reader);

/* Where this stream's samples are now. kernel_drops, unreadable and lost are the
 * source's and left at 0. balanced says whether every block so far continued its
 * predecessor: what the producer had counted when it opened the block is what was
 * drained plus what it named lost. */
void viz_reader_ledger(const struct viz_reader *reader, struct viz_ledger *out);

#endif
