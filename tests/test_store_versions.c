/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stores of other versions, other programs' files, and what cannot be written. */
#include "store_rig.h"

#include <viz/run_view.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <math.h>
#include <sys/stat.h>

static sqlite3 *open_raw(const char *path)
{
    sqlite3 *db;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

/* A store as the first version made it, with a row or more in each table. */
static void make_version_1(struct store_rig *rig)
{
    char pragma[64];
    sqlite3 *db = open_raw(rig->path);
    snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d",
             VIZ_STORE_APPLICATION_ID);
    store_rig_sql(db, pragma);
    store_rig_sql(db, "PRAGMA journal_mode = WAL");
    store_rig_sql(db, viz_schema_step(0));
    store_rig_sql(
        db,
        "PRAGMA user_version = 1;"
        "INSERT INTO run VALUES (3, 'u-3', 'old', 'd', 'device', 'h', 'f', 'm', 'fl',"
        " 'rq', 'dl', 10, 20, 15, 'complete', 2), (7, 'u-7', 'cut', '', '', '', '', '',"
        " '', '', '', 30, 0, 31, 'recording', 0);"
        "INSERT INTO tag VALUES (3, 't'), (3, 's');"
        "INSERT INTO stream VALUES (2, 3, 'L', 'ws://h', 'lightwave', 10),"
        " (4, 3, 'S1', '', 'values', 0.5);"
        "INSERT INTO channel VALUES (4, 0, 'x', 'V');"
        "INSERT INTO segment VALUES (5, 2, 0, 'start', 10, 1), (6, 4, 0, 'start', 11, "
        "1);"
        "INSERT INTO sample VALUES (3, 0, 5, 10, NULL, 1, 2, zeroblob(32)),"
        " (3, 1, 6, 11, 12, 0, 0, X'000000000000F03F');"
        "INSERT INTO annotation VALUES (1, 3, 4, 1, 2, 'note', 'me', 1);");
    sqlite3_close(db);
}

static const char *const tables[] = {"run",     "tag",    "stream",    "channel",
                                     "segment", "sample", "annotation"};

/* Everything in the tables of version 1, as text; to be freed. */
static char *dump(const char *path)
{
    char *out, *value;
    size_t size;
    FILE *file = open_memstream(&out, &size);
    sqlite3 *db = open_raw(path);
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1, 2", tables[t]);
        sqlite3_stmt *stmt = store_rig_query(db, sql);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            fprintf(file, "%s", tables[t]);
            for (int c = 0; c < sqlite3_column_count(stmt); c++) {
                value = NULL;
                sqlite3_stmt *quote = store_rig_query(db, "SELECT quote(?)");
                sqlite3_bind_value(quote, 1, sqlite3_column_value(stmt, c));
                if (sqlite3_step(quote) == SQLITE_ROW)
                    value = (char *)sqlite3_column_text(quote, 0);
                fprintf(file, "|%s", value);
                sqlite3_finalize(quote);
            }
            fprintf(file, "\n");
        }
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
    fclose(file);
    return out;
}

/* As the second version left it: the first with views. */
static void make_version_2(struct store_rig *rig)
{
    make_version_1(rig);
    sqlite3 *db = open_raw(rig->path);
    store_rig_sql(db, viz_schema_step(1));
    store_rig_sql(db, "PRAGMA user_version = 2");
    sqlite3_close(db);
}

static void see_one_row(struct store_rig *rig)
{
    struct viz_run_view *view;
    const struct viz_run_view_params params = {
        .metrics = "x", .from_s = NAN, .to_s = NAN};
    STORE_OK(rig, viz_run_view_create(rig->store, 3, &params, &view, &rig->err));
    cr_expect_eq(view->rows, 1);
    cr_assert_eq(view->bins, 1);
    cr_expect_eq(view->channel[0].max[0], 1);
    cr_expect_eq(view->first_s[0], 1e-9);
    viz_run_view_destroy(view);
}

