/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sqlite.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* A commit that asks the disk whether it has everything, at least so often. */
#define SYNC_NS 5000000000LL

/* What the system said below SQLite's own code. */
static bool no_space(struct viz_sqlite *s)
{
    int code = sqlite3_system_errno(s->db);
    return code == ENOSPC || code == EDQUOT;
}

static bool no_files(struct viz_sqlite *s)
{
    int code = sqlite3_system_errno(s->db);
    return code == EMFILE || code == ENFILE;
}

static int errno_of(struct viz_sqlite *s)
{
    if (sqlite3_extended_errcode(s->db) == SQLITE_READONLY_DBMOVED)
        return -ESTALE;
    switch (sqlite3_errcode(s->db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return -EBUSY;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CANTOPEN:
        if (no_files(s))
            return -EMFILE;
        return no_space(s) ? -ENOSPC : -EACCES;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_NOTADB:
        return -EPROTO;
    case SQLITE_CORRUPT:
        return -EBADMSG;
    case SQLITE_IOERR:
        return no_space(s) ? -ENOSPC : -EIO;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_CONSTRAINT:
        return sqlite3_extended_errcode(s->db) == SQLITE_CONSTRAINT_FOREIGNKEY
                   ? -ENOENT
                   : -EEXIST;
    default:
        return -EINVAL;
    }
}

static const char *meaning(int code)
{
    switch (code) {
    case -EBUSY:
        return "another process has been writing for too long";
    case -ENOSPC:
        return "the disk is full";
    case -EROFS:
        return "it cannot be written";
    case -EMFILE:
        return "too many files are open";
    case -EACCES:
        return "it cannot be opened";
    case -EBADMSG:
        return "it is damaged";
    case -EPROTO:
        return "it is no store of runs";
    case -ESTALE:
        return "it was replaced or removed while it was written";
    default:
        return NULL;
    }
}

int viz_sqlite_fail(struct viz_sqlite *s, struct viz_error *err)
{
    int code = errno_of(s);
    const char *why = meaning(code);
    if (!why)
        return viz_fail(err, code, "%s: %s", s->path, sqlite3_errmsg(s->db));
    return viz_fail(err, code, "%s: %s (%s)", s->path, why, sqlite3_errmsg(s->db));
}

int viz_sqlite_exec(struct viz_sqlite *s, const char *sql, struct viz_error *err)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return viz_sqlite_fail(s, err);
    return 0;
}

int viz_sqlite_prepare(struct viz_sqlite *s, const char *sql, sqlite3_stmt **out,
                       struct viz_error *err)
{
    if (sqlite3_prepare_v2(s->db, sql, -1, out, NULL) != SQLITE_OK)
        return viz_sqlite_fail(s, err);
    return 0;
}

int viz_sqlite_step(struct viz_sqlite *s, sqlite3_stmt *stmt, struct viz_error *err)
{
    switch (sqlite3_step(stmt)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return viz_sqlite_fail(s, err);
    }
}

void viz_sqlite_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
    sqlite3_bind_text(stmt, at, text ? text : "", -1, SQLITE_STATIC);
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int64_t viz_sqlite_now_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

static int64_t monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* With NORMAL a commit is in the kernel's hands and outlives the process; with FULL it
 * is on the disk, and with it all that went before. */
static int set_synchronous(struct viz_sqlite *s, bool full, struct viz_error *err)
{
    int ret = 0;
    if (full != s->full)
        ret = viz_sqlite_exec(
            s, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err);
    if (!ret)
        s->full = full;
    return ret;
}

int viz_sqlite_own(struct viz_sqlite *s, bool full, bool *own, struct viz_error *err)
{
    *own = sqlite3_get_autocommit(s->db);
    if (!*own)
        return 0;
    int ret = set_synchronous(s, full || monotonic_ns() - s->synced_ns >= SYNC_NS, err);
    return ret < 0 ? ret : viz_sqlite_exec(s, "BEGIN IMMEDIATE", err);
}

/* After a commit: whether it went into the file that the path names. Where it did not,
 * the log is emptied into the file that is open, wherever that is now: what was moved
 * away is whole, and what took its place is not mixed with a log of another file. */
static int check_place(struct viz_sqlite *s, struct viz_error *err)
{
    int moved = 0;
    sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (!moved)
        return 0;
    sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return viz_fail(err, -ESTALE,
                    "%s was replaced or removed while it was written: what was stored "
                    "since it was opened is not there",
                    s->path);
}

int viz_sqlite_done(struct viz_sqlite *s, bool own, int ret, struct viz_error *err)
{
    if (ret >= 0 && own)
        ret = viz_sqlite_exec(s, "COMMIT", err);
    if (ret >= 0 && own)
        ret = check_place(s, err);
    if (ret >= 0 && own && s->full)
        s->synced_ns = monotonic_ns();
    /* Of what has failed nothing may stay, whoever began it. */
    if (ret < 0)
        viz_sqlite_rollback(&s->store);
    return ret;
}
