/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stretch of a stored run, reduced to what a picture of so many pixels can show: for each
 * bin its exact minimum and maximum, taken from the overview that the store keeps beside the
 * samples (store.h), from samples where they are few. A bin is a number of rows that follow
 * each other and says which: from the earliest time of them to the latest. Bins are groups
 * of 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 96, 128, ... rows counted from the beginning of
 * the stream, so that their contents stay while the view moves; where a gap in the records
 * is wider than a pixel a bin ends before it. Bins stand in the order of their times.
 *
 * It costs what the answer costs, whatever the length of the run, also while the run is
 * recorded. Of a run without an overview (recorded before version 3 of the store; viz serve
 * --allow-write makes what is missing) all samples are read each time, some millions a
 * second.
 *
 * The device's clock counts from its first stamp in the stream. A boot sets it back: the
 * first stamp behind it stands as far behind the newest before it as it arrived behind the
 * latest arrival. Values are those of the channel as they were recorded: averages of a
 * device are averages here. What is excluded by an annotation is part of it; the
 * annotations say so. */
#ifndef VIZ_RUN_VIEW_H
#define VIZ_RUN_VIEW_H

#include <viz/error.h>
#include <viz/store.h>

#include <stdbool.h>
#include <stdint.h>

enum viz_run_clock {
    VIZ_RUN_ARRIVAL, /* seconds from the start of the run, by the recorder's clock */
    VIZ_RUN_DEVICE, /* seconds of the device's own clock; rows without one are left out */
};

#define VIZ_RUN_VIEW_MOST 64 /* channels of one view */
#define VIZ_RUN_VIEW_PX 16384

struct viz_run_view_params {
    const char *stream; /* its name or id; NULL: the first that has the channels */
    /* Channels ("ax", "S1/ax") with commas between them; "all"; NULL: the usual ones. Those
     * beyond VIZ_RUN_VIEW_MOST are left out. */
    const char *metrics;
    double from_s, to_s; /* rows in [from, to); NaN: from the first, to the last */
    uint32_t px;         /* at most so many bins; 0: 1000 */
    enum viz_run_clock clock;
};

struct viz_run_view_channel {
    char name[64], unit[16];
    double *min, *max; /* [bins]; NaN, NaN: no number in the bin */
};

struct viz_run_view {
    int64_t stream;
    char stream_name[64];
    double begin_s, end_s; /* of all rows of the stream; NaN: there are none */
    uint64_t rows;         /* in [from, to) */
    bool reduced;          /* false: every bin is one row, and min is max */
    uint32_t bins;
    double *first_s, *last_s; /* [bins] earliest and latest time of its rows */
    uint32_t *row_count;      /* [bins] */
    /* [bins] Something is known to be missing before it, or the device booted: nothing may
     * be drawn across. */
    bool *gap;
    struct viz_run_view_channel *channel;
    uint32_t channels;
};

/* -ENOENT: no such run or stream; -EINVAL: no such channel, from behind to, px too large,
 * each with the sentence; else what the store says. */
int viz_run_view_create(struct viz_store *store, int64_t run,
                        const struct viz_run_view_params *params,
                        struct viz_run_view **out, struct viz_error *err);
void viz_run_view_destroy(struct viz_run_view *view);

/* As GET /api/runs/{id}/series answers it (docs/api.md). free() it. */
char *viz_run_view_json(const struct viz_run_view *view, int64_t run,
                        const struct viz_run_view_params *params);

#endif
