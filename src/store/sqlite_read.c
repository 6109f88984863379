/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schema.h"
#include "sqlite.h"

#include <viz/alloc.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which fill_run() takes them. */
#define RUN_COLUMNS                                                                    \
    "run.id, uuid, name, description, origin, host, firmware, machine, flags,"         \
    " requested, delivered,"                                                           \
    " (SELECT group_concat(t.name, ',') FROM"                                          \
    "  (SELECT name FROM tag WHERE tag.run = run.id ORDER BY name) AS t),"             \
    " started_ns, ended_ns, seen_ns, " VIZ_SQL_STATE ", samples,"                      \
    " (SELECT count(*) FROM stream WHERE stream.run = run.id),"                        \
    " (SELECT count(*) FROM segment JOIN stream ON stream.id = segment.stream"         \
    "  WHERE stream.run = run.id)"

static const char *text(sqlite3_stmt *stmt, int column)
{
    const char *value = (const char *)sqlite3_column_text(stmt, column);
    return value ? value : "";
}

static enum viz_run_state state_of(const char *name)
{
    if (!strcmp(name, "complete"))
        return VIZ_RUN_COMPLETE;
    return strcmp(name, "recording") ? VIZ_RUN_INTERRUPTED : VIZ_RUN_RECORDING;
}

static void fill_run(sqlite3_stmt *stmt, struct viz_run *run)
{
    const char **const texts[] = {
        &run->uuid,      &run->name,      &run->description, &run->origin,
        &run->host,      &run->firmware,  &run->machine,     &run->flags,
        &run->requested, &run->delivered, &run->tags,
    };
    run->id = sqlite3_column_int64(stmt, 0);
    for (int i = 0; i < 11; i++)
        *texts[i] = text(stmt, 1 + i);
    run->started_ns = sqlite3_column_int64(stmt, 12);
    run->ended_ns = sqlite3_column_int64(stmt, 13);
    run->seen_ns = sqlite3_column_int64(stmt, 14);
    run->state = state_of(text(stmt, 15));
    run->samples = (uint64_t)sqlite3_column_int64(stmt, 16);
    run->streams = (uint32_t)sqlite3_column_int64(stmt, 17);
    run->segments = (uint32_t)sqlite3_column_int64(stmt, 18);
}

/* Hands out every row of @stmt and finalizes it. */
static int each_run(struct viz_sqlite *s, sqlite3_stmt *stmt, viz_run_callback *each,
                    void *context, struct viz_error *err)
{
    struct viz_run run;
    int ret;
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1) {
        fill_run(stmt, &run);
        ret = each(context, &run);
        if (ret)
            break;
    }
    sqlite3_finalize(stmt);
    return ret;
}

static void bind_or_null(sqlite3_stmt *stmt, int at, const char *value)
{
    if (value)
        viz_sqlite_bind_text(stmt, at, value);
}

int viz_sqlite_runs(struct viz_store *store, const struct viz_run_filter *filter,
                    viz_run_callback *each, void *context, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    static const struct viz_run_filter all;
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s,
        "SELECT " RUN_COLUMNS " FROM run WHERE state <> 'deleted'"
        " AND (?1 IS NULL OR EXISTS"
        "  (SELECT 1 FROM tag WHERE tag.run = run.id AND tag.name = ?1))"
        " AND (?2 IS NULL OR instr(lower(name), lower(?2)))"
        " AND (?3 IS NULL OR instr(lower(host), lower(?3)))"
        " AND (?4 = 0 OR started_ns >= ?4) AND (?5 = 0 OR started_ns < ?5)"
        " ORDER BY started_ns DESC, id DESC LIMIT ?6",
        &stmt, err);
    if (ret < 0)
        return ret;
    if (!filter)
        filter = &all;
    bind_or_null(stmt, 1, filter->tag);
    bind_or_null(stmt, 2, filter->name);
    bind_or_null(stmt, 3, filter->host);
    sqlite3_bind_int64(stmt, 4, filter->from_ns);
    sqlite3_bind_int64(stmt, 5, filter->to_ns);
    sqlite3_bind_int64(stmt, 6, filter->limit ? (int64_t)filter->limit : -1);
    return each_run(s, stmt, each, context, err);
}

static int no_run(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    return viz_fail(err, -ENOENT, "%s: there is no run %" PRId64, s->path, run);
}

int viz_sqlite_run(struct viz_store *store, int64_t id, viz_run_callback *each,
                   void *context, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    struct viz_run run;
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s, "SELECT " RUN_COLUMNS " FROM run WHERE id = ? AND state <> 'deleted'", &stmt,
        err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, id);
    ret = viz_sqlite_step(s, stmt, err);
    if (ret == 1) {
        fill_run(stmt, &run);
        ret = each(context, &run);
    } else if (!ret) {
        ret = no_run(s, id, err);
    }
    sqlite3_finalize(stmt);
    return ret;
}

static int ignore_run(void *context, const struct viz_run *run)
{
    (void)context;
    (void)run;
    return 0;
}

