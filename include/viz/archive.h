/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's writer: takes records from a spool, follows each device (track.h), and puts
 * them into a run, in transactions of a quarter of a second or 4096 samples, whichever
 * comes first. viz_archive_start() begins the thread viz:store, which steps it; a test
 * steps it itself. While nothing comes, an empty commit every two seconds says that
 * the run is still being written.
 *
 * Where the store cannot be written for now (the disk is full, another process holds it),
 * the transaction is given up, its records are kept and tried again every
 * quarter of a second: nothing is lost until the spool is full, and that is counted by
 * the spool. */
#ifndef VIZ_ARCHIVE_H
#define VIZ_ARCHIVE_H

#include <viz/clock.h>
#include <viz/error.h>
#include <viz/histogram.h>
#include <viz/lightwave.h>
#include <viz/role.h>
#include <viz/spool.h>
#include <viz/store.h>
#include <viz/track.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_archive;

struct viz_archive_params {
    struct viz_store *store; /* the stepping thread's from now on */
    int64_t run;
    struct viz_spool *spool;
    const struct viz_clock *clock;
    int64_t started_ns;       /* wall clock, nanoseconds since 1970, ... */
    int64_t started_clock_ns; /* ... at this time of @clock: host times are the sum of
                                 both, whatever the wall clock does meanwhile */
    const int64_t *stream;    /* [streams] their ids; record.source counts them */
    uint32_t streams;
    uint64_t max_samples; /* 0: no limit; what comes behind it is not stored */
};

/* Any thread may read what is atomic. */
struct viz_archive_status {
    struct viz_counter stored; /* samples committed; 0 when the store was replaced or
                                  removed meanwhile: they are not there */
    struct viz_counter frames; /* frames taken, committed or not */
    struct viz_counter bad;    /* messages that are no benchmark frame: length, magic */
    struct viz_counter foreign; /* messages of another stream or unknown */
    struct viz_counter repeats, copies, gaps, missing, boots, resets, not_finite;
    struct viz_counter disconnects;
    struct viz_counter commits, retries;
    struct viz_counter beyond; /* not stored because of max_samples */
    _Atomic bool full;         /* max_samples are stored */
    _Atomic float avg_total_us, cpu_load_percent; /* the newest frame's */
    _Atomic int trouble; /* errno: why the store cannot be written for now; 0: it can */
    _Atomic int64_t first_ns; /* arrival of the first sample, by the clock; 0: none */
};

struct viz_archive *viz_archive_create(const struct viz_archive_params *params);
void viz_archive_destroy(struct viz_archive *archive);

/* Take what is there; commit when it is time. 0; a passing failure is 0 too (see status);
 * a negative errno with the sentence when the store is lost for good. */
int viz_archive_step(struct viz_archive *archive, struct viz_error *err) VIZ_ON(store);

/* The end: everything that is left, committed; after trouble, tried for at most
 * @patience_ns. What is given up then is counted in frames and not in stored. */
int viz_archive_finish(struct viz_archive *archive, int64_t patience_ns,
                       struct viz_error *err) VIZ_ON(store);

/* The thread viz:store: steps until it is stopped, then finishes. Main thread. */
int viz_archive_start(struct viz_archive *archive, struct viz_error *err);

/* Whether that thread ended by itself, because of @err. */
bool viz_archive_failed(struct viz_archive *archive, struct viz_error *err);

/* After whoever puts records has ended and flushed. What the thread ended with: 0 or a
 * negative errno with the sentence. Again: the same. */
int viz_archive_stop(struct viz_archive *archive, int64_t patience_ns,
                     struct viz_error *err);

const struct viz_archive_status *viz_archive_status(const struct viz_archive *archive);

/* Of one stream; after the end, or on the stepping thread. */
const struct viz_track_counts *viz_archive_track(const struct viz_archive *archive,
                                                 uint32_t stream);

/* From a frame's receive stamp to the end of the commit that holds it. After the end. */
const struct viz_histogram *viz_archive_delay(const struct viz_archive *archive);

/* How long a stream's device was not connected after it had been. After the end. */
int64_t viz_archive_offline_ns(const struct viz_archive *archive, uint32_t stream);

/* When the newest sample of a stream arrived, by the clock; 0: none did. After the end. */
int64_t viz_archive_newest_ns(const struct viz_archive *archive, uint32_t stream);

#endif
