/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream: rows that share one device clock and one set of channels, for example the
 * six axes of one sensor. It is made by the source thread when its first row is
 * understood, and found by the render thread in the session's table.
 *
 * This is the producer's end: rows go in one by one (or by the block, for generators),
 * are stamped, and are handed over as early as the consumer can use them: a block is
 * published at every viz_stream_commit() while the consumer keeps up, and filled first
 * while it has half of the blocks, waiting or part of the frame being drawn. A row that
 * finds no spare block is counted as overflow.
 *
 * Device time. A stream's own clock starts anywhere. The first row of a source fixes a
 * constant that maps it to viz_clock (so that it coincides with that row's arrival),
 * and from then on distances on the time axis are the device's. Streams of one source
 * share the constant through struct viz_timeline. When the device clock runs backwards,
 * or leaps ahead by more than ten times what the arrival clock says (and more than 10
 * s), the constant is fixed anew, the row is flagged VIZ_ROW_BREAK and clock_steps
 * counts it. A row less than a second older than its predecessor is out of order and
 * not a clock step: it is counted in late and not drawn (32 such rows in a row are a
 * clock step after all).
 *
 * Whether a stream really shares its source's device clock shows in its rows: one that
 * the shared constant would put more than a second away from both its arrival and the
 * newest row of the others, or that is torn away when another stream fixes the constant
 * anew, goes on with a constant of its own.
 *
 * Gaps. A format with sequence numbers says viz_stream_break(). For all others a row
 * that comes more than three times the median distance after its predecessor, in device
 * time, begins a gap: it is flagged VIZ_ROW_BREAK and counted in gaps. Rows without a
 * device time (no timeline) are placed by their arrival, where half a second at least
 * makes a gap, and rows that arrived together have no distance. */
#ifndef VIZ_STREAM_H
#define VIZ_STREAM_H

#include <viz/block.h>
#include <viz/clock.h>
#include <viz/counter.h>
#include <viz/feed.h>
#include <viz/role.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct viz_channel {
    char name[VIZ_MAX_NAME]; /* "ax" */
    char unit[VIZ_MAX_UNIT]; /* "m/s²", "" when unknown */
};

/* Device time to viz_clock time, for all streams of one source that share a device
 * clock. Source thread only. Zero is "not fixed yet". */
struct viz_timeline {
    bool fixed;
    uint32_t generation; /* how often it was fixed */
    int64_t offset_ns;   /* viz_clock = device + offset */
    int64_t newest_ns;   /* newest row of any stream on it */
};

/* What the producer counts; the source thread writes, any thread reads. In samples
 * unless the name says otherwise. */
struct viz_stream_counts {
    struct viz_counter rows;     /* rows accepted or overflowed: everything decoded */
    struct viz_counter received; /* samples in those rows */
    struct viz_counter overflow; /* of these, lost: the consumer had every block */
    struct viz_counter missing;  /* never arrived, known from sequence numbers */
    struct viz_counter late;     /* arrived after their successors; not drawn. They were
                                    counted in missing first and are taken out of it */
    struct viz_counter duplicate;   /* arrived again; not drawn, not part of sent */
    struct viz_counter gaps;        /* breaks in the stream (events, not samples) */
    struct viz_counter clock_steps; /* device clock re-fixed (events) */
};

struct viz_stream {
    /* Constant once the stream is in the table. */
    uint32_t index;            /* place in the table */
    uint32_t source;           /* index of the source in the session */
    uint32_t max_channels;     /* row width of its blocks */
    char format[VIZ_MAX_NAME]; /* "mpu" */
    bool scheduled; /* its rows' origin is when they were due, not when they arrived */
    bool numbered; /* its rows have numbers: those that never arrived show as missing */
    struct viz_feed *feed;
    const struct viz_clock *clock;

    /* Channels may come one by one; [0, channels) are ready to read (acquire). */
    _Atomic uint32_t channels;
    /* Labels may be replaced while others read them: load each pointer once; what it
     * points to stays as it is until the end. */
    _Atomic(const char *) name;            /* "S1", "synth", "stream 7" */
    _Atomic(struct viz_channel *) channel; /* [max_channels] */

