/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store in a SQLite file: what sqlite_open.c, sqlite_write.c, sqlite_read.c and
 * sqlite_find.c share. */
#ifndef VIZ_STORE_SQLITE_H
#define VIZ_STORE_SQLITE_H

#include "backend.h"

#include <sqlite3.h>
#include <sys/types.h>
#include <time.h>

/* Samples of the open transaction that a segment does not count yet. */
struct viz_sqlite_count {
    int64_t segment; /* 0: free */
    uint64_t samples;
};

struct viz_sqlite_overview;

struct viz_sqlite {
    struct viz_store store;
    sqlite3 *db;
    char *path;
    dev_t device;            /* of the file that is open ... */
    ino_t inode;             /* ... where its path led then */
    off_t size;              /* of it, when it was opened to be read, */
    struct timespec changed; /* and when it had been written last */
    int version;
    int64_t deadline_ns; /* of opening, by the monotonic clock */
    /* Writing only: */
    sqlite3_stmt *put, *count_segment, *count_run;
    int64_t run;     /* whose samples are being put, or that was begun last; 0: none */
    bool run_is_new; /* it was begun in the open transaction */
    uint64_t run_samples;                 /* of it, not counted yet */
    struct viz_sqlite_count *count;       /* hashed by segment */
    uint32_t counts, count_room;          /* used, there; a power of two */
    struct viz_sqlite_overview *overview; /* NULL until samples are put */
    int64_t synced_ns;                    /* when a commit last went to the disk */
    bool full;                            /* PRAGMA synchronous is FULL */
};

int viz_sqlite_open(const char *path, enum viz_store_mode mode, int patience_ms,
                    struct viz_store **out, struct viz_error *err);

static inline struct viz_sqlite *viz_sqlite_of(struct viz_store *store)
{
    return (struct viz_sqlite *)store; /* its first member */
}

/* The sentence for what SQLite complained of last, and its errno. */
int viz_sqlite_fail(struct viz_sqlite *s, struct viz_error *err);

/* The time of day, since 1970. */
int64_t viz_sqlite_now_ns(void);

int viz_sqlite_exec(struct viz_sqlite *s, const char *sql, struct viz_error *err);
int viz_sqlite_prepare(struct viz_sqlite *s, const char *sql, sqlite3_stmt **out,
                       struct viz_error *err);

/* 1: a row; 0: done; or negative. */
int viz_sqlite_step(struct viz_sqlite *s, sqlite3_stmt *stmt, struct viz_error *err);

/* NULL is "". The text must stay until the statement is done. */
void viz_sqlite_bind_text(sqlite3_stmt *stmt, int at, const char *text);

/* A write transaction of its own, to the disk when @full; in one that is open already:
 * part of it. viz_sqlite_done() ends it: commits when @ret is 0, else rolls back, and
 * returns @ret or what went wrong. */
int viz_sqlite_own(struct viz_sqlite *s, bool full, bool *own, struct viz_error *err);
int viz_sqlite_done(struct viz_sqlite *s, bool own, int ret, struct viz_error *err);

/* The functions of the table, by file. */
int viz_sqlite_begin_run(struct viz_store *store, const struct viz_run_new *run,
                         int64_t *id, struct viz_error *err);
int viz_sqlite_end_run(struct viz_store *store, int64_t run, enum viz_run_state state,
                       int64_t ended_ns, const char *delivered, struct viz_error *err);
int viz_sqlite_add_stream(struct viz_store *store, int64_t run,
                          const struct viz_run_stream *stream, int64_t *id,
                          struct viz_error *err);
int viz_sqlite_add_segment(struct viz_store *store, int64_t stream, const char *reason,
                           int64_t started_ns, int64_t *id, struct viz_error *err);
int viz_sqlite_annotate(struct viz_store *store, int64_t run,
                        const struct viz_annotation *annotation, int64_t *id,
                        struct viz_error *err);
int viz_sqlite_unannotate(struct viz_store *store, int64_t run, int64_t id,
                          struct viz_error *err);
int viz_sqlite_tag(struct viz_store *store, int64_t run, const char *tag,
                   struct viz_error *err);
int viz_sqlite_untag(struct viz_store *store, int64_t run, const char *tag,
                     struct viz_error *err);
int viz_sqlite_delete(struct viz_store *store, int64_t run, struct viz_error *err);

int viz_sqlite_begin(struct viz_store *store, struct viz_error *err);
int viz_sqlite_begin_read(struct viz_store *store, struct viz_error *err);
int viz_sqlite_put(struct viz_store *store, int64_t run,
                   const struct viz_run_sample *sample, struct viz_error *err);
int viz_sqlite_commit(struct viz_store *store, struct viz_error *err);
void viz_sqlite_rollback(struct viz_store *store);
void viz_sqlite_finish_writing(struct viz_sqlite *s);

/* Behind the insertion of the sample. */
int viz_sqlite_overview_put(struct viz_sqlite *s, int64_t run,
                            const struct viz_run_sample *sample, struct viz_error *err);
/* What waits is written; no more of @run is to come. */
int viz_sqlite_overview_close(struct viz_sqlite *s, int64_t run, struct viz_error *err);
/* What waits is read again from the samples, when it is needed. */
void viz_sqlite_overview_forget(struct viz_sqlite *s);
void viz_sqlite_overview_finish(struct viz_sqlite *s);
int viz_sqlite_make_overview(struct viz_store *store, int64_t run,
                             struct viz_error *err);

int viz_sqlite_overview_end(struct viz_store *store, int64_t run, uint64_t *seq,
                            struct viz_error *err);
int viz_sqlite_overview(struct viz_store *store, int64_t run, int64_t stream,
                        viz_chunk_callback *each, void *context, struct viz_error *err);
int viz_sqlite_overview_entries(struct viz_store *store, int64_t run, int64_t stream,
                                uint64_t row, unsigned *level, const uint32_t *channel,
                                struct viz_pyramid_level *out, struct viz_error *err);

int viz_sqlite_runs(struct viz_store *store, const struct viz_run_filter *filter,
                    viz_run_callback *each, void *context, struct viz_error *err);
int viz_sqlite_run(struct viz_store *store, int64_t id, viz_run_callback *each,
                   void *context, struct viz_error *err);
int viz_sqlite_find(struct viz_store *store, const char *selector, int64_t *id,
                    viz_run_callback *candidate, void *context, struct viz_error *err);
int viz_sqlite_streams(struct viz_store *store, int64_t run, viz_stream_callback *each,
                       void *context, struct viz_error *err);
int viz_sqlite_segments(struct viz_store *store, int64_t run,
                        viz_segment_callback *each, void *context,
                        struct viz_error *err);
int viz_sqlite_annotations(struct viz_store *store, int64_t run,
                           viz_annotation_callback *each, void *context,
                           struct viz_error *err);
int viz_sqlite_read(struct viz_store *store, int64_t run, int64_t stream,
                    struct viz_cursor **out, struct viz_error *err);
int viz_sqlite_read_between(struct viz_store *store, int64_t run, int64_t stream,
                            uint64_t first, uint64_t last, struct viz_cursor **out,
                            struct viz_error *err);
int viz_sqlite_next(struct viz_cursor *cursor, struct viz_run_sample *out,
                    struct viz_error *err);
void viz_sqlite_end(struct viz_cursor *cursor);

#endif
