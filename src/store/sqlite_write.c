/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that is written and is no sample. */
#include "sqlite.h"

#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define UUID_TEXT 37

/* Samples that one transaction deletes: others who write get their turn in between. */
#define DELETE_BATCH "65536"
#define OVERVIEW_BATCH "256" /* some hundred kilobytes each at most */

static const char *const state_name[] = {
    [VIZ_RUN_RECORDING] = "recording",
    [VIZ_RUN_COMPLETE] = "complete",
    [VIZ_RUN_INTERRUPTED] = "interrupted",
};

/* Version 4, of random bits. */
static void make_uuid(char out[UUID_TEXT])
{
    uint8_t b[16];
    viz_assert(getrandom(b, sizeof(b), 0) == (ssize_t)sizeof(b));
    b[6] = 0x40 | (b[6] & 0x0f);
    b[8] = 0x80 | (b[8] & 0x3f);
    for (int i = 0, at = 0; i < 16; i++)
        at += snprintf(out + at, UUID_TEXT - (size_t)at, "%s%02x",
                       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
}

static int check_text(const char *what, const char *text, struct viz_error *err)
{
    if (!text || viz_text_is_utf8(text))
        return 0;
    return viz_fail(err, -EINVAL, "the %s must be UTF-8", what);
}

/* "" is no name at all, blanks alone look like one and cannot be asked for. */
static int check_name(const char *what, const char *text, struct viz_error *err)
{
    int ret = check_text(what, text, err);
    if (!ret && text && text[0] && viz_text_is_blank(text))
        ret = viz_fail(err, -EINVAL,
                       "the %s must not be of blanks alone, and is \"%.60s\"", what,
                       text);
    return ret;
}

static int check_texts(const struct viz_run_new *run, struct viz_error *err)
{
    int ret = check_name("name of a run", run->name, err);
    if (!ret)
        ret = check_text("description of a run", run->description, err);
    for (uint32_t i = 0; !ret && i < run->tag_count; i++)
        ret = check_name("tag of a run", run->tags[i], err);
    return ret;
}

/* A statement that is done in one step. */
static int run_statement(struct viz_sqlite *s, sqlite3_stmt *stmt,
                         struct viz_error *err)
{
    int ret = viz_sqlite_step(s, stmt, err);
    sqlite3_finalize(stmt);
    return ret < 0 ? ret : 0;
}

static int for_run(struct viz_sqlite *s, const char *sql, int64_t run,
                   struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(s, sql, &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    return run_statement(s, stmt, err);
}

static int outside_only(struct viz_sqlite *s, struct viz_error *err)
{
    if (sqlite3_get_autocommit(s->db))
        return 0;
    return viz_fail(err, -EINVAL, "%s: a transaction of samples is open", s->path);
}

/* After an update that names a run. */
static int must_have_changed(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    if (sqlite3_changes(s->db))
        return 0;
    return viz_fail(err, -ENOENT, "%s: there is no run %" PRId64, s->path, run);
}

static int insert_run(struct viz_sqlite *s, const struct viz_run_new *run, int64_t *id,
                      struct viz_error *err)
{
    const char *const text[] = {
        run->name,     run->description, run->origin, run->host,
        run->firmware, run->machine,     run->flags,  run->requested,
    };
    char uuid[UUID_TEXT];
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s,
        "INSERT INTO run (uuid, started_ns, name, description, origin, host, firmware,"
        " machine, flags, requested, delivered, seen_ns, state)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, '', max(?2, ?11), "
        "'recording')",
        &stmt, err);
    if (ret < 0)
        return ret;
    make_uuid(uuid);
    viz_sqlite_bind_text(stmt, 1, uuid);
    sqlite3_bind_int64(stmt, 2, run->started_ns);
    for (int i = 0; i < 8; i++)
        viz_sqlite_bind_text(stmt, 3 + i, text[i]);
    sqlite3_bind_int64(stmt, 11, viz_sqlite_now_ns());
    ret = run_statement(s, stmt, err);
    *id = sqlite3_last_insert_rowid(s->db);
    return ret;
}

static int insert_tag(struct viz_sqlite *s, int64_t run, const char *tag,
                      struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret =
        viz_sqlite_prepare(s, "INSERT OR IGNORE INTO tag VALUES (?, ?)", &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    viz_sqlite_bind_text(stmt, 2, tag);
    return run_statement(s, stmt, err);
}

static int insert_tags(struct viz_sqlite *s, const struct viz_run_new *run, int64_t id,
                       struct viz_error *err)
{
    int ret = 0;
    for (uint32_t i = 0; !ret && i < run->tag_count; i++)
        if (run->tags[i] && run->tags[i][0])
            ret = insert_tag(s, id, run->tags[i], err);
    return ret;
}

int viz_sqlite_begin_run(struct viz_store *store, const struct viz_run_new *run,
                         int64_t *id, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = check_texts(run, err);
    if (!ret)
        ret = viz_sqlite_own(s, true, &own, err);
    if (ret < 0)
        return ret;
    ret = insert_run(s, run, id, err);
    if (!ret)
        ret = insert_tags(s, run, *id, err);
    ret = viz_sqlite_done(s, own, ret, err);
    if (ret)
        return ret;
    s->run = *id;
    s->run_is_new = !own;
    if (!own)
        s->synced_ns = 0; /* the next commit is to the disk */
    return 0;
}

static int write_end(struct viz_sqlite *s, int64_t run, enum viz_run_state state,
                     int64_t ended_ns, const char *delivered, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s,
        "UPDATE run SET state = ?1, delivered = coalesce(?2, delivered), ended_ns = ?3"
        " WHERE id = ?4 AND state <> 'deleted'",
        &stmt, err);
    if (ret < 0)
        return ret;
    viz_sqlite_bind_text(stmt, 1, state_name[state]);
    if (delivered)
        viz_sqlite_bind_text(stmt, 2, delivered);
    sqlite3_bind_int64(stmt, 3, ended_ns);
    sqlite3_bind_int64(stmt, 4, run);
    ret = run_statement(s, stmt, err);
    return ret < 0 ? ret : must_have_changed(s, run, err);
}

int viz_sqlite_end_run(struct viz_store *store, int64_t run, enum viz_run_state state,
                       int64_t ended_ns, const char *delivered, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = outside_only(s, err);
    if (!ret)
        ret = viz_sqlite_own(s, true, &own, err);
    if (ret < 0)
        return ret;
    ret = write_end(s, run, state, ended_ns, delivered, err);
    if (!ret)
        ret = viz_sqlite_overview_close(s, run, err);
    ret = viz_sqlite_done(s, own, ret, err);
    if (!ret && s->run == run)
        s->run = 0;
    return ret;
}

static int insert_channels(struct viz_sqlite *s, const struct viz_run_stream *stream,
                           int64_t id, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret =
        viz_sqlite_prepare(s, "INSERT INTO channel VALUES (?, ?, ?, ?)", &stmt, err);
    if (ret < 0)
        return ret;
    for (uint32_t i = 0; !ret && i < stream->channels; i++) {
        sqlite3_bind_int64(stmt, 1, id);
        sqlite3_bind_int64(stmt, 2, i);
        viz_sqlite_bind_text(stmt, 3, stream->channel[i].name);
        viz_sqlite_bind_text(stmt, 4, stream->channel[i].unit);
        ret = viz_sqlite_step(s, stmt, err);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return ret;
}

static int insert_stream(struct viz_sqlite *s, int64_t run,
                         const struct viz_run_stream *stream, int64_t *id,
                         struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret =
        viz_sqlite_prepare(s,
                           "INSERT INTO stream (run, name, source, form, requested_hz)"
                           " VALUES (?, ?, ?, ?, ?)",
                           &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    viz_sqlite_bind_text(stmt, 2, stream->name);
    viz_sqlite_bind_text(stmt, 3, stream->source);
    viz_sqlite_bind_text(stmt, 4,
                         stream->form == VIZ_FORM_LIGHTWAVE ? "lightwave" : "values");
    sqlite3_bind_double(stmt, 5,
                        isfinite(stream->requested_hz) ? stream->requested_hz : 0);
    ret = run_statement(s, stmt, err);
    *id = sqlite3_last_insert_rowid(s->db);
    if (ret == -EEXIST)
        return viz_fail(err, ret, "%s: run %" PRId64 " has a stream \"%s\" already",
                        s->path, run, stream->name);
    if (ret == -ENOENT)
        return viz_fail(err, ret, "%s: there is no run %" PRId64, s->path, run);
    return ret;
}

int viz_sqlite_add_stream(struct viz_store *store, int64_t run,
                          const struct viz_run_stream *stream, int64_t *id,
                          struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = viz_sqlite_own(s, false, &own, err);
    if (ret < 0)
        return ret;
    ret = insert_stream(s, run, stream, id, err);
    if (!ret && stream->form == VIZ_FORM_VALUES)
        ret = insert_channels(s, stream, *id, err);
    return viz_sqlite_done(s, own, ret, err);
}

static int insert_segment(struct viz_sqlite *s, int64_t stream, const char *reason,
                          int64_t started_ns, int64_t *id, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s,
        "INSERT INTO segment (stream, number, reason, started_ns) VALUES (?1,"
        " (SELECT coalesce(max(number) + 1, 0) FROM segment WHERE stream = ?1), ?2, "
        "?3)",
        &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, stream);
    viz_sqlite_bind_text(stmt, 2, reason);
    sqlite3_bind_int64(stmt, 3, started_ns);
    ret = run_statement(s, stmt, err);
    *id = sqlite3_last_insert_rowid(s->db);
    if (ret == -ENOENT)
        return viz_fail(err, ret, "%s: there is no stream %" PRId64, s->path, stream);
    return ret;
}

int viz_sqlite_add_segment(struct viz_store *store, int64_t stream, const char *reason,
                           int64_t started_ns, int64_t *id, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = viz_sqlite_own(s, false, &own, err);
    if (ret < 0)
        return ret;
    ret = insert_segment(s, stream, reason, started_ns, id, err);
    return viz_sqlite_done(s, own, ret, err);
}

/* A run that is being deleted is still in the table, and is none. */
static int must_be_there(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s, "SELECT 1 FROM run WHERE id = ? AND state <> 'deleted'", &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    ret = viz_sqlite_step(s, stmt, err);
    sqlite3_finalize(stmt);
    if (ret)
        return ret < 0 ? ret : 0;
    return viz_fail(err, -ENOENT, "%s: there is no run %" PRId64, s->path, run);
}

/* Begins what changes @run, which must be there. 0: viz_sqlite_done() ends it. */
static int own_run(struct viz_sqlite *s, int64_t run, bool *own, struct viz_error *err)
{
    int ret = viz_sqlite_own(s, true, own, err);
    if (ret < 0)
        return ret;
    ret = must_be_there(s, run, err);
    return ret < 0 ? viz_sqlite_done(s, *own, ret, err) : 0;
}

static int insert_annotation(struct viz_sqlite *s, int64_t run,
                             const struct viz_annotation *annotation,
                             struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s,
        "INSERT INTO annotation (run, stream, from_ns, to_ns, text, author, exclude)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?2 IS NULL"
        " OR EXISTS (SELECT 1 FROM stream WHERE id = ?2 AND run = ?1)",
        &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    if (annotation->stream)
        sqlite3_bind_int64(stmt, 2, annotation->stream);
    sqlite3_bind_int64(stmt, 3, annotation->from_ns);
    sqlite3_bind_int64(stmt, 4, annotation->to_ns);
    viz_sqlite_bind_text(stmt, 5, annotation->text);
    viz_sqlite_bind_text(stmt, 6, annotation->author);
    sqlite3_bind_int(stmt, 7, annotation->exclude);
    ret = run_statement(s, stmt, err);
    if (!ret && !sqlite3_changes(s->db))
        return viz_fail(err, -ENOENT,
                        "%s: there is no run %" PRId64 " with a stream %" PRId64,
                        s->path, run, annotation->stream);
    return ret;
}

static int check_annotation(const struct viz_annotation *annotation,
                            struct viz_error *err)
{
    if (annotation->to_ns < annotation->from_ns)
        return viz_fail(err, -EINVAL, "an annotation must not end before it begins");
    int ret = check_text("text of an annotation", annotation->text, err);
    return ret < 0 ? ret
                   : check_text("author of an annotation", annotation->author, err);
}

int viz_sqlite_annotate(struct viz_store *store, int64_t run,
                        const struct viz_annotation *annotation, int64_t *id,
                        struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = check_annotation(annotation, err);
    if (!ret)
        ret = own_run(s, run, &own, err);
    if (ret < 0)
        return ret;
    ret = insert_annotation(s, run, annotation, err);
    if (!ret && id)
        *id = sqlite3_last_insert_rowid(s->db);
    return viz_sqlite_done(s, own, ret, err);
}

static int delete_annotation(struct viz_sqlite *s, int64_t run, int64_t id,
                             struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(s, "DELETE FROM annotation WHERE run = ? AND id = ?",
                                 &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    sqlite3_bind_int64(stmt, 2, id);
    ret = run_statement(s, stmt, err);
    if (!ret && !sqlite3_changes(s->db))
        ret = viz_fail(err, -ENOENT, "%s: run %" PRId64 " has no annotation %" PRId64,
                       s->path, run, id);
    return ret;
}

int viz_sqlite_unannotate(struct viz_store *store, int64_t run, int64_t id,
                          struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = own_run(s, run, &own, err);
    if (ret < 0)
        return ret;
    return viz_sqlite_done(s, own, delete_annotation(s, run, id, err), err);
}

int viz_sqlite_tag(struct viz_store *store, int64_t run, const char *tag,
                   struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = check_name("tag of a run", tag, err);
    if (!ret && !tag[0])
        ret = viz_fail(err, -EINVAL, "a tag must not be empty");
    if (!ret)
        ret = own_run(s, run, &own, err);
    if (ret < 0)
        return ret;
    return viz_sqlite_done(s, own, insert_tag(s, run, tag, err), err);
}

static int delete_tag(struct viz_sqlite *s, int64_t run, const char *tag,
                      struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret =
        viz_sqlite_prepare(s, "DELETE FROM tag WHERE run = ? AND name = ?", &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    viz_sqlite_bind_text(stmt, 2, tag);
    return run_statement(s, stmt, err);
}

int viz_sqlite_untag(struct viz_store *store, int64_t run, const char *tag,
                     struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = own_run(s, run, &own, err);
    if (ret < 0)
        return ret;
    return viz_sqlite_done(s, own, delete_tag(s, run, tag, err), err);
}

/* From here on nobody sees the run any more. */
static int hide(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    bool own;
    int ret = viz_sqlite_own(s, true, &own, err);
    if (ret < 0)
        return ret;
    ret = for_run(
        s, "UPDATE run SET state = 'deleted' WHERE id = ? AND state <> 'deleted'", run,
        err);
    if (!ret)
        ret = must_have_changed(s, run, err);
    if (!ret)
        ret = for_run(s, "DELETE FROM annotation WHERE run = ?", run, err);
    if (!ret)
        ret = for_run(s, "DELETE FROM stream WHERE run = ?", run, err);
    return viz_sqlite_done(s, own, ret, err);
}

/* A hidden run, 0 when there is none. */
static int find_hidden(struct viz_sqlite *s, int64_t *run, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(
        s, "SELECT id FROM run WHERE state = 'deleted' LIMIT 1", &stmt, err);
    if (ret < 0)
        return ret;
    ret = viz_sqlite_step(s, stmt, err);
    *run = ret == 1 ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return ret < 0 ? ret : 0;
}

/* One batch of @run's overview. 1: there was one. */
static int sweep_overview(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    int ret = for_run(s,
                      "DELETE FROM overview_entries WHERE run = ?1 AND (stream, level,"
                      " row) IN (SELECT stream, level, row FROM overview_entries"
                      " WHERE run = ?1 LIMIT " OVERVIEW_BATCH ")",
                      run, err);
    if (!ret && !sqlite3_changes(s->db))
        ret = for_run(s, "DELETE FROM overview WHERE run = ?", run, err);
    return ret < 0 ? ret : sqlite3_changes(s->db) > 0;
}

/* One batch of @run's overview or samples, or @run itself once it has none. */
static int sweep(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    bool own;
    int ret = viz_sqlite_own(s, false, &own, err);
    if (ret < 0)
        return ret;
    ret = sweep_overview(s, run, err);
    if (ret)
        return viz_sqlite_done(s, own, ret, err);
    ret = for_run(s,
                  "DELETE FROM sample WHERE run = ?1 AND seq < " DELETE_BATCH
                  " + (SELECT min(seq) FROM sample WHERE run = ?1)",
                  run, err);
    if (!ret && !sqlite3_changes(s->db))
        ret = for_run(s, "DELETE FROM run WHERE id = ?", run, err);
    return viz_sqlite_done(s, own, ret, err);
}

/* Runs that an earlier deletion left behind when it was killed go too. */
int viz_sqlite_delete(struct viz_store *store, int64_t run, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    int ret = outside_only(s, err);
    viz_sqlite_overview_forget(s);
    if (!ret)
        ret = hide(s, run, err);
    if (!ret)
        ret = find_hidden(s, &run, err);
    while (!ret && run) {
        ret = sweep(s, run, err);
        if (ret >= 0)
            ret = find_hidden(s, &run, err);
    }
    return ret;
}
