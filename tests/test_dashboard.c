/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the main thread of viz serve does beside serving. */
#include "../src/app/dashboard_state.h"
#include "../src/web/target.h"
#include "store_rig.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define SECOND_NS 1000000000LL

static struct store_rig rig;

static void init(void)
{
    store_rig_init(&rig);
}

static void finish(void)
{
    store_rig_finish(&rig);
}

TestSuite(dashboard, .init = init, .fini = finish, .timeout = 60);

/* ---- health ---- */

static void expect_health(struct dashboard *dashboard, const char *words)
{
    const struct viz_web_target none = {.parameters = 0};
    const struct viz_web_request request = {.query = &none};
    struct viz_web_answer answer = {.status = 200};
    dashboard_health(dashboard, &request, &answer);
    cr_assert(strstr(answer.body, words), "%s", answer.body);
    free(answer.body);
}

/* An answer has found it well, and the main thread has not looked yet. */
Test(dashboard, says_nothing_of_runs_that_it_did_not_count)
{
    const struct viz_serve_config config = {.workers = 1};
    struct dashboard dashboard = {.config = &config, .store_runs = -1};
    struct viz_error damaged;
    strcpy(dashboard.db, "runs.db");
    dashboard.clock = viz_clock_create_fake(SECOND_NS);
    dashboard.api = viz_api_create(&(struct viz_api_params){.db = "runs.db"});
    expect_health(&dashboard, "\"status\":\"ok\"");
    viz_fail(&damaged, -EBADMSG, "./runs.db: it is damaged");
    viz_api_note(dashboard.api, -EBADMSG, &damaged);
    expect_health(&dashboard, "\"status\":\"degraded\"");
    expect_health(&dashboard, "\"error\":\"runs.db: it is damaged\"");
    viz_api_note(dashboard.api, 0, NULL);
    expect_health(&dashboard,
                  "\"open\":true,\"version\":null,\"runs\":null,\"error\":null");
    viz_api_note(dashboard.api, -ENOENT, NULL);
    expect_health(&dashboard, "\"error\":\"the store was removed: there is none\"");
    expect_health(&dashboard, "\"status\":\"degraded\"");
    viz_api_destroy(dashboard.api);
    viz_clock_destroy(dashboard.clock);
}

/* ---- open files ---- */

static int fit(uint32_t wanted, uint64_t limit, uint32_t *connections)
{
    const struct viz_serve_config config = {.max_connections = wanted, .workers = 2};
    return dashboard_fit_connections(&config, 1, limit, connections, &rig.err);
}

Test(dashboard, has_as_many_connections_as_files_may_be_open)
{
    uint32_t connections;
    cr_assert_eq(fit(0, UINT64_MAX, &connections), 0);
    cr_assert_eq(connections, 256);
    cr_assert_eq(fit(256, 312, &connections), 0);
    cr_assert_eq(connections, 256);
    cr_assert_eq(fit(256, 311, &connections), 1);
    cr_assert_eq(connections, 255);
    cr_assert(strstr(rig.err.text, "255 connections at once instead of 256"));
    cr_assert_eq(fit(4, 60, &connections), 0);
    cr_assert_eq(fit(256, 60, &connections), 1);
    cr_assert_eq(connections, 4);
    cr_assert_eq(fit(4, 59, &connections), -EMFILE);
    cr_assert(strstr(rig.err.text, "60 open files and the limit is 59"));
}

/* ---- overviews ---- */

static sqlite3 *open_other(void)
{
    sqlite3 *db;
    cr_assert_eq(sqlite3_open(rig.path, &db), SQLITE_OK);
    return db;
}

/* Of an older version: without overviews. */
static void make_run(void)
{
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "old", 1), &store_rig_values);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint64_t i = 0; i < 1000; i++) {
        const double value[2] = {1, 2};
        STORE_OK(&rig, viz_store_put(rig.store, place.run,
                                     &(struct viz_run_sample){.segment = place.segment,
                                                              .seq = i,
                                                              .frame = value,
                                                              .size = sizeof(value)},
                                     &rig.err));
    }
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_end_run(rig.store, place.run, VIZ_RUN_COMPLETE, 2, "",
                                     &rig.err));
    store_rig_sql(store_rig_db(&rig), "DELETE FROM overview; DELETE FROM overview_end;"
                                      "DELETE FROM overview_entries");
    store_rig_close(&rig);
}

