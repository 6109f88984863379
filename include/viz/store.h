/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store of runs: everything that was measured and is to be kept. docs/runs.md has the
 * tables for people; this is the interface for the program. What stands behind it is a
 * table of functions (src/store/backend.h): SQLite today; a server could be another.
 *
 * A run has streams (one device, one sensor, one set of figures), a stream has channels
 * and segments (a device's boot to the next), a segment has samples. A sample is either a
 * frame of LightwaveOS as it came (32 or 64 bytes), or a row of doubles, one a channel,
 * little-endian: both in sample.frame, told apart by the stream's form.
 *
 * One object belongs to one thread. Any number of processes may have the same store open;
 * one at a time writes, the others wait for it for up to ten seconds.
 *
 * Errors: 0 or a negative errno with one sentence. -EBUSY: somebody else writes for too
 * long; -ENOSPC: the disk is full; -EROFS: it cannot be written; in these three cases a
 * transaction that was open is still what it was before it began, and may be tried again.
 * -EPROTO: it is no store, or of a later version; -EBADMSG: it is damaged; -ENOENT: no
 * such run, or no such store; -ESTALE: the file was removed or replaced after it had been
 * opened for writing, and what was stored since is not where its path leads. Times are nanoseconds since 1970, UTC. Texts are UTF-8. */
#ifndef VIZ_STORE_H
#define VIZ_STORE_H

#include <viz/cancel.h>
#include <viz/error.h>
#include <viz/pyramid.h>

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct viz_store;

/* $XDG_DATA_HOME/viz/runs.db, else ~/.local/share/viz/runs.db. 0, or -ENOENT where
 * neither is known. */
int viz_store_default(char *out, size_t size, struct viz_error *err);

enum viz_store_mode {
    VIZ_STORE_READ,  /* must be there; works on a read-only file too */
    VIZ_STORE_WRITE, /* made with its folders when it is not there, brought to this
                        version when it is older */
};

/* @where: a path. "postgresql://..." and the like are refused with a sentence. */
int viz_store_open(const char *where, enum viz_store_mode mode, struct viz_store **out,
                   struct viz_error *err);
#define VIZ_STORE_PATIENCE_MS 10000 /* how long all of it waits for another writer */
/* The same with another patience, which is the store's from then on. */
int viz_store_open_within(const char *where, enum viz_store_mode mode, int milliseconds,
                          struct viz_store **out, struct viz_error *err);
void viz_store_close(struct viz_store *store);

/* Where its path led is no longer the file that is open, or that is no store any more:
 * it was removed, replaced or overwritten. Of a store that was opened to be read also: the
 * file was written, be it that another was copied into it, or that a writer's log went
 * there. Costs microseconds. */
bool viz_store_is_stale(struct viz_store *store);

/* How long to wait for another writer from now on. */
void viz_store_set_patience(struct viz_store *store, int milliseconds);

/* What is read from here on ends with -ECANCELED once the flag is set; who computes of
 * what was read looks at it too. NULL: nobody calls it off, as at the beginning. */
void viz_store_set_cancel(struct viz_store *store, const atomic_bool *cancelled);
const atomic_bool *viz_store_cancel(const struct viz_store *store);

/* ---- writing ---- */

enum viz_run_state {
    VIZ_RUN_RECORDING,   /* somebody writes it, or did until not long ago */
    VIZ_RUN_COMPLETE,    /* ended as was asked for */
    VIZ_RUN_INTERRUPTED, /* ended otherwise; or its writer is gone */
};

/* Texts: NULL or "" is unknown. */
struct viz_run_new {
    const char *name;
    const char *description;
    const char *origin;    /* "device", "benchmark", "import" */
    const char *host;      /* of the device, "lightwaveos.local:80"; several: commas */
    const char *firmware;  /* version, where the device says it */
    const char *machine;   /* that recorded it: JSON */
    const char *flags;     /* the command line */
    const char *requested; /* what was asked for: JSON */
    const char *const *tags;
    uint32_t tag_count;
    int64_t started_ns;
};
/* Makes the run, state recording, with an id of its own. Committed at once, or with the
 * transaction that is open. -EINVAL: its
 * name, description or a tag is not UTF-8, or its name or a tag blanks alone. */
int viz_store_begin_run(struct viz_store *store, const struct viz_run_new *run,
                        int64_t *id, struct viz_error *err);

/* The end. @delivered: what came, JSON. Committed at once, to the disk. */
int viz_store_end_run(struct viz_store *store, int64_t run, enum viz_run_state state,
                      int64_t ended_ns, const char *delivered, struct viz_error *err);

enum viz_stream_form {
    VIZ_FORM_LIGHTWAVE, /* samples are benchmark frames; channels are the frame's fields */
    VIZ_FORM_VALUES,    /* samples are doubles, one a channel; NaN: none */
};

struct viz_run_channel {
    const char *name, *unit;
};

struct viz_run_stream {
    const char *name;   /* unique in its run: "S1", "lightwaveos.local:80", "frames" */
    const char *source; /* where it came from: a URL, a file; "" unknown */
    enum viz_stream_form form;
    double requested_hz;                   /* 0: unknown */
    const struct viz_run_channel *channel; /* VALUES only */
    uint32_t channels;
};
int viz_store_add_stream(struct viz_store *store, int64_t run,
                         const struct viz_run_stream *stream, int64_t *id,
                         struct viz_error *err);

/* @reason: "start" or "boot". @started_ns: arrival of its first sample. */
int viz_store_add_segment(struct viz_store *store, int64_t stream, const char *reason,
                          int64_t started_ns, int64_t *id, struct viz_error *err);

struct viz_run_sample {
    int64_t stream, segment; /* their ids */
    uint64_t seq;            /* in the run, from 0; must grow */
    int64_t host_ns;         /* arrival, by a clock that does not step during a run */
    int64_t device_ns;       /* the device's own, unwrapped; INT64_MIN: none */
    uint32_t marks;          /* set of enum viz_track_mark */
    uint32_t missing;        /* known to be missing before it */
    const void *frame;
    uint32_t size;
};

/* Of a row of VIZ_FORM_VALUES: it is as long as @channel needs. */
static inline double viz_run_sample_value(const struct viz_run_sample *sample,
                                          uint32_t channel)
{
    uint64_t bits;
    double value;
    memcpy(&bits, (const uint8_t *)sample->frame + channel * sizeof(bits),
           sizeof(bits));
    bits = le64toh(bits);
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Samples of a run come in the order of their seq: -EINVAL where one does not.
 * A transaction: begin, any number of begin_run, add_stream, add_segment, put and
 * annotate, commit. At commit the
 * run's sample count and the time of day, at which its writer was last seen, are part of
 * it. What fails within a transaction ends it: nothing of it stays. */
int viz_store_begin(struct viz_store *store, struct viz_error *err);
int viz_store_put(struct viz_store *store, int64_t run,
                  const struct viz_run_sample *sample, struct viz_error *err);
int viz_store_commit(struct viz_store *store, struct viz_error *err);
void viz_store_rollback(struct viz_store *store);

/* A remark on a stretch of a run, [from, to); @stream 0: on all of it. */
struct viz_annotation {
    int64_t id; /* when read; 0 when written */
    int64_t stream, from_ns, to_ns;
    const char *text, *author;
    bool exclude; /* analysis leaves the stretch out */
};
/* @id: of the new one; may be NULL. -EINVAL: it ends before it begins, or its text or
 * author is not UTF-8; -ENOENT: the run is not there, or has no such stream. */
int viz_store_annotate(struct viz_store *store, int64_t run,
                       const struct viz_annotation *annotation, int64_t *id,
                       struct viz_error *err);
/* -ENOENT: the run is not there, or has no such annotation. */
int viz_store_unannotate(struct viz_store *store, int64_t run, int64_t id,
                         struct viz_error *err);

/* One tag more; nothing changes where the run has it. Within a transaction as well.
 * -EINVAL: it is empty, blanks alone, or not UTF-8. */
int viz_store_tag(struct viz_store *store, int64_t run, const char *tag,
                  struct viz_error *err);
/* One tag less; nothing changes where the run has it not. */
int viz_store_untag(struct viz_store *store, int64_t run, const char *tag,
                    struct viz_error *err);

/* With everything that belongs to it. */
int viz_store_delete(struct viz_store *store, int64_t run, struct viz_error *err);

/* ---- reading ---- */

/* From here on everything that is read is of one moment, whatever others write meanwhile,
 * until viz_store_rollback(). Not within a transaction. */
int viz_store_begin_read(struct viz_store *store, struct viz_error *err);

/* A run as it stands. Texts belong to the callee and are valid during the call that hands
 * it out. */
struct viz_run {
    int64_t id;
    const char *uuid; /* 36 characters */
    const char *name, *description, *origin, *host, *firmware, *machine, *flags,
        *requested, *delivered;   /* "" where unknown */
    const char *tags;             /* joined by ",", in order of the alphabet */
    int64_t started_ns, ended_ns; /* ended 0: not ended, see seen_ns */
    int64_t seen_ns;          /* when its writer last committed, by the time of day */
    enum viz_run_state state; /* recording only while seen within ten seconds of now */
    uint64_t samples;
    uint32_t streams, segments;
};

/* Calls back for each; a callback that returns non-zero ends it and that is returned. */
struct viz_run_filter {
    const char *tag;        /* exactly; NULL: any */
    const char *name;       /* contained in the name, any case; NULL: any */
    const char *host;       /* contained in the host; NULL: any */
    int64_t from_ns, to_ns; /* started in [from, to); 0: open */
    uint32_t limit;         /* newest first; 0: all */
};
int viz_store_runs(struct viz_store *store, const struct viz_run_filter *filter,
                   int (*each)(void *context, const struct viz_run *run), void *context,
                   struct viz_error *err);

/* Which run is meant: an id ("17"), the uuid or a unique prefix of it (4 characters and
 * more), a name (exactly), "@latest", "tag:NAME". 0 with the id; -ENOENT; -ENOTUNIQ: the
 * candidates are then handed out by @candidate (may be NULL), newest first. A name that
 * several runs have is ambiguous as well. */
int viz_store_find(struct viz_store *store, const char *selector, int64_t *id,
                   int (*candidate)(void *context, const struct viz_run *run),
                   void *context, struct viz_error *err);

int viz_store_run(struct viz_store *store, int64_t id,
                  int (*each)(void *context, const struct viz_run *run), void *context,
                  struct viz_error *err);

/* The streams of a run, in the order of their ids. */
struct viz_stored_stream {
    int64_t id;
    struct viz_run_stream stream;
    uint64_t samples;
    uint32_t segments;
};
int viz_store_streams(struct viz_store *store, int64_t run,
                      int (*each)(void *context,
                                  const struct viz_stored_stream *stream),
                      void *context, struct viz_error *err);

struct viz_stored_segment {
    int64_t id, stream;
    const char *reason;
    int64_t started_ns;
    uint64_t samples;
};
int viz_store_segments(struct viz_store *store, int64_t run,
                       int (*each)(void *context,
                                   const struct viz_stored_segment *segment),
                       void *context, struct viz_error *err);

int viz_store_annotations(struct viz_store *store, int64_t run,
                          int (*each)(void *context,
                                      const struct viz_annotation *annotation),
                          void *context, struct viz_error *err);

/* The samples of a run (@stream 0: of all its streams) in the order of seq, one after the
 * other with memory for one. */
struct viz_cursor;
int viz_store_read(struct viz_store *store, int64_t run, int64_t stream,
                   struct viz_cursor **out, struct viz_error *err);
/* Of these, those with first <= seq <= last. Where the run's overview knows that they
 * stand far apart it does not pass by the others. */
int viz_store_read_between(struct viz_store *store, int64_t run, int64_t stream,
                           uint64_t first, uint64_t last, struct viz_cursor **out,
                           struct viz_error *err);
/* 1: *out is the next, valid until the next call; 0: there is none; or negative. */
int viz_cursor_next(struct viz_cursor *cursor, struct viz_run_sample *out,
                    struct viz_error *err);
void viz_cursor_close(struct viz_cursor *cursor);

/* A number that is another one after anybody, this object too, has changed the store, and
 * costs microseconds to ask for. Only for comparison with what the same object said. */
uint64_t viz_store_generation(struct viz_store *store);

/* ---- the overview ---- */

/* Written beside the samples since version 3 (pyramid.h): a chunk every 32768 samples of a
 * run and at its end, for each stream that had any. Of runs from before there is none. */

/* *seq: every sample of the run with a smaller number is in its overview; 0: none is. */
int viz_store_overview_end(struct viz_store *store, int64_t run, uint64_t *seq,
                           struct viz_error *err);

/* The chunks of a stream in the order of their rows. */
struct viz_overview_chunk {
    uint64_t row, first_seq, last_seq; /* @row: number of its first in the stream */
    uint32_t rows, timed;              /* and the rest as in struct viz_pyramid_entry */
    int64_t begin_ns, end_ns, device_begin_ns, device_end_ns;
    struct viz_pyramid_clock clock; /* behind its last row */
};
int viz_store_overview(struct viz_store *store, int64_t run, int64_t stream,
                       int (*each)(void *context,
                                   const struct viz_overview_chunk *chunk),
                       void *context, struct viz_error *err);

/* The entries of the chunk that begins with @row, of @level or of its coarsest level, if
 * that is finer. *level becomes the one they are of. -EBADMSG: they are not what was
 * written. @channel, @out: as viz_pyramid_decode() takes them. */
int viz_store_overview_entries(struct viz_store *store, int64_t run, int64_t stream,
                               uint64_t row, unsigned *level, const uint32_t *channel,
                               struct viz_pyramid_level *out, struct viz_error *err);

/* Makes the overview of a run of which there is none, or not all, as far as it has
 * samples, some tens of thousands of them in a transaction. 1: there is more, call again;
 * 0: it is all there. Not within a transaction. */
int viz_store_make_overview(struct viz_store *store, int64_t run,
                            struct viz_error *err);

/* Version of the store's tables, and the newest that this program knows. */
int viz_store_version(const struct viz_store *store);
#define VIZ_STORE_VERSION 3

#endif
