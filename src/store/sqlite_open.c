/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "header.h"
#include "schema.h"
#include "sqlite.h"

#include <viz/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 10

#define HEADER_APPLICATION_ID 68 /* of the file format */

static int version_of(const struct viz_store *store)
{
    return ((const struct viz_sqlite *)store)->version;
}

/* What others commit changes the pragma, what this connection does the count. */
static uint64_t generation_of(struct viz_store *store)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    sqlite3_stmt *stmt;
    uint64_t others = 0;
    if (sqlite3_prepare_v2(s->db, "PRAGMA data_version", -1, &stmt, NULL) ==
            SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        others = (uint64_t)sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return (others << 40) + (uint64_t)sqlite3_total_changes64(s->db);
}

static void close_store(struct viz_store *store)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    viz_sqlite_finish_writing(s);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

static void set_patience(struct viz_store *store, int milliseconds)
{
    sqlite3_busy_timeout(viz_sqlite_of(store)->db, milliseconds);
}

static bool is_stale(struct viz_store *store);

static const struct viz_store_backend backend = {
    .close = close_store,
    .set_patience = set_patience,
    .is_stale = is_stale,
    .version = version_of,
    .generation = generation_of,
    .begin_run = viz_sqlite_begin_run,
    .end_run = viz_sqlite_end_run,
    .add_stream = viz_sqlite_add_stream,
    .add_segment = viz_sqlite_add_segment,
    .begin = viz_sqlite_begin,
    .begin_read = viz_sqlite_begin_read,
    .put = viz_sqlite_put,
    .commit = viz_sqlite_commit,
    .rollback = viz_sqlite_rollback,
    .annotate = viz_sqlite_annotate,
    .unannotate = viz_sqlite_unannotate,
    .tag = viz_sqlite_tag,
    .untag = viz_sqlite_untag,
    .delete = viz_sqlite_delete,
    .runs = viz_sqlite_runs,
    .find = viz_sqlite_find,
    .run = viz_sqlite_run,
    .streams = viz_sqlite_streams,
    .segments = viz_sqlite_segments,
    .annotations = viz_sqlite_annotations,
    .read = viz_sqlite_read,
    .read_between = viz_sqlite_read_between,
    .overview_end = viz_sqlite_overview_end,
    .overview = viz_sqlite_overview,
    .overview_entries = viz_sqlite_overview_entries,
    .make_overview = viz_sqlite_make_overview,
    .next = viz_sqlite_next,
    .end = viz_sqlite_end,
};

static int no_store(const char *path, struct viz_error *err)
{
    return viz_fail(err, -EPROTO, "%s is no store of runs", path);
}

/* Whether there can be a store at @path. 1: a file; 0: it is not there. */
static int look_at_path(const char *path, struct viz_error *err)
{
    struct stat found;
    if (stat(path, &found) < 0 && errno == ENOENT)
        return 0;
    if (stat(path, &found) < 0 || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0)
        return viz_fail(err, -errno, "%s: %s", path, strerror(errno));
    if (S_ISDIR(found.st_mode))
        return viz_fail(err, -EISDIR, "%s: %s", path, strerror(EISDIR));
    if (!S_ISREG(found.st_mode)) /* opening a pipe waits */
        return viz_fail(err, -EINVAL, "%s is no regular file", path);
    return 1;
}

/* Whose file it is, from its first bytes: a query may write to whatever it asks, such as
 * a log beside it, and another program's database is never touched. 1: ours; 0: empty. */