static int64_t count_overviews(void)
{
    sqlite3 *db = open_other();
    int64_t count = store_rig_number(db, "SELECT count(*) FROM overview_end");
    sqlite3_close(db);
    return count;
}

static void make_all(struct dashboard_overviews *overviews, int64_t now_ns)
{
    int steps = 0;
    while (dashboard_overviews_step(overviews, now_ns))
        cr_assert_lt(steps++, 100);
}

Test(dashboard, makes_overviews_of_old_runs)
{
    make_run();
    struct dashboard_overviews *overviews = dashboard_overviews_create(rig.path);
    make_all(overviews, 0);
    cr_assert_eq(count_overviews(), 1);
    dashboard_overviews_destroy(overviews);
}

static void hold_store(const char *how)
{
    make_run();
    sqlite3 *other = open_other();
    store_rig_sql(other, how);
    struct dashboard_overviews *overviews = dashboard_overviews_create(rig.path);
    make_all(overviews, 0);
    make_all(overviews, SECOND_NS); /* busy once more: two seconds from here */
    store_rig_sql(other, "COMMIT");
    sqlite3_close(other);
    make_all(overviews, 3 * SECOND_NS - 1);
    cr_assert_eq(count_overviews(), 0);
    make_all(overviews, 3 * SECOND_NS);
    cr_assert_eq(count_overviews(), 1);
    dashboard_overviews_destroy(overviews);
}

Test(dashboard, makes_overviews_once_a_writer_has_ended)
{
    hold_store("BEGIN IMMEDIATE; DELETE FROM tag");
}

Test(dashboard, makes_overviews_once_the_store_can_be_opened)
{
    hold_store("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE; DELETE FROM tag");
}

Test(dashboard, makes_overviews_once_files_can_be_opened)
{
    struct rlimit limit;
    make_run();
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    struct rlimit none = limit;
    none.rlim_cur = 3;
    struct dashboard_overviews *overviews = dashboard_overviews_create(rig.path);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    make_all(overviews, 0);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(count_overviews(), 0);
    make_all(overviews, SECOND_NS);
    cr_assert_eq(count_overviews(), 1);
    dashboard_overviews_destroy(overviews);
}

Test(dashboard, makes_overviews_of_a_store_that_comes_later)
{
    char elsewhere[100];
    make_run();
    snprintf(elsewhere, sizeof(elsewhere), "%s.later", rig.path);
    cr_assert_eq(rename(rig.path, elsewhere), 0);
    struct dashboard_overviews *overviews = dashboard_overviews_create(rig.path);
    make_all(overviews, 0);
    cr_assert_neq(access(rig.path, F_OK), 0);
    cr_assert_eq(rename(elsewhere, rig.path), 0);
    make_all(overviews, SECOND_NS);
    cr_assert_eq(count_overviews(), 1);
    dashboard_overviews_destroy(overviews);
}

/* ---- the token's file ---- */

static void write_token(const char *path, const char *text, mode_t mode)
{
    FILE *out = fopen(path, "w");
    cr_assert(out);
    fputs(text, out);
    cr_assert_eq(fchmod(fileno(out), mode), 0);
    fclose(out);
}

Test(dashboard, sees_that_the_token_is_another)
{
    struct dashboard_token_file file = {0};
    char path[100];
    snprintf(path, sizeof(path), "%s/token", rig.folder);
    cr_assert_eq(dashboard_token(path, file.token, &rig.err), 1);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), 0);
    write_token(path, "another-token-of-mine\n", 0600);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), 1);
    cr_assert_str_eq(file.token, "another-token-of-mine");
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), 0);
}

Test(dashboard, keeps_the_token_while_its_file_is_wrong)
{
    struct dashboard_token_file file = {0};
    char path[100];
    snprintf(path, sizeof(path), "%s/token", rig.folder);
    write_token(path, "a-token-of-this-test\n", 0600);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), 1);
    write_token(path, "short\n", 0600);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), -EINVAL);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), 0, "said twice");
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), 0);
    cr_assert_neq(access(path, F_OK), 0, "it was made");
    write_token(path, "a-token-of-this-test\n", 0600);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), 0);
    write_token(path, "another-token-of-mine\n", 0644);
    cr_assert_eq(dashboard_token_look(path, &file, &rig.err), -EACCES);
    cr_assert_str_eq(file.token, "a-token-of-this-test");
}
