/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wire formats: bytes in, rows out; and the other way round for the sender.
 *
 * A decoder is pure: it opens no file and no socket, and everything it is given ends in
 * rows of streams, in counters, or in its own bounded store of an unfinished line or
 * frame. Adding a format is one file and one line in src/core/wires.inc. */
#ifndef VIZ_WIRE_H
#define VIZ_WIRE_H

#include <viz/counter.h>
#include <viz/role.h>
#include <viz/stream.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a source's decoder counts, in lines or frames (named *_bytes: in bytes). Source
 * thread writes, any thread reads. Nothing here is fatal. */
#define VIZ_WIRE_COUNTS(X)                                                             \
    X(packets, "datagrams or reads taken in")                                          \
    X(bytes, "bytes taken in")                                                         \
    X(lines, "lines or frames understood as data or description")                      \
    X(chatter, "lines that are not data: a logger's messages, comments, blank lines")  \
    X(bad_syntax, "lines or frames that look like data and cannot be parsed")          \
    X(bad_value, "data with a value out of its range: sensor, channel count, time")    \
    X(bad_magic, "frames that do not begin with the format's magic")                   \
    X(bad_version, "frames of a version this program does not know")                   \
    X(bad_length, "frames shorter or longer than they say")                            \
    X(oversized, "lines or frames over the limit, dropped whole")                      \
    X(truncated, "unfinished lines or frames at the end of the stream")                \
    X(no_room, "rows refused: more streams or channels than the limits allow")

struct viz_wire_counts {
#define X(name, help) struct viz_counter name;
    VIZ_WIRE_COUNTS(X)
#undef X
};

/* Sum of the counts that mean lost data: every bad_*, oversized, truncated, no_room. */
uint64_t viz_wire_lost(const struct viz_wire_counts *counts);

struct viz_intake {
    struct viz_streams *streams;
    uint32_t source;         /* index of the source in the session */
    const char *source_name; /* "udp://:9000" */
    uint32_t
        number; /* which of the source's senders in the same format; from 2 on it is
                        part of its streams' names: "S1 #2" */
    const struct viz_clock *clock;
    struct viz_timeline timeline;
    bool untimed; /* a stream was opened whose rows have no device time */
    struct viz_wire_counts *counts;
};

struct viz_decoder; /* private to each format */

struct viz_wire {
    const char *name; /* "mpu", as in --format mpu */
    const char *help; /* one line, shown by --help */
    const char
        *announce; /* "JSON Lines of an MPU6050 logger", for "source X speaks ..." */
    bool binary;   /* frames of bytes: text between them is not its own chatter */

    /* How sure that these first bytes are this format: 0 (cannot be) to 100 (is). Looks
     * at no more than @size bytes; may be asked again with more. */
    int (*probe)(const uint8_t *bytes, size_t size);

    struct viz_decoder *(*create)(struct viz_intake *intake);
    void (*destroy)(struct viz_decoder *decoder);

    /* Take in @size bytes that arrived together. @datagram: they are one datagram, so
     * an unfinished line or frame ends with them; otherwise it may go on in the next
     * call. Commits the streams it touched. */
    void (*decode)(struct viz_decoder *decoder, const struct viz_arrival *arrival,
                   const uint8_t *bytes, size_t size, bool datagram);

    /* End of the stream, or a new connection: an unfinished rest is counted as
     * truncated (a last line without a newline is still a line). */
    void (*finish)(struct viz_decoder *decoder, const struct viz_arrival *arrival);

    /* The sender's side: see encode.h. NULL: viz send does not write this format. */
    const struct viz_encode *encode;
};

/* NULL-terminated, in the order of probing. */
extern const struct viz_wire *const viz_wires[];

const struct viz_wire *viz_wire_find(const char *name);

/* "viz, mpu, csv": the formats there are. */
#define VIZ_WIRE_NAMES 128
void viz_wire_names(char out[VIZ_WIRE_NAMES]);

/* The format of a stream that begins with these bytes: the surest one with at least 50,
 * or NULL while undecided. @final: no more bytes will help (the end, or the probe
 * limit of VIZ_PROBE_BYTES is reached); then the surest with more than 0, or NULL. */
#define VIZ_PROBE_BYTES 4096
const struct viz_wire *viz_wire_probe(const uint8_t *bytes, size_t size, bool final);

#endif