static int look_at_header(struct viz_sqlite *s, struct viz_error *err)
{
    uint8_t header[VIZ_SQLITE_HEADER];
    int64_t size = viz_sqlite_header(s->db, header);
    if (size < 0)
        return viz_fail(err, (int)size, "%s: it cannot be read", s->path);
    if (size == 0)
        return 0;
    const uint8_t *id = header + HEADER_APPLICATION_ID;
    if (!viz_sqlite_is_header(header, size))
        return no_store(s->path, err);
    if (((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 |
         id[3]) != VIZ_STORE_APPLICATION_ID)
        return viz_fail(err, -EPROTO,
                        "%s is no store of runs but another program's database",
                        s->path);
    return 1;
}

static int make_folders(const char *path, struct viz_error *err)
{
    char *folder = strdup(path);
    int ret = 0;
    viz_assert(folder);
    for (char *slash = strchr(folder + 1, '/'); slash && !ret;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(folder, 0777) < 0 && errno != EEXIST && errno != EISDIR) {
            int trouble = errno;
            struct stat stat_of;
            /* On a read-only file system mkdir may say so of a folder that is there. */
            if (stat(folder, &stat_of) < 0)
                ret = viz_fail(err, -trouble, "cannot make the folder %s: %s", folder,
                               strerror(trouble));
        }
        *slash = '/';
    }
    free(folder);
    return ret;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Each step of opening may find the store in use; together they have one patience. */
static int wait_for_others(void *context, int times)
{
    const struct viz_sqlite *s = context;
    (void)times;
    if (now_ns() >= s->deadline_ns)
        return 0;
    nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
    return 1;
}

static int read_number(struct viz_sqlite *s, const char *sql, int *out,
                       struct viz_error *err)
{
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_prepare(s, sql, &stmt, err);
    if (ret < 0)
        return ret;
    ret = viz_sqlite_step(s, stmt, err);
    if (ret == 1)
        *out = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return ret < 0 ? ret : 0;
}

static int no_version(struct viz_sqlite *s, struct viz_error *err)
{
    return viz_fail(err, -EPROTO,
                    "%s is no store of runs: there are none of version %d", s->path,
                    s->version);
}

static int check_version(struct viz_sqlite *s, struct viz_error *err)
{
    int ret = read_number(s, "PRAGMA user_version", &s->version, err);
    if (ret < 0)
        return ret;
    if (s->version < 0)
        return no_version(s, err);
    if (s->version > VIZ_STORE_VERSION)
        return viz_fail(err, -EPROTO,
                        "%s is a store of version %d, made by a later viz; this one "
                        "knows versions up to %d",
                        s->path, s->version, VIZ_STORE_VERSION);
    return 0;
}

/* The change to write-ahead logging needs the file to itself and does not wait for it;
 * who loses the race finds it done. */
static int use_wal(struct viz_sqlite *s, struct viz_error *err)
{
    int ret;
    do {
        ret = viz_sqlite_exec(s, "PRAGMA journal_mode = WAL", err);
    } while (ret == -EBUSY && wait_for_others(s, 0));
    return ret;
}

/* What has no version yet has no tables either. */
static int check_empty(struct viz_sqlite *s, struct viz_error *err)
{
    int tables = 0;
    int ret = read_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err);
    return !ret && tables ? no_version(s, err) : ret;
}

static int migrate(struct viz_sqlite *s, struct viz_error *err)
{
    bool own;
    int ret = viz_sqlite_own(s, true, &own, err);
    if (ret < 0)
        return ret;
    /* Another process may have been quicker. */
    ret = check_version(s, err);
    if (!ret && !s->version)
        ret = check_empty(s, err);
    while (!ret && s->version < VIZ_STORE_VERSION) {
        char pragma[64];
        ret = viz_sqlite_exec(s, viz_schema_step(s->version), err);
        s->version++;
        snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", s->version);
        if (!ret)
            ret = viz_sqlite_exec(s, pragma, err);
    }
    return viz_sqlite_done(s, own, ret, err);
}

/* The id is in the file itself, not only in its log, before there is a log. */
static int sign(struct viz_sqlite *s, struct viz_error *err)
{
    char pragma[64];
    snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d",
             VIZ_STORE_APPLICATION_ID);
    return viz_sqlite_exec(s, pragma, err);
}

static int prepare_writing(struct viz_sqlite *s, struct viz_error *err)
{
    int ret = check_version(s, err);
    if (!ret && !s->version)
        ret = sign(s, err);
    if (!ret)
        ret = use_wal(s, err);
    if (!ret)
        ret = viz_sqlite_exec(s,
                              "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                              "PRAGMA cache_size = -16000;"
                              "PRAGMA journal_size_limit = 67108864",
                              err);
    if (!ret && s->version < VIZ_STORE_VERSION)
        ret = migrate(s, err);
    return ret;
}

/* A store made by nobody yet has no tables to read. */
static int prepare_reading(struct viz_sqlite *s, struct viz_error *err)
{
    int ret = check_version(s, err);
    return !ret && !s->version ? no_version(s, err) : ret;
}

/* "file:" and the path with everything special escaped. */
static char *immutable_uri(const char *path)
{
    static const char hex[] = "0123456789ABCDEF";
    char *uri = viz_zalloc(3 * strlen(path) + sizeof("file:?immutable=1")), *at = uri;
    at = stpcpy(at, "file:");
    for (; *path; path++)
        if (strchr("%?#", *path)) {
            *at++ = '%';
            *at++ = hex[(unsigned char)*path >> 4];
            *at++ = hex[*path & 15];
        } else {
            *at++ = *path;
        }
    strcpy(at, "?immutable=1");
    return uri;
}

