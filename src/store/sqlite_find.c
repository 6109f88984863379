/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which run a selector means. */
#include "sqlite.h"

#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define PREFIX_MIN 4

/* The runs that a condition with one text picks, newest first. */
static int pick(struct viz_sqlite *s, const char *condition, const char *value,
                sqlite3_stmt **out, struct viz_error *err)
{
    char sql[256];
    sqlite3_snprintf(sizeof(sql), sql,
                     "SELECT id FROM run WHERE state <> 'deleted' AND %s"
                     " ORDER BY started_ns DESC, id DESC",
                     condition);
    int ret = viz_sqlite_prepare(s, sql, out, err);
    if (!ret)
        viz_sqlite_bind_text(*out, 1, value);
    return ret;
}

/* How many it picks, the newest in *id. */
static int count_picked(struct viz_sqlite *s, const char *condition, const char *value,
                        int64_t *id, uint64_t *picked, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = pick(s, condition, value, &stmt, err);
    *picked = 0;
    if (ret < 0)
        return ret;
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1)
        if (!(*picked)++)
            *id = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return ret;
}

static int hand_out(struct viz_sqlite *s, const char *condition, const char *value,
                    viz_run_callback *candidate, void *context, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = pick(s, condition, value, &stmt, err);
    if (ret < 0)
        return ret;
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1) {
        ret = viz_sqlite_run(&s->store, sqlite3_column_int64(stmt, 0), candidate,
                             context, err);
        if (ret)
            break;
    }
    sqlite3_finalize(stmt);
    return ret;
}

/* What a selector may mean, in this order; the first condition that picks anything
 * counts. */
struct meaning {
    const char *condition, *value;
};

static bool is_uuid_prefix(const char *selector)
{
    size_t length = strlen(selector);
    return length >= PREFIX_MIN &&
           strspn(selector, "0123456789abcdefABCDEF-") == length;
}

static unsigned meanings_of(const char *selector, struct meaning out[3])
{
    static const char tag[] = "tag:";
    unsigned n = 0;
    uint64_t number;
    if (!strcmp(selector, "@latest")) {
        out[n++] = (struct meaning){"id = (SELECT id FROM run WHERE state <> 'deleted'"
                                    " ORDER BY started_ns DESC, id DESC LIMIT 1)",
                                    NULL};
        return n;
    }
    if (!strncmp(selector, tag, strlen(tag))) {
        out[n++] = (struct meaning){"id IN (SELECT run FROM tag WHERE tag.name = ?)",
                                    selector + strlen(tag)};
        return n;
    }
    if (viz_text_unsigned(selector, &number) && number <= INT64_MAX)
        out[n++] = (struct meaning){"id = CAST(? AS INTEGER)", selector};
    out[n++] = (struct meaning){"name = ?", selector};
    if (is_uuid_prefix(selector))
        out[n++] =
            (struct meaning){"substr(uuid, 1, length(?1)) = lower(?1)", selector};
    return n;
}

static int ambiguous(struct viz_sqlite *s, const char *selector, uint64_t picked,
                     const struct meaning *meaning, viz_run_callback *candidate,
                     void *context, struct viz_error *err)
{
    if (candidate) {
        int ret =
            hand_out(s, meaning->condition, meaning->value, candidate, context, err);
        if (ret < 0)
            return ret;
    }
    return viz_fail(err, -ENOTUNIQ, "\"%s\" may be any of %" PRIu64 " runs", selector,
                    picked);
}

int viz_sqlite_find(struct viz_store *store, const char *selector, int64_t *id,
                    viz_run_callback *candidate, void *context, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    struct meaning meaning[3];
    unsigned meanings = meanings_of(selector, meaning);
    for (unsigned i = 0; i < meanings; i++) {
        uint64_t picked;
        int ret =
            count_picked(s, meaning[i].condition, meaning[i].value, id, &picked, err);
        if (ret < 0)
            return ret;
        if (picked == 1)
            return 0;
        if (picked)
            return ambiguous(s, selector, picked, &meaning[i], candidate, context, err);
    }
    return viz_fail(err, -ENOENT, "%s has no run \"%s\"", s->path, selector);
}
