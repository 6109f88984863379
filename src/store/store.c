/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/store.h>

#include "backend.h"
#include "sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int viz_store_default(char *out, size_t size, struct viz_error *err)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int length;
    if (data && data[0] == '/')
        length = snprintf(out, size, "%s/viz/runs.db", data);
    else if (home && home[0] == '/')
        length = snprintf(out, size, "%s/.local/share/viz/runs.db", home);
    else
        return viz_fail(err, -ENOENT,
                        "no folder for the store of runs: neither XDG_DATA_HOME nor "
                        "HOME is set; name a file");
    if (length < 0 || (size_t)length >= size)
        return viz_fail(err, -ENAMETOOLONG,
                        "the path of the store of runs is too long");
    return 0;
}

/* "postgresql://...", "https://...": a scheme and two slashes. */
static size_t scheme_length(const char *where)
{
    size_t length = strspn(where, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
    return length && !strncmp(where + length, "://", 3) ? length : 0;
}

int viz_store_open(const char *where, enum viz_store_mode mode, struct viz_store **out,
                   struct viz_error *err)
{
    return viz_store_open_within(where, mode, VIZ_STORE_PATIENCE_MS, out, err);
}

int viz_store_open_within(const char *where, enum viz_store_mode mode, int milliseconds,
                          struct viz_store **out, struct viz_error *err)
{
    *out = NULL;
    size_t scheme = scheme_length(where);
    if (scheme)
        return viz_fail(err, -ENOTSUP,
                        "%.*s: this version stores in SQLite files only; give a path",
                        (int)scheme, where);
    return viz_sqlite_open(where, mode, milliseconds, out, err);
}

void viz_store_close(struct viz_store *store)
{
    if (store)
        store->backend->close(store);
}

bool viz_store_is_stale(struct viz_store *store)
{
    return store->backend->is_stale(store);
}

void viz_store_set_patience(struct viz_store *store, int milliseconds)
{
    store->backend->set_patience(store, milliseconds);
}

void viz_store_set_cancel(struct viz_store *store, const atomic_bool *cancelled)
{
    store->cancelled = cancelled;
}

const atomic_bool *viz_store_cancel(const struct viz_store *store)
{
    return store->cancelled;
}

int viz_store_version(const struct viz_store *store)
{
    return store->backend->version(store);
}

uint64_t viz_store_generation(struct viz_store *store)
{
    return store->backend->generation(store);
}

int viz_store_begin_run(struct viz_store *store, const struct viz_run_new *run,
                        int64_t *id, struct viz_error *err)
{
    return store->backend->begin_run(store, run, id, err);
}

int viz_store_end_run(struct viz_store *store, int64_t run, enum viz_run_state state,
                      int64_t ended_ns, const char *delivered, struct viz_error *err)
{
    return store->backend->end_run(store, run, state, ended_ns, delivered, err);
}

int viz_store_add_stream(struct viz_store *store, int64_t run,
                         const struct viz_run_stream *stream, int64_t *id,
                         struct viz_error *err)
{
    return store->backend->add_stream(store, run, stream, id, err);
}

int viz_store_add_segment(struct viz_store *store, int64_t stream, const char *reason,
                          int64_t started_ns, int64_t *id, struct viz_error *err)
{
    return store->backend->add_segment(store, stream, reason, started_ns, id, err);
}

int viz_store_begin(struct viz_store *store, struct viz_error *err)
{
    return store->backend->begin(store, err);
}

int viz_store_begin_read(struct viz_store *store, struct viz_error *err)
{
    return store->backend->begin_read(store, err);
}

int viz_store_put(struct viz_store *store, int64_t run,
                  const struct viz_run_sample *sample, struct viz_error *err)
{
    return store->backend->put(store, run, sample, err);
}

int viz_store_commit(struct viz_store *store, struct viz_error *err)
{
    return store->backend->commit(store, err);
}

void viz_store_rollback(struct viz_store *store)
{
    store->backend->rollback(store);
}

int viz_store_annotate(struct viz_store *store, int64_t run,
                       const struct viz_annotation *annotation, int64_t *id,
                       struct viz_error *err)
{
    return store->backend->annotate(store, run, annotation, id, err);
}

int viz_store_unannotate(struct viz_store *store, int64_t run, int64_t id,
                         struct viz_error *err)
{
    return store->backend->unannotate(store, run, id, err);
}

int viz_store_tag(struct viz_store *store, int64_t run, const char *tag,
                  struct viz_error *err)
{
    return store->backend->tag(store, run, tag, err);
}

int viz_store_untag(struct viz_store *store, int64_t run, const char *tag,
                    struct viz_error *err)
{
    return store->backend->untag(store, run, tag, err);
}

int viz_store_delete(struct viz_store *store, int64_t run, struct viz_error *err)
{
    return store->backend->delete (store, run, err);
}

int viz_store_runs(struct viz_store *store, const struct viz_run_filter *filter,
                   int (*each)(void *context, const struct viz_run *run), void *context,
                   struct viz_error *err)
{
    return store->backend->runs(store, filter, each, context, err);
}

int viz_store_find(struct viz_store *store, const char *selector, int64_t *id,
                   int (*candidate)(void *context, const struct viz_run *run),
                   void *context, struct viz_error *err)
{
    return store->backend->find(store, selector, id, candidate, context, err);
}

int viz_store_run(struct viz_store *store, int64_t id,
                  int (*each)(void *context, const struct viz_run *run), void *context,
                  struct viz_error *err)
{
    return store->backend->run(store, id, each, context, err);
}

int viz_store_streams(struct viz_store *store, int64_t run,
                      int (*each)(void *context,
                                  const struct viz_stored_stream *stream),
                      void *context, struct viz_error *err)
{
    return store->backend->streams(store, run, each, context, err);
}

int viz_store_segments(struct viz_store *store, int64_t run,
                       int (*each)(void *context,
                                   const struct viz_stored_segment *segment),
                       void *context, struct viz_error *err)
{
    return store->backend->segments(store, run, each, context, err);
}

int viz_store_annotations(struct viz_store *store, int64_t run,
                          int (*each)(void *context,
                                      const struct viz_annotation *annotation),
                          void *context, struct viz_error *err)
{
    return store->backend->annotations(store, run, each, context, err);
}

int viz_store_read(struct viz_store *store, int64_t run, int64_t stream,
                   struct viz_cursor **out, struct viz_error *err)
{
    *out = NULL;
    return store->backend->read(store, run, stream, out, err);
}

int viz_store_read_between(struct viz_store *store, int64_t run, int64_t stream,
                           uint64_t first, uint64_t last, struct viz_cursor **out,
                           struct viz_error *err)
{
    *out = NULL;
    return store->backend->read_between(store, run, stream, first, last, out, err);
}

int viz_store_overview_end(struct viz_store *store, int64_t run, uint64_t *seq,
                           struct viz_error *err)
{
    return store->backend->overview_end(store, run, seq, err);
}

int viz_store_overview(struct viz_store *store, int64_t run, int64_t stream,
                       int (*each)(void *context,
                                   const struct viz_overview_chunk *chunk),
                       void *context, struct viz_error *err)
{
    return store->backend->overview(store, run, stream, each, context, err);
}

int viz_store_overview_entries(struct viz_store *store, int64_t run, int64_t stream,
                               uint64_t row, unsigned *level, const uint32_t *channel,
                               struct viz_pyramid_level *out, struct viz_error *err)
{
    int ret = viz_check_cancelled(store->cancelled, err);
    if (ret < 0)
        return ret;
    return store->backend->overview_entries(store, run, stream, row, level, channel,
                                            out, err);
}

int viz_store_make_overview(struct viz_store *store, int64_t run, struct viz_error *err)
{
    return store->backend->make_overview(store, run, err);
}

int viz_cursor_next(struct viz_cursor *cursor, struct viz_run_sample *out,
                    struct viz_error *err)
{
    int ret = viz_check_cancelled(cursor->cancelled, err);
    return ret < 0 ? ret : cursor->backend->next(cursor, out, err);
}

void viz_cursor_close(struct viz_cursor *cursor)
{
    if (cursor)
        cursor->backend->end(cursor);
}