static int open_file(struct viz_sqlite *s, const char *name, int flags,
                     struct viz_error *err)
{
    sqlite3_close(s->db);
    s->db = NULL;
    if (sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return viz_sqlite_fail(s, err);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_handler(s->db, wait_for_others, s);
    return 0;
}

/* Reading needs a shared index beside the file, which cannot be made in a folder that
 * cannot be written. Without a log the file alone is all there is, and nobody who could
 * change it: then it is read without the index. */
static int open_reading(struct viz_sqlite *s, struct viz_error *err)
{
    int ret = open_file(s, s->path, SQLITE_OPEN_READONLY, err);
    if (!ret)
        ret = look_at_header(s, err);
    if (!ret)
        ret = no_store(s->path, err);
    if (ret > 0)
        ret = prepare_reading(s, err);
    if (ret != -EACCES && ret != -EROFS && ret != -EIO)
        return ret;
    struct stat log;
    char *name = viz_zalloc(strlen(s->path) + sizeof("-wal"));
    strcpy(stpcpy(name, s->path), "-wal");
    bool logged = stat(name, &log) == 0 && log.st_size > 0;
    free(name);
    if (logged)
        return viz_fail(err, -EROFS,
                        "%s has a log (%s-wal) that cannot be read without writing "
                        "beside it: copy both to where you can write",
                        s->path, s->path);
    char *uri = immutable_uri(s->path);
    ret = open_file(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    free(uri);
    return ret < 0 ? ret : prepare_reading(s, err);
}

static int open_writing(struct viz_sqlite *s, struct viz_error *err)
{
    int ret = make_folders(s->path, err);
    if (!ret)
        ret = open_file(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (!ret)
        ret = look_at_header(s, err);
    if (ret >= 0 && sqlite3_db_readonly(s->db, "main") == 1)
        ret = viz_fail(err, -EROFS, "%s cannot be written", s->path);
    return ret < 0 ? ret : prepare_writing(s, err);
}

/* "./" before what is no absolute path: SQLite takes ":memory:" for no file at all. */
static char *plain_path(const char *path)
{
    char *plain = viz_zalloc(strlen(path) + sizeof("./"));
    strcpy(stpcpy(plain, path[0] == '/' ? "" : "./"), path);
    return plain;
}

static void note_content(struct viz_sqlite *s)
{
    struct stat found = {0};
    stat(s->path, &found);
    s->size = found.st_size;
    s->changed = found.st_mtim;
}

static void note_place(struct viz_sqlite *s)
{
    struct stat found = {0};
    stat(s->path, &found);
    s->device = found.st_dev;
    s->inode = found.st_ino;
}

/* What is written through SQLite goes to the log, and now and then from there to the file.
 * What a copy brings in goes to the file alone, and no page that a reader keeps is known to
 * be old. The two cannot be told apart, and opening again costs little. */
static bool is_overwritten(const struct viz_sqlite *s, const struct stat *now)
{
    return sqlite3_db_readonly(s->db, "main") == 1 &&
           (now->st_size != s->size || now->st_mtim.tv_sec != s->changed.tv_sec ||
            now->st_mtim.tv_nsec != s->changed.tv_nsec);
}

/* The path may lead elsewhere, or the file be another's by now. */
static bool is_stale(struct viz_store *store)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    struct viz_error err;
    struct stat now;
    int moved = 0;
    sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved || stat(s->path, &now) < 0 || now.st_dev != s->device ||
           now.st_ino != s->inode || is_overwritten(s, &now) ||
           look_at_header(s, &err) != 1;
}

int viz_sqlite_open(const char *path, enum viz_store_mode mode, int patience_ms,
                    struct viz_store **out, struct viz_error *err)
{
    struct viz_sqlite *s = viz_zalloc(sizeof(*s));
    s->store.backend = &backend;
    s->path = plain_path(path);
    s->deadline_ns = now_ns() + patience_ms * 1000000LL;
    note_content(s); /* before anything is read of it */
    int ret = look_at_path(s->path, err);
    if (!ret && mode == VIZ_STORE_READ)
        ret = viz_fail(err, -ENOENT, "there is no store of runs at %s", path);
    if (ret >= 0)
        ret = mode == VIZ_STORE_READ ? open_reading(s, err) : open_writing(s, err);
    if (ret < 0) {
        close_store(&s->store);
        return ret;
    }
    note_place(s);
    sqlite3_busy_timeout(s->db, patience_ms);
    *out = &s->store;
    return 0;
}