    /* What the device says it sends, in rows a second; 0 while unknown. */
    _Atomic double requested_hz;

    struct viz_stream_counts counts;

    /* The source thread's own. */
    struct viz_stream_writer *writer;
};

/* All streams of a session. Any source thread adds, any thread looks. */
struct viz_streams {
    _Atomic(struct viz_stream *) slot[VIZ_MAX_STREAMS];
    _Atomic uint32_t claimed;
    struct viz_counter refused; /* streams that found the table full; racy only then */
};

struct viz_stream_params {
    const char *name, *format;
    uint32_t source;
    uint32_t max_channels;
    double requested_hz; /* 0: unknown */
    double sizing_hz;    /* rows a second to size the pool for; 0: 20000 */
    const struct viz_clock *clock;
    struct viz_timeline *timeline; /* shared by the streams of one device clock; NULL:
                                      time is viz_clock time already (synthetic) */
    bool sequenced; /* gaps are told by viz_stream_break(), not by looking at times */
    bool numbered;  /* ... with what is missing there. False: that is not known */
};

/* Make a stream (allocates: once per stream, not per row) and put it into @streams.
 * NULL when the table is full: counted in streams->refused. */
struct viz_stream *viz_stream_open(struct viz_streams *streams,
                                   const struct viz_stream_params *params)
    VIZ_ON(source);

/* After every thread is done. Frees every stream of the table. */
void viz_streams_finish(struct viz_streams *streams);

/* The stream at @index, or NULL. Any thread. */
struct viz_stream *viz_streams_at(struct viz_streams *streams, uint32_t index);
uint32_t viz_streams_count(struct viz_streams *streams);

/* The channel called @name, added with @unit when new; -1 when max_channels are taken.
 */
int viz_stream_channel(struct viz_stream *stream, const char *name, const char *unit)
    VIZ_ON(source);

/* New names for the stream and its first @count channels: a description that came after
 * the data. False when nothing was to change, or after VIZ_MAX_RELABELS changes. */
#define VIZ_MAX_RELABELS 16
bool viz_stream_relabel(struct viz_stream *stream, const char *name,
                        const struct viz_channel *channel, uint32_t count)
    VIZ_ON(source);

struct viz_arrival {
    int64_t origin_ns;   /* kernel receive stamp, or received_ns where there is none */
    int64_t received_ns; /* when the source thread had the bytes */
};

/* Append one row. @time_ns is the device's own time in nanoseconds. @value has one
 * entry for each channel in use; viz_missing_value() where nothing was delivered. Rows
 * whose values are all missing are not accepted by callers' contract (nothing to
 * count). */
void viz_stream_row(struct viz_stream *stream, const struct viz_arrival *arrival,
                    int64_t time_ns, const float *value, uint32_t values)
    VIZ_ON(source);

/* The next row is not the successor of the last: draw nothing across. @missing samples
 * are known to be lost there (0 when it cannot be known). */
void viz_stream_break(struct viz_stream *stream, uint64_t missing) VIZ_ON(source);

/* A generator's way: the open block with room for at least one row, or NULL (then say
 * viz_stream_overflow()). Fill row[] and value[] at block->rows and add to rows and
 * samples; then viz_stream_filled(). */
struct viz_block *viz_stream_block(struct viz_stream *stream) VIZ_ON(source);
void viz_stream_filled(struct viz_stream *stream, uint32_t rows, uint64_t samples)
    VIZ_ON(source);
void viz_stream_overflow(struct viz_stream *stream, uint32_t rows, uint64_t samples)
    VIZ_ON(source);

/* End of a packet or of a wake-up: stamp decoded_ns of what was appended since the last
 * commit and publish as described above. Returns true while the consumer is behind: rows
 * may stay in an open block (call again within a few milliseconds even if nothing
 * arrives), and whoever can had better not take in more. */
bool viz_stream_commit(struct viz_stream *stream) VIZ_ON(source);

/* Publish whatever is open: the end of the source. */
void viz_stream_flush(struct viz_stream *stream) VIZ_ON(source);

#endif