static int for_run(struct viz_sqlite *s, const char *sql, int64_t run,
                   sqlite3_stmt **out, struct viz_error *err)
{
    int ret = viz_sqlite_run(&s->store, run, ignore_run, NULL, err);
    if (!ret)
        ret = viz_sqlite_prepare(s, sql, out, err);
    if (!ret)
        sqlite3_bind_int64(*out, 1, run);
    return ret;
}

/* The channels of a stream, names and units in one piece of memory with them. */
static int read_channels(struct viz_sqlite *s, int64_t stream,
                         struct viz_run_channel **out, uint32_t *channels,
                         struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s,
        "SELECT name, unit, count(*) OVER (),"
        " sum(length(CAST(name AS BLOB)) + length(CAST(unit AS BLOB)) + 2) OVER ()"
        " FROM channel WHERE stream = ? ORDER BY number",
        &stmt, err);
    *out = NULL;
    *channels = 0;
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, stream);
    char *at = NULL;
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1) {
        if (!*out) {
            size_t head =
                (size_t)sqlite3_column_int64(stmt, 2) * sizeof(struct viz_run_channel);
            *out = viz_zalloc(head + (size_t)sqlite3_column_int64(stmt, 3));
            at = (char *)*out + head;
        }
        struct viz_run_channel *channel = &(*out)[(*channels)++];
        channel->name = at;
        at = stpcpy(at, text(stmt, 0)) + 1;
        channel->unit = at;
        at = stpcpy(at, text(stmt, 1)) + 1;
    }
    sqlite3_finalize(stmt);
    return ret;
}

static int each_stream(struct viz_sqlite *s, sqlite3_stmt *stmt,
                       viz_stream_callback *each, void *context, struct viz_error *err)
{
    struct viz_run_channel *channel;
    struct viz_stored_stream stream = {
        .id = sqlite3_column_int64(stmt, 0),
        .stream = {.name = text(stmt, 1),
                   .source = text(stmt, 2),
                   .form = strcmp(text(stmt, 3), "values") ? VIZ_FORM_LIGHTWAVE
                                                           : VIZ_FORM_VALUES,
                   .requested_hz = sqlite3_column_double(stmt, 4)},
        .samples = (uint64_t)sqlite3_column_int64(stmt, 5),
        .segments = (uint32_t)sqlite3_column_int64(stmt, 6),
    };
    int ret = read_channels(s, stream.id, &channel, &stream.stream.channels, err);
    stream.stream.channel = channel;
    if (!ret)
        ret = each(context, &stream);
    free(channel);
    return ret;
}

int viz_sqlite_streams(struct viz_store *store, int64_t run, viz_stream_callback *each,
                       void *context, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    sqlite3_stmt *stmt;
    int ret = for_run(s,
                      "SELECT id, name, source, form, requested_hz,"
                      " (SELECT sum(samples) FROM segment WHERE stream = stream.id),"
                      " (SELECT count(*) FROM segment WHERE stream = stream.id)"
                      " FROM stream WHERE run = ? ORDER BY id",
                      run, &stmt, err);
    if (ret < 0)
        return ret;
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1) {
        ret = each_stream(s, stmt, each, context, err);
        if (ret)
            break;
    }
    sqlite3_finalize(stmt);
    return ret;
}

int viz_sqlite_segments(struct viz_store *store, int64_t run,
                        viz_segment_callback *each, void *context,
                        struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    sqlite3_stmt *stmt;
    int ret = for_run(s,
                      "SELECT segment.id, stream, reason, started_ns, samples"
                      " FROM segment JOIN stream ON stream.id = segment.stream"
                      " WHERE run = ? ORDER BY segment.id",
                      run, &stmt, err);
    if (ret < 0)
        return ret;
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1) {
        struct viz_stored_segment segment = {
            .id = sqlite3_column_int64(stmt, 0),
            .stream = sqlite3_column_int64(stmt, 1),
            .reason = text(stmt, 2),
            .started_ns = sqlite3_column_int64(stmt, 3),
            .samples = (uint64_t)sqlite3_column_int64(stmt, 4),
        };
        ret = each(context, &segment);
        if (ret)
            break;
    }
    sqlite3_finalize(stmt);
    return ret;
}

int viz_sqlite_annotations(struct viz_store *store, int64_t run,
                           viz_annotation_callback *each, void *context,
                           struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    sqlite3_stmt *stmt;
    int ret = for_run(s,
                      "SELECT stream, from_ns, to_ns, text, author, exclude, id"
                      " FROM annotation WHERE run = ? ORDER BY from_ns, id",
                      run, &stmt, err);
    if (ret < 0)
        return ret;
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1) {
        struct viz_annotation annotation = {
            .stream = sqlite3_column_int64(stmt, 0),
            .from_ns = sqlite3_column_int64(stmt, 1),
            .to_ns = sqlite3_column_int64(stmt, 2),
            .text = text(stmt, 3),
            .author = text(stmt, 4),
            .exclude = sqlite3_column_int(stmt, 5),
            .id = sqlite3_column_int64(stmt, 6),
        };
        ret = each(context, &annotation);
        if (ret)
            break;
    }
    sqlite3_finalize(stmt);
    return ret;
}