Test(store_versions, the_second_has_no_overview_and_can_be_looked_at)
{
    struct store_rig rig;
    store_rig_folder(&rig);
    make_version_2(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_eq(viz_store_version(rig.store), 2);
    see_one_row(&rig);
    store_rig_close(&rig);
    char *before = dump(rig.path);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    cr_expect_eq(viz_store_version(rig.store), VIZ_STORE_VERSION);
    see_one_row(&rig);
    store_rig_make_overview(&rig, 3);
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM overview"), 2);
    see_one_row(&rig);
    store_rig_close(&rig);
    char *after = dump(rig.path);
    cr_expect_str_eq(after, before);
    free(before);
    free(after);
    store_rig_finish(&rig);
}

/* Somebody reads while another brings the store to a newer version. */
Test(store_versions, a_reader_from_before_the_change_goes_on)
{
    struct store_rig rig, old;
    store_rig_folder(&rig);
    make_version_2(&rig);
    old = rig;
    store_rig_open(&old, VIZ_STORE_READ);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    see_one_row(&old);
    store_rig_close(&old);
    store_rig_finish(&rig);
}

Test(store_versions, the_first_becomes_the_newest_and_keeps_every_value)
{
    struct store_rig rig;
    store_rig_folder(&rig);
    make_version_1(&rig);
    char *before = dump(rig.path);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    cr_expect_eq(viz_store_version(rig.store), VIZ_STORE_VERSION);
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "PRAGMA user_version"), VIZ_STORE_VERSION);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM runs"), 2);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM frames"), 1);
    cr_expect_eq(store_rig_number(db, "SELECT value = 1 FROM readings"), 1);
    store_rig_close(&rig);
    char *after = dump(rig.path);
    cr_expect_gt(strlen(before), 400);
    cr_expect_str_eq(after, before);
    free(before);
    free(after);
    store_rig_finish(&rig);
}

static int count_run(void *context, const struct viz_run *run)
{
    (void)run;
    ++*(int *)context;
    return 0;
}

Test(store_versions, the_first_can_be_read_as_it_is)
{
    struct store_rig rig;
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    int runs = 0;
    store_rig_folder(&rig);
    make_version_1(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_eq(viz_store_version(rig.store), 1);
    STORE_OK(&rig, viz_store_runs(rig.store, NULL, count_run, &runs, &rig.err));
    cr_expect_eq(runs, 2);
    STORE_OK(&rig, viz_store_read(rig.store, 3, 0, &cursor, &rig.err));
    cr_expect_eq(viz_cursor_next(cursor, &sample, &rig.err), 1);
    cr_expect_eq(viz_cursor_next(cursor, &sample, &rig.err), 1);
    cr_expect_eq(viz_cursor_next(cursor, &sample, &rig.err), 0);
    viz_cursor_close(cursor);
    store_rig_finish(&rig);
}

Test(store_versions, a_step_that_fails_changes_nothing)
{
    struct store_rig rig;
    store_rig_folder(&rig);
    make_version_1(&rig);
    sqlite3 *db = open_raw(rig.path);
    store_rig_sql(db, "CREATE VIEW readings AS SELECT 1");
    sqlite3_close(db);
    cr_expect_lt(viz_store_open(rig.path, VIZ_STORE_WRITE, &rig.store, &rig.err), 0);
    cr_expect(strstr(rig.err.text, "readings"), "%s", rig.err.text);
    db = open_raw(rig.path);
    cr_expect_eq(store_rig_number(db, "PRAGMA user_version"), 1);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM sqlite_schema"
                                      " WHERE name IN ('runs', 'float_head')"),
                 0);
    sqlite3_close(db);
    store_rig_finish(&rig);
}

Test(store_versions, a_store_of_the_future_is_left_alone)
{
    struct store_rig rig;
    store_rig_init(&rig);
    store_rig_sql(store_rig_db(&rig), "PRAGMA user_version = 9");
    store_rig_close(&rig);
    for (int mode = VIZ_STORE_READ; mode <= VIZ_STORE_WRITE; mode++) {
        cr_expect_eq(viz_store_open(rig.path, mode, &rig.store, &rig.err), -EPROTO);
        cr_expect(strstr(rig.err.text, "version 9") && strstr(rig.err.text, "up to 3"),
                  "%s", rig.err.text);
    }
    store_rig_finish(&rig);
}

