/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The other end of every source: synthetic rows, encoded and sent on an absolute
 * schedule, with losses, duplicates, reordering and jitter on purpose. Pure: it is told
 * the time and hands its packets to a function, so that it runs on a fake clock and into
 * any sink.
 *
 * Row n is due n / rate seconds after the start and has that as its device time, counted
 * from 0. Rows go k to a packet; channels beyond what one stream of the format can carry
 * make more streams, each with packets of its own. A packet is due with its last row.
 * Its fate is drawn from the seed:
 *   loss       it is left out; the numbers of its rows are used up
 *   duplicate  it is sent twice
 *   reorder    it is sent after its successor in the same stream
 *   jitter     it and all behind it wait, each up to so long
 * One thread. */
#ifndef VIZ_SENDER_H
#define VIZ_SENDER_H

#include <viz/error.h>
#include <viz/synth.h>
#include <viz/wire.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_sender_params {
    struct viz_synth_params synth; /* channels, rate, seed, pattern */
    double duration_s;             /* 0: for ever */
    uint32_t rows;  /* rows a packet; 0: each row at once up to 1000 packets a second */
    uint32_t burst; /* packets of a stream sent together when the last of them is due;
                       0: 1 */
    double loss_percent, duplicate_percent, reorder_percent;
    double jitter_ms;
    uint32_t run;   /* number of this start, for formats that carry one; 0: none */
    bool datagrams; /* receivers may join late: repeat what goes first every second */
};

/* What was really sent. Rows and samples are summed over the streams; a packet sent
 * twice is counted once, and once more in duplicate_packets. */
struct viz_sender_totals {
    uint64_t rows, samples, packets;
    uint64_t
        bytes; /* everything handed over, duplicates and the format's header included */
    uint64_t lost_rows, lost_samples, lost_packets;       /* left out on purpose */
    uint64_t unsent_rows, unsent_samples, unsent_packets; /* the sink refused them */
    uint64_t duplicate_packets, reordered_packets;
    int64_t late_max_ns; /* a packet behind its own time, jitter not counted */
};

struct viz_sender_sink {
    /* Send one packet: 0, 1 when it was refused and the show goes on, or a negative
     * errno that ends the sending. */
    int (*write)(void *context, const uint8_t *bytes, size_t size);
    void *context;
};

struct viz_sender;

/* -EINVAL when a packet cannot hold params->rows, or a stream of @wire not the
 * channels. */
int viz_sender_create(const struct viz_sender_params *params,
                      const struct viz_wire *wire, const struct viz_sender_sink *sink,
                      int64_t start_ns, struct viz_sender **out, struct viz_error *err);
void viz_sender_destroy(struct viz_sender *sender);

/* Send what is due at @now_ns (a bounded part of it when that is much). When to call
 * again goes to @next_ns: INT64_MAX when everything is sent. 0, or the sink's errno. */
int viz_sender_step(struct viz_sender *sender, int64_t now_ns, int64_t *next_ns);

/* Send what is still held back for reordering: the end, also after an interruption. */
int viz_sender_finish(struct viz_sender *sender);

const struct viz_sender_totals *viz_sender_totals(const struct viz_sender *sender);
uint32_t viz_sender_streams(const struct viz_sender *sender);
uint32_t viz_sender_rows(const struct viz_sender *sender); /* a packet */

#endif
