/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spool: records of bytes on their way from one thread to the thread that stores them.
 * What a feed is for rows of float32, with the same two rings and the same rule: nothing
 * waits. Where no page is spare, the record is lost and counted. */
#ifndef VIZ_SPOOL_H
#define VIZ_SPOOL_H

#include <viz/counter.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_SPOOL_PAGE_BYTES 16384
#define VIZ_RECORD_MAX_BYTES 4096

enum viz_record_kind {
    VIZ_RECORD_FRAME,        /* a binary message as it came */
    VIZ_RECORD_CONNECTED,    /* the source's connection is open; no bytes */
    VIZ_RECORD_DISCONNECTED, /* it has ended; bytes: why, as text */
    VIZ_RECORD_VALUES,       /* a row of doubles */
};

struct viz_record {
    int64_t origin_ns;   /* kernel receive stamp, or when it happened; viz_clock */
    int64_t received_ns; /* when the producing thread had it */
    uint32_t source;     /* index of the source in the session, or number of a stream */
    uint16_t kind;       /* enum viz_record_kind */
    uint16_t size;       /* of what follows it in the page, padded to 8 */
};

struct viz_spool;

/* @pages: 0 for 256 (4 MB). */
struct viz_spool *viz_spool_create(uint32_t pages);

/* After both threads are done with it. */
void viz_spool_destroy(struct viz_spool *spool);

/* Producer: append one record. False when there is no room: lost and counted. */
bool viz_spool_put(struct viz_spool *spool, const struct viz_record *record,
                   const void *bytes);

/* Producer: end of a wake-up: hand over what is open while the consumer keeps up; once
 * half of the pages are out, pages are filled first. True while records stay in an open
 * page: call again within a few milliseconds even if nothing comes. */
bool viz_spool_commit(struct viz_spool *spool);

/* Producer: hand over whatever is open. */
void viz_spool_flush(struct viz_spool *spool);

/* Consumer: the oldest record, its bytes in *@bytes, or NULL when there is none. It stays
 * until viz_spool_release(). */
const struct viz_record *viz_spool_next(struct viz_spool *spool, const void **bytes);

/* Consumer: everything returned by viz_spool_next() so far is done with. */
void viz_spool_release(struct viz_spool *spool);

/* Records put, and lost for want of room. The producer writes, any thread reads. */
uint64_t viz_spool_records(const struct viz_spool *spool);
uint64_t viz_spool_lost(const struct viz_spool *spool);

#endif