Test(store_versions, a_version_that_cannot_be_is_refused)
{
    static const char *const pragmas[] = {"PRAGMA user_version = -1",
                                          "PRAGMA user_version = 0"};
    for (int i = 0; i < 2; i++) {
        struct store_rig rig;
        store_rig_init(&rig);
        store_rig_sql(store_rig_db(&rig), pragmas[i]);
        store_rig_close(&rig);
        for (int mode = VIZ_STORE_READ; mode <= VIZ_STORE_WRITE; mode++) {
            cr_expect_eq(viz_store_open(rig.path, mode, &rig.store, &rig.err), -EPROTO);
            cr_expect(strstr(rig.err.text, i ? "version 0" : "version -1") &&
                          strstr(rig.err.text, "no store of runs"),
                      "%s", rig.err.text);
        }
        store_rig_finish(&rig);
    }
}

/* Opening a pipe would wait for whoever writes to it. */
Test(store_versions, what_is_no_regular_file_is_refused_at_once)
{
    struct store_rig rig;
    store_rig_folder(&rig);
    cr_assert_eq(mkfifo(rig.path, 0600), 0);
    for (int mode = VIZ_STORE_READ; mode <= VIZ_STORE_WRITE; mode++) {
        cr_expect_eq(viz_store_open(rig.path, mode, &rig.store, &rig.err), -EINVAL);
        cr_expect(strstr(rig.err.text, "no regular file"), "%s", rig.err.text);
        cr_expect_eq(viz_store_open("/dev/null", mode, &rig.store, &rig.err), -EINVAL);
    }
    store_rig_finish(&rig);
}

static size_t read_file(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY);
    cr_assert_geq(fd, 0);
    ssize_t length = read(fd, out, size);
    close(fd);
    return (size_t)length;
}

