/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands behind a store: one table of functions for each kind of database. Their
 * contract is that of the functions of the same names in <viz/store.h>; store.c chooses
 * the table when it opens and only passes calls on afterwards. */
#ifndef VIZ_STORE_BACKEND_H
#define VIZ_STORE_BACKEND_H

#include <viz/store.h>

typedef int viz_run_callback(void *context, const struct viz_run *run);
typedef int viz_stream_callback(void *context, const struct viz_stored_stream *stream);
typedef int viz_segment_callback(void *context,
                                 const struct viz_stored_segment *segment);
typedef int viz_annotation_callback(void *context,
                                    const struct viz_annotation *annotation);

typedef int viz_chunk_callback(void *context, const struct viz_overview_chunk *chunk);

struct viz_store_backend {
    void (*close)(struct viz_store *store);
    void (*set_patience)(struct viz_store *store, int milliseconds);
    bool (*is_stale)(struct viz_store *store);
    int (*version)(const struct viz_store *store);
    uint64_t (*generation)(struct viz_store *store);

    int (*begin_run)(struct viz_store *store, const struct viz_run_new *run,
                     int64_t *id, struct viz_error *err);
    int (*end_run)(struct viz_store *store, int64_t run, enum viz_run_state state,
                   int64_t ended_ns, const char *delivered, struct viz_error *err);
    int (*add_stream)(struct viz_store *store, int64_t run,
                      const struct viz_run_stream *stream, int64_t *id,
                      struct viz_error *err);
    int (*add_segment)(struct viz_store *store, int64_t stream, const char *reason,
                       int64_t started_ns, int64_t *id, struct viz_error *err);
    int (*begin)(struct viz_store *store, struct viz_error *err);
    int (*begin_read)(struct viz_store *store, struct viz_error *err);
    int (*put)(struct viz_store *store, int64_t run,
               const struct viz_run_sample *sample, struct viz_error *err);
    int (*commit)(struct viz_store *store, struct viz_error *err);
    void (*rollback)(struct viz_store *store);
    int (*annotate)(struct viz_store *store, int64_t run,
                    const struct viz_annotation *annotation, int64_t *id,
                    struct viz_error *err);
    int (*unannotate)(struct viz_store *store, int64_t run, int64_t id,
                      struct viz_error *err);
    int (*tag)(struct viz_store *store, int64_t run, const char *tag,
               struct viz_error *err);
    int (*untag)(struct viz_store *store, int64_t run, const char *tag,
                 struct viz_error *err);
    int (*delete)(struct viz_store *store, int64_t run, struct viz_error *err);

    int (*runs)(struct viz_store *store, const struct viz_run_filter *filter,
                viz_run_callback *each, void *context, struct viz_error *err);
    int (*find)(struct viz_store *store, const char *selector, int64_t *id,
                viz_run_callback *candidate, void *context, struct viz_error *err);
    int (*run)(struct viz_store *store, int64_t id, viz_run_callback *each,
               void *context, struct viz_error *err);
    int (*streams)(struct viz_store *store, int64_t run, viz_stream_callback *each,
                   void *context, struct viz_error *err);
    int (*segments)(struct viz_store *store, int64_t run, viz_segment_callback *each,
                    void *context, struct viz_error *err);
    int (*annotations)(struct viz_store *store, int64_t run,
                       viz_annotation_callback *each, void *context,
                       struct viz_error *err);
    int (*read)(struct viz_store *store, int64_t run, int64_t stream,
                struct viz_cursor **out, struct viz_error *err);
    int (*read_between)(struct viz_store *store, int64_t run, int64_t stream,
                        uint64_t first, uint64_t last, struct viz_cursor **out,
                        struct viz_error *err);
    int (*overview_end)(struct viz_store *store, int64_t run, uint64_t *seq,
                        struct viz_error *err);
    int (*overview)(struct viz_store *store, int64_t run, int64_t stream,
                    viz_chunk_callback *each, void *context, struct viz_error *err);
    int (*overview_entries)(struct viz_store *store, int64_t run, int64_t stream,
                            uint64_t row, unsigned *level, const uint32_t *channel,
                            struct viz_pyramid_level *out, struct viz_error *err);
    int (*make_overview)(struct viz_store *store, int64_t run, struct viz_error *err);
    int (*next)(struct viz_cursor *cursor, struct viz_run_sample *out,
                struct viz_error *err);
    void (*end)(struct viz_cursor *cursor);
};

/* Each kind of database embeds these as its first member. */
struct viz_store {
    const struct viz_store_backend *backend;
    const atomic_bool *cancelled;
};

struct viz_cursor {
    const struct viz_store_backend *backend;
    const atomic_bool *cancelled; /* the store's, when it was opened */
};

#endif
