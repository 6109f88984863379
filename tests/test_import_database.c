/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Databases of the Python collector. */
#include "import_rig.h"

#define SCHEMA                                                                         \
    "CREATE TABLE benchmark_runs(id TEXT PRIMARY KEY, name TEXT NOT NULL, "            \
    "description "                                                                     \
    "TEXT, started_at TEXT NOT NULL, completed_at TEXT, host TEXT NOT NULL, "          \
    "firmware_version TEXT, tags TEXT);"                                               \
    "CREATE TABLE benchmark_samples(id TEXT PRIMARY KEY, run_id TEXT NOT NULL, "       \
    "timestamp_utc TEXT NOT NULL, timestamp_ms INTEGER NOT NULL, avg_total_us REAL, "  \
    "avg_goertzel_us REAL, peak_total_us INTEGER, peak_goertzel_us INTEGER, "          \
    "cpu_load_percent REAL, hop_count INTEGER, goertzel_count INTEGER, flags "         \
    "INTEGER);"
#define SAMPLE(run, values)                                                            \
    "INSERT INTO benchmark_samples VALUES(hex(randomblob(8)), '" run "', " values ");"

static const char *make_database(struct import_work *work, const char *sql)
{
    static char path[128];
    sqlite3 *db;
    snprintf(path, sizeof(path), "%s/old.db", work->rig.folder);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    store_rig_sql(db, sql);
    sqlite3_close(db);
    return path;
}

Test(import_database, a_database_of_the_collector_gives_all_of_its_runs)
{
    struct import_work work;
    char about[512];
    import_begin(&work);
    const char *file = make_database(
        &work, SCHEMA
        "INSERT INTO benchmark_runs VALUES('b', 'late', NULL, "
        "'2026-01-02T12:00:00', NULL, 'host', NULL, '');"
        "INSERT INTO benchmark_runs VALUES('a', 'early', 'why', "
        "'2026-01-01T12:00:00', '2026-01-01T12:01:00', 'h', '1.2', 'q,p');" SAMPLE(
            "a", "'2026-01-01T12:00:00.1', 100, 4321.5, 0.100000001490116, 5000, 7, "
                 "21.607500076293945, 5, 5, 3")
            SAMPLE("b", "'2026-01-02T12:00:00.1', 1, NULL, 9e999, 0, 0, 1, 1, 1, 1")
                SAMPLE("b", "'2026-01-02T12:00:00.2', 1, 'x', 1, 0, 0, 1, 1, 1, 1")
                    SAMPLE("b", "'yesterday', 1, 1, 1, 0, 0, 1, 1, 1, 1") SAMPLE(
                        "b", "'2026-01-02T12:00:00.3', 1, 1, 1, 65536, 0, 1, 1, 1, 1"));
    cr_expect_eq(viz_import_files(&work.params, &file, 1), 0, "%s", work.said[0]);
    cr_assert_eq(work.runs, 2);
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, import_about,
                                      about, &work.rig.err));
    cr_expect_str_eq(about, "early|why|p,q|import|h|1|1767268800000000000");
    cr_expect_eq(work.run[0].rounded, 1); /* 0.100000001490116 is no float32 */
    cr_expect_eq(work.run[1].samples, 1);
    cr_expect_eq(work.run[1].bad, 3);
    cr_expect_eq(work.run[1].bad_line, 3);
    cr_expect_str_eq(work.why[1], "avg_total_us");
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[1].run, import_about,
                                      about, &work.rig.err));
    cr_expect_str_eq(about, "late|||import|host|2|1767355200000000000");
    cr_expect_eq(viz_import_files(&work.params, &file, 1), 0);
    cr_expect(work.run[2].known && work.run[3].known);
    work.runs = 1;
    cr_expect_str_eq(import_exported(&work, false, false), TEN "\n" ROW "\n");
    import_end(&work);
}

static void damage(const char *path)
{
    char garbage[4096];
    FILE *file = fopen(path, "r+");
    memset(garbage, 0x55, sizeof(garbage));
    cr_assert(file && fseek(file, 0, SEEK_END) == 0);
    long pages = ftell(file) / 4096;
    for (long page = pages / 3; page < pages / 3 + 20; page++) {
        fseek(file, page * 4096, SEEK_SET);
        cr_assert_eq(fwrite(garbage, sizeof(garbage), 1, file), 1);
    }
    fclose(file);
}

Test(import_database, what_a_damaged_database_still_says_is_kept)
{
    struct import_work work;
    import_begin(&work);
    const char *file = make_database(
        &work, SCHEMA
        "INSERT INTO benchmark_runs VALUES('a', 'a', '', '2026-01-01T12:00:00', "
        "'2026-01-01T13:00:00', 'h', NULL, '');"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < "
        "20000) INSERT INTO benchmark_samples SELECT i, 'a', "
        "'2026-01-01T12:00:00', i * 100, 1, 1, 1, 1, 1, i, 1, 1 FROM n;");
    damage(file);
    cr_expect_eq(viz_import_files(&work.params, &file, 1), -EBADMSG);
    cr_assert_eq(work.runs, 1);
    cr_expect_not(work.run[0].whole);
    cr_expect_gt(work.run[0].samples, 0);
    cr_expect_lt(work.run[0].samples, 20000);
    char about[512];
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, import_about,
                                      about, &work.rig.err));
    cr_expect(strstr(about, "|2|"), "not interrupted: %s", about);
    import_end(&work);
}

Test(import_database, other_databases_are_refused)
{
    struct import_work work;
    import_begin(&work);
    const char *file = make_database(&work, "CREATE TABLE t(x);");
    cr_expect_eq(viz_import_files(&work.params, &file, 1), -EPROTO);
    cr_expect(strstr(work.said[0], "not of the Python collector"), "%s", work.said[0]);
    const char *store = work.rig.path;
    cr_expect_eq(viz_import_files(&work.params, &store, 1), -EPROTO);
    import_end(&work);
}

Test(import_database, one_name_for_several_runs_is_refused)
{
    struct import_work work;
    import_begin(&work);
    const char *file =
        make_database(&work, SCHEMA "INSERT INTO benchmark_runs VALUES('a', 'a', '', "
                                    "'2026-01-02T12:00:00', NULL, 'h', NULL, '');"
                                    "INSERT INTO benchmark_runs VALUES('b', 'b', '', "
                                    "'2026-01-02T12:00:00', NULL, 'h', NULL, '');");
    work.params.run_name = "one";
    cr_expect_eq(viz_import_files(&work.params, &file, 1), -EINVAL);
    cr_expect_eq(work.runs, 0);
    import_end(&work);
}
