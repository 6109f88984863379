/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of one stream of a stored run, from its samples, read once in their order.
 * docs/figures.md, "A run", has the definitions. Pure, one thread.
 *
 * Counts are of all samples; figures of values leave out what is excluded, what is not a
 * finite number and, of what a device measures of its hops, frames from before its first
 * measurement. What cannot be computed is NaN. */
#ifndef VIZ_TALLY_H
#define VIZ_TALLY_H

#include <viz/lightwave.h>
#include <viz/store.h>
#include <viz/track.h>

#include <stdbool.h>
#include <stdint.h>

/* Values of one channel over a run. */
struct viz_channel_figures {
    char name[64], unit[16];
    bool measured; /* of hops: without the frames from before the first measurement */
    uint64_t n, not_finite;
    uint64_t changes, distinct; /* as in summary.h */
    double mean, sd, min, max, p50, p95, p99, ema;
    uint64_t *bin; /* [bins]: equal widths from min to max */
};

struct viz_stream_figures {
    enum viz_stream_form form;
    uint64_t samples;    /* all */
    uint64_t excluded;   /* of these, left out of the figures */
    uint64_t unreadable; /* of these, not as long as their form says */
    struct viz_track_counts counts;
    bool gaps_known;      /* of VALUES: by marks, or stamps that are enough to tell */
    uint64_t published;   /* LIGHTWAVE: samples with a hop_count of their own */
    uint64_t unpublished; /* LIGHTWAVE: with hop_count 0: nothing measured yet */
    uint64_t reboots;     /* boots, less the one that the stream begins with */
    int64_t newest_ns;    /* arrival of the last; 0: there is none */
    double span_s;        /* first to last arrival */
    double period_s;      /* mean distance of samples without a gap between them */
    double loss_percent, delivered_hz;

    /* LIGHTWAVE; NaN and 0 otherwise */
    double hop_hz;            /* hops by device time */
    double true_load_percent; /* mean hop time x hop_hz; without what is unpublished */
    double peak_total_us, peak_goertzel_us;
    uint64_t flag[8]; /* frames with the bit ... */
    uint64_t flagged; /* ... of so many */

    struct viz_channel_figures *channel;
    uint32_t channels;
};

struct viz_tally;

struct viz_tally_params {
    const struct viz_run_stream *stream; /* read during the call only */
    double alpha;                        /* of the moving average */
    uint32_t bins;                       /* of each histogram */
    const char *metric;                  /* only this channel; NULL: the usual ones */
};

/* NULL: the stream has no channel called params->metric. */
struct viz_tally *viz_tally_create(const struct viz_tally_params *params);
void viz_tally_destroy(struct viz_tally *tally);

void viz_tally_add(struct viz_tally *tally, const struct viz_run_sample *sample,
                   bool excluded);

/* Once, at the end. The channels belong to the tally. */
void viz_tally_figures(struct viz_tally *tally, struct viz_stream_figures *out);

/* The names that a stream's channels have, one after the other; NULL behind the last. */
const char *viz_tally_channel(const struct viz_run_stream *stream, uint32_t index);

/* What is known of the channel at @index before any sample is read. */
struct viz_tally_kind {
    const char *name, *unit; /* unit "": none */
    bool usual;              /* summarised unless another is asked for */
    bool extended;           /* LIGHTWAVE: only frames of 64 bytes have it */
};
/* False: there are not so many. */
bool viz_tally_kind(const struct viz_run_stream *stream, uint32_t index,
                    struct viz_tally_kind *out);

#endif