static void expect_refused_untouched(struct store_rig *rig)
{
    static char before[65536], after[65536];
    char log[96];
    size_t length = read_file(rig->path, before, sizeof(before));
    for (int mode = VIZ_STORE_READ; mode <= VIZ_STORE_WRITE; mode++) {
        cr_expect_eq(viz_store_open(rig->path, mode, &rig->store, &rig->err), -EPROTO,
                     "%s", rig->err.text);
        cr_expect(strstr(rig->err.text, "no store of runs"));
        cr_expect_eq(read_file(rig->path, after, sizeof(after)), length);
        cr_expect_eq(memcmp(before, after, length), 0);
        snprintf(log, sizeof(log), "%s-wal", rig->path);
        cr_expect_neq(access(log, F_OK), 0);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fputs(text, file);
    fclose(file);
}

Test(store_versions, other_files_are_never_touched)
{
    struct store_rig rig;
    static char long_text[4096];
    store_rig_folder(&rig);
    sqlite3 *db = open_raw(rig.path);
    store_rig_sql(db, "CREATE TABLE run (id); INSERT INTO run VALUES (1)");
    sqlite3_close(db);
    expect_refused_untouched(&rig);
    write_file(rig.path, "short");
    expect_refused_untouched(&rig);
    memset(long_text, 'x', sizeof(long_text) - 1);
    write_file(rig.path, long_text);
    expect_refused_untouched(&rig);
    store_rig_finish(&rig);
}

Test(store_versions, an_empty_file_becomes_a_store_when_written)
{
    struct store_rig rig;
    store_rig_folder(&rig);
    write_file(rig.path, "");
    cr_expect_eq(viz_store_open(rig.path, VIZ_STORE_READ, &rig.store, &rig.err),
                 -EPROTO);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    store_rig_run(&rig, "r", 1);
    store_rig_finish(&rig);
}

Test(store_versions, a_damaged_store_says_so)
{
    struct store_rig rig;
    int runs = 0;
    store_rig_init(&rig);
    store_rig_run(&rig, "r", 1);
    store_rig_close(&rig);
    int fd = open(rig.path, O_WRONLY);
    static const char noise[4096 * 8] = {1, 2, 3};
    cr_assert_eq(pwrite(fd, noise, sizeof(noise), 4096), sizeof(noise));
    close(fd);
    int ret = viz_store_open(rig.path, VIZ_STORE_READ, &rig.store, &rig.err);
    if (!ret)
        ret = viz_store_runs(rig.store, NULL, count_run, &runs, &rig.err);
    cr_expect_eq(ret, -EBADMSG, "%d %s", ret, rig.err.text);
    cr_expect(strstr(rig.err.text, "damaged"));
    store_rig_finish(&rig);
}

Test(store_versions, reading_needs_a_store_and_makes_none)
{
    struct store_rig rig;
    store_rig_folder(&rig);
    cr_expect_eq(viz_store_open(rig.path, VIZ_STORE_READ, &rig.store, &rig.err),
                 -ENOENT);
    cr_expect(strstr(rig.err.text, rig.path));
    cr_expect_neq(access(rig.path, F_OK), 0);
    cr_expect_lt(viz_store_open(rig.folder, VIZ_STORE_WRITE, &rig.store, &rig.err), 0);
    store_rig_finish(&rig);
}

/* The rest needs a user who may not write: root may. */
static bool become_nobody(void)
{
    return geteuid() ||
           (setgroups(0, NULL) == 0 && setegid(65534) == 0 && seteuid(65534) == 0);
}

static void become_root_again(void)
{
    if (!getuid())
        cr_assert(seteuid(0) == 0 && setegid(0) == 0);
}

static void store_with_a_run(struct store_rig *rig)
{
    store_rig_init(rig);
    store_rig_run(rig, "r", 1);
    store_rig_close(rig);
    cr_assert_eq(chmod(rig->path, 0444), 0);
}

Test(store_versions, what_cannot_be_written_can_be_read)
{
    struct store_rig rig;
    int runs = 0;
    store_with_a_run(&rig);
    cr_assert_eq(chmod(rig.folder, 0555), 0);
    cr_assert(become_nobody());
    store_rig_open(&rig, VIZ_STORE_READ);
    STORE_OK(&rig, viz_store_runs(rig.store, NULL, count_run, &runs, &rig.err));
    cr_expect_eq(runs, 1);
    store_rig_close(&rig);
    int ret = viz_store_open(rig.path, VIZ_STORE_WRITE, &rig.store, &rig.err);
    cr_expect_eq(ret, -EROFS, "%d %s", ret, rig.err.text);
    become_root_again();
    cr_assert_eq(chmod(rig.folder, 0755), 0);
    store_rig_finish(&rig);
}

/* Without the log the newest would be missing: rather nothing than a part. */
Test(store_versions, a_log_that_cannot_be_read_is_not_passed_over)
{
    struct store_rig rig, copy;
    char log[96];
    static char bytes[1 << 20];
    store_rig_init(&rig);
    store_rig_run(&rig, "r", 1);
    store_rig_folder(&copy);
    for (int i = 0; i < 2; i++) {
        snprintf(log, sizeof(log), "%s%s", rig.path, i ? "-wal" : "");
        size_t length = read_file(log, bytes, sizeof(bytes));
        cr_assert_lt(length, sizeof(bytes));
        snprintf(log, sizeof(log), "%s%s", copy.path, i ? "-wal" : "");
        int fd = open(log, O_WRONLY | O_CREAT, 0444);
        cr_assert_eq(write(fd, bytes, length), (ssize_t)length);
        close(fd);
    }
    cr_assert_eq(chmod(copy.folder, 0555), 0);
    cr_assert(become_nobody());
    int ret = viz_store_open(copy.path, VIZ_STORE_READ, &copy.store, &copy.err);
    cr_expect_eq(ret, -EROFS, "%d %s", ret, copy.err.text);
    cr_expect(strstr(copy.err.text, "-wal"));
    become_root_again();
    cr_assert_eq(chmod(copy.folder, 0755), 0);
    store_rig_open(&copy, VIZ_STORE_READ);
    cr_expect_eq(store_rig_number(store_rig_db(&copy), "SELECT count(*) FROM run"), 1);
    store_rig_finish(&copy);
    store_rig_finish(&rig);
}

Test(store_versions, a_folder_that_cannot_be_made_is_named)
{
    struct store_rig rig;
    char path[128];
    store_rig_folder(&rig);
    cr_assert_eq(chmod(rig.folder, 0555), 0);
    snprintf(path, sizeof(path), "%s/a/b.db", rig.folder);
    cr_assert(become_nobody());
    int ret = viz_store_open(path, VIZ_STORE_WRITE, &rig.store, &rig.err);
    cr_expect_eq(ret, -EACCES, "%d %s", ret, rig.err.text);
    cr_expect(strstr(rig.err.text, "/a:"), "%s", rig.err.text);
    ret = viz_store_open(rig.path, VIZ_STORE_WRITE, &rig.store, &rig.err);
    cr_expect_eq(ret, -EACCES, "%d %s", ret, rig.err.text);
    become_root_again();
    cr_assert_eq(chmod(rig.folder, 0755), 0);
    store_rig_finish(&rig);
}
