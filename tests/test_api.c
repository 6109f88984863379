/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api_rig.h"

#include <viz/run_json.h>

#include <sys/resource.h>
#include <sys/stat.h>

TestSuite(api, .init = api_rig_init, .fini = api_rig_finish, .timeout = 60);

static const double few[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
#define FEW (sizeof(few) / sizeof(few[0]))

Test(api, the_list_is_what_the_command_prints)
{
    char *json, line[1 << 14];
    for (int i = 0; i < 3; i++)
        end_run(run_of(i ? "a" : "b", few, FEW));
    STORE_OK(&rig,
             viz_runs_json(rig.store, &(struct viz_run_filter){0}, &json, &rig.err));
    snprintf(line, sizeof(line), "%s\n", json);
    cr_assert_eq(get("/api/runs"), 200);
    cr_assert_str_eq(answer.body, line);
    cr_assert_eq(answer.size, strlen(line));
    free(json);
    cr_assert_eq(get("/api/runs?name=b&limit=5"), 200);
    json_t *runs = answered();
    cr_assert_eq(json_array_size(runs), 1);
    json_decref(runs);
}

Test(api, an_empty_store_has_an_empty_list)
{
    cr_assert_eq(get("/api/runs"), 200);
    cr_assert_str_eq(answer.body, "[]\n");
}

Test(api, a_store_that_is_not_there_yet_is_no_fault)
{
    viz_api_worker_close(worker);
    viz_api_destroy(api);
    store_rig_close(&rig);
    unlink(rig.path);
    api_rig_start(true);
    cr_assert_eq(get("/api/runs"), 200);
    cr_assert_str_eq(answer.body, "[]\n");
    cr_assert_eq(get("/api/runs/1"), 404);
    says("there is no store yet");
    cr_assert_eq(get("/api/compare?a=1&b=2"), 404);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/1", NULL), 404);
    says("there is no store yet");
    cr_assert(access(rig.path, F_OK), "it was made");
    store_rig_open(&rig, VIZ_STORE_WRITE);
    run_of("a", few, FEW);
    cr_assert_eq(get("/api/runs/1"), 200);
}

Test(api, a_store_that_was_replaced_is_the_new_one)
{
    run_of("old", few, FEW);
    cr_assert_eq(get("/api/runs/old"), 200);
    store_rig_close(&rig);
    char part[96];
    for (int i = 0; i < 3; i++) {
        snprintf(part, sizeof(part), "%s%s", rig.path,
                 (const char *[]){"", "-wal", "-shm"}[i]);
        unlink(part);
    }
    store_rig_open(&rig, VIZ_STORE_WRITE);
    run_of("new", few, FEW);
    cr_assert_eq(get("/api/runs/new"), 200);
    cr_assert_eq(get("/api/runs/old"), 404);
}

Test(api, what_is_no_store_is_a_fault_without_its_folder)
{
    store_rig_close(&rig);
    FILE *file = fopen(rig.path, "w");
    fputs("this is a letter, and no store at all, however long it is", file);
    fclose(file);
    cr_assert_eq(get("/api/runs"), 500);
    says("runs.db");
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/1", NULL), 500);
    says("runs.db");
}

Test(api, a_store_that_finds_no_file_left_is_a_passing_shortage)
{
    struct rlimit limit;
    run_of("a", few, FEW);
    store_rig_close(&rig);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    struct rlimit none = limit;
    none.rlim_cur = 3;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    cr_assert_eq(get("/api/runs"), 503);
    says("runs.db: too many files are open");
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a", NULL), 503);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(get("/api/runs/a"), 200);
}

static void expect_found(int code, bool seen, const char *sentence)
{
    struct viz_api_found found;
    viz_api_found(api, &found);
    cr_assert_eq(found.code, code);
    cr_assert_eq(found.seen, seen);
    cr_assert(strstr(found.sentence, sentence), "%s", found.sentence);
}

Test(api, what_an_answer_found_of_the_store_is_known_at_once)
{
    expect_found(-ENOENT, false, "there is no store yet: nothing was recorded");
    cr_assert_eq(get("/api/runs"), 200);
    expect_found(0, true, "");
    cr_assert_eq(get("/api/runs/nope"), 404);
    expect_found(0, true, "");
    store_rig_close(&rig);
    unlink(rig.path);
    cr_assert_eq(get("/api/runs/1"), 404);
    says("the store was removed");
    expect_found(-ENOENT, true, "the store was removed: there is none");
    FILE *file = fopen(rig.path, "w");
    fputs("this is a letter, and no store at all, however long it is", file);
    fclose(file);
    cr_assert_eq(get("/api/runs"), 500);
    expect_found(-EPROTO, true, "runs.db is no store of runs");
    unlink(rig.path);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    cr_assert_eq(get("/api/runs"), 200);
    expect_found(0, true, "");
}

/* Nothing is wrong with the request. */
Test(api, a_pipe_for_a_store_is_a_fault_of_the_server)
{
    viz_api_worker_close(worker);
    viz_api_destroy(api);
    store_rig_close(&rig);
    unlink(rig.path);
    cr_assert_eq(mkfifo(rig.path, 0600), 0);
    api_rig_start(true);
    cr_assert_eq(get("/api/runs"), 500);
    says("runs.db is no regular file");
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/1", NULL), 500);
    says("runs.db is no regular file");
}

Test(api, unknown_parameters_are_refused_by_name)
{
    cr_assert_eq(get("/api/runs?limit=1&colour=red"), 400);
    says("unknown parameter \"colour\": this takes tag, name, host, since, until, "
         "limit");
    run_of("a", few, FEW);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a?yes=1", NULL), 400);
    says("this takes no parameters");
    cr_assert_eq(get("/api/runs/a"), 200);
}

Test(api, numbers_and_words_are_checked)
{
    run_of("a", few, FEW);
    cr_assert_eq(get("/api/runs/a?bins=0"), 400);
    says("bins \"0\": expected a whole number from 1 to 200");
    cr_assert_eq(get("/api/runs/a?ema=2"), 400);
    says("ema \"2\": expected a number from 1e-06 to 1");
    cr_assert_eq(get("/api/runs/a?figures=some"), 400);
    says("expected yes or no");
    cr_assert_eq(get("/api/runs?since=today"), 400);
    says("expected a date such as");
    cr_assert_eq(get("/api/trend?tag=a&statistic=mode"), 400);
    says("expected mean, median, p95 or p99");
    cr_assert_eq(get("/api/compare?b=1"), 400);
    says("the parameter a is missing");
    cr_assert_eq(get("/api/compare?a=1&b=2&limit=x"), 400);
    says("limit \"x\"");
    cr_assert_eq(get("/api/compare?a=1&b=2&seed=-1"), 400);
}

Test(api, a_name_that_several_runs_have_names_them)
{
    for (int i = 0; i < 7; i++)
        run_of("twin", few, FEW);
    cr_assert_eq(get("/api/runs/twin"), 409);
    says("\"twin\" could be 7 runs: 7 twin, 6 twin, 5 twin, 4 twin, 3 twin and more");
    cr_assert_eq(get("/api/runs/nobody"), 404);
}

Test(api, too_many_runs_at_once_are_refused)
{
    char text[2048] = "/api/percentiles?runs=1";
    size_t used = strlen(text);
    for (int i = 1; i <= 101; i++)
        store_rig_run(&rig, "x", START_NS);
    for (int i = 2; i <= 101; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, ",%d", i);
    cr_assert_eq(get(text), 400);
    says("at most 100 runs and got 101");
}

/* ---- what is kept ---- */

Test(api, an_answer_is_kept_until_its_run_changes)
{
    static const struct viz_annotation remark = {
        .from_ns = START_NS, .to_ns = START_NS + 100 * MS, .text = "x", .author = ""};
    int64_t run = run_of("a", few, FEW);
    end_run(run);
    const char *text = "/api/distribution?runs=a&metric=x";
    char before[1 << 16];
    cr_assert_eq(get(text), 200);
    snprintf(before, sizeof(before), "%s", answer.body);

    /* What cannot happen shows that it was kept: samples without a trace in the run. */
    store_rig_sql(store_rig_db(&rig), "DELETE FROM sample");
    cr_assert_eq(get(text), 200);
    cr_assert_str_eq(answer.body, before);
    STORE_OK(&rig, viz_store_annotate(rig.store, run, &remark, NULL, &rig.err));
    cr_assert_eq(get(text), 200);
    cr_assert_str_neq(answer.body, before);
}

Test(api, what_fails_is_not_kept)
{
    cr_assert_eq(get("/api/distribution?runs=a&metric=x"), 404);
    int64_t run = run_of("a", few, FEW);
    cr_assert_eq(get("/api/distribution?runs=a&metric=y"), 400);
    says("no run has the metric y; run 1 has x");
    cr_assert_eq(get("/api/distribution?runs=a&metric=y"), 400);
    end_run(run);
    cr_assert_eq(get("/api/distribution?runs=a&metric=x"), 200);
}

/* ---- what is written ---- */

static void post(const char *body, int status)
{
    cr_assert_eq(ask(VIZ_WEB_POST, "/api/runs/a/annotations", body), status, "%s: %s",
                 body, answer.body);
}

static int take_annotation(void *context, const struct viz_annotation *annotation)
{
    struct viz_annotation *out = context;
    *out = *annotation;
    cr_assert_str_eq(annotation->text, "fan \u00b5");
    cr_assert_str_eq(annotation->author, "");
    out->text = out->author = NULL;
    return 0;
}

Test(api, an_annotation_is_stored_at_its_nanosecond)
{
    struct viz_annotation stored = {.id = 0};
    run_of("a", few, FEW);
    post("{\"from_s\": 0.1, \"to_s\": 1.000000001, \"text\": \"fan \u00b5\", "
         "\"exclude\": true, \"stream\": 1}",
         201);
    json_t *json = answered();
    STORE_OK(&rig,
             viz_store_annotations(rig.store, 1, take_annotation, &stored, &rig.err));
    cr_assert_eq(json_integer_value(json_object_get(json, "id")), stored.id);
    json_decref(json);
    cr_assert_eq(stored.from_ns, START_NS + 100 * MS);
    cr_assert_eq(stored.to_ns, START_NS + 1000 * MS + 1);
    cr_assert(stored.exclude);
    cr_assert_eq(stored.stream, 1);
}

Test(api, an_annotation_that_is_none_is_refused_and_said_why)
{
    run_of("a", few, FEW);
    post("", 400);
    post("7", 400);
    says("expected a JSON object");
    post("{\"from_s\": 1}", 400);
    says("to_s: expected seconds");
    post("{\"from_s\": 2, \"to_s\": 1}", 400);
    says("to_s is before from_s");
    post("{\"from_s\": 1, \"to_s\": 2e9}", 400);
    says("to_s");
    post("{\"from_s\": 1, \"to_s\": 1, \"exclude\": true, \"text\": \"x\"}", 400);
    says("to_s is from_s, 1: expected more, there is nothing in");
    post("{\"from_s\": 1, \"to_s\": 1, \"text\": \"x\"}", 400);
    says("there is nothing in");
    post("{\"from_s\": 1, \"to_s\": 2, \"exclude\": true}", 400);
    says("needs a text");
    post("{\"from_s\": 1, \"to_s\": 2, \"exclude\": true, \"text\": \" \\t\"}", 400);
    says("text: expected a text that can be seen, or none, and found blanks alone");
    post("{\"from_s\": 1, \"to_s\": 2, \"author\": \"\u00a0 \"}", 400);
    says("author: expected");
    post("{\"from_s\": 1, \"to_s\": 2, \"text\": \"\\u0000\"}", 400);
    post("{\"from_s\": 1, \"to_s\": 2, \"text\": \"\\u001b[m\"}", 400);
    says("control characters");
    post("{\"from_s\": 1, \"to_s\": 2, \"where\": 3}", 400);
    says("unknown key \"where\"");
    post("{\"from_s\": 1, \"to_s\": 2, \"stream\": 2}", 404);
    post("{\"from_s\": 1, \"to_s\": 3, \"text\": \"a\\nb\", \"author\": null}", 201);
}

/* Its samples are of 0 to 1.1 seconds, later than where it is said to have ended. */
Test(api, an_annotation_has_some_of_the_run_in_it)
{
    end_run(run_of("a", few, FEW));
    post("{\"from_s\": 400, \"to_s\": 401, \"text\": \"x\"}", 400);
    says("expected some of the run, which is from 0 to 1.1 s, and found 400 to 401");
    post("{\"from_s\": -2, \"to_s\": 0, \"text\": \"x\"}", 400);
    says("found -2 to 0");
    post("{\"from_s\": 1.1, \"to_s\": 2, \"text\": \"the last\"}", 201);
    post("{\"from_s\": -2, \"to_s\": 0.000000001, \"text\": \"the first\"}", 201);
    post("{\"from_s\": -9, \"to_s\": 9, \"text\": \"all\"}", 201);
}

Test(api, a_text_has_a_thousand_characters_and_no_more)
{
    char body[4096], text[2 * 1001 + 1] = "";
    run_of("a", few, FEW);
    for (int i = 0; i < 1000; i++)
        strcat(text, "\u00b5");
    snprintf(body, sizeof(body), "{\"from_s\": 0, \"to_s\": 1, \"text\": \"%s\"}",
             text);
    post(body, 201);
    strcat(text, "\u00b5");
    snprintf(body, sizeof(body), "{\"from_s\": 0, \"to_s\": 1, \"text\": \"%s\"}",
             text);
    post(body, 400);
    says("1001 characters: at most 1000");
}

Test(api, what_was_said_is_taken_away_once)
{
    run_of("a", few, FEW);
    post("{\"from_s\": 1, \"to_s\": 2, \"text\": \"x\"}", 201);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a/annotations/x", NULL), 400);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a/annotations/1", NULL), 204);
    cr_assert_null(answer.body);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a/annotations/1", NULL), 404);
    cr_assert_eq(
        ask(VIZ_WEB_DELETE, "/api/runs/a/annotations/18446744073709551615", NULL), 400);
}

Test(api, tags_come_and_go)
{
    run_of("a", few, FEW);
    cr_assert_eq(ask(VIZ_WEB_PUT, "/api/runs/a/tags/50%25%2Fx", NULL), 204);
    cr_assert_eq(ask(VIZ_WEB_PUT, "/api/runs/a/tags/50%25%2Fx", NULL), 204);
    cr_assert_eq(get("/api/runs?tag=50%25%2Fx"), 200);
    cr_assert_str_neq(answer.body, "[]\n");
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a/tags/50%25%2Fx", NULL), 204);
    cr_assert_eq(get("/api/runs?tag=50%25%2Fx"), 200);
    cr_assert_str_eq(answer.body, "[]\n");
    cr_assert_eq(ask(VIZ_WEB_PUT, "/api/runs/a/tags/x,y", NULL), 400);
    says("without commas");
    cr_assert_eq(ask(VIZ_WEB_PUT, "/api/runs/a/tags/%20%C2%A0", NULL), 400);
    says("blanks alone");
    cr_assert_eq(ask(VIZ_WEB_PUT, "/api/runs/b/tags/x", NULL), 404);
}

Test(api, a_run_that_is_being_recorded_is_not_deleted)
{
    int64_t run = run_of("a", few, FEW);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a", NULL), 409);
    says("is being recorded right now: end that first; nothing was deleted");
    end_run(run);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a", NULL), 204);
    cr_assert_eq(get("/api/runs/a"), 404);
}

Test(api, without_leave_nothing_is_written)
{
    viz_api_worker_close(worker);
    viz_api_destroy(api);
    end_run(run_of("a", few, FEW));
    api_rig_start(false);
    for (uint32_t i = 0; i < viz_api_route_count; i++)
        cr_assert_eq(viz_api_routes[i].writes, viz_api_routes[i].method != VIZ_WEB_GET);
    cr_assert_eq(ask(VIZ_WEB_DELETE, "/api/runs/a", NULL), 403);
    says("only reads");
    cr_assert_eq(get("/api/runs/a"), 200);
}

Test(api, somebody_who_writes_for_long_makes_it_busy)
{
    end_run(run_of("a", few, FEW));
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    cr_assert_eq(ask(VIZ_WEB_PUT, "/api/runs/a/tags/x", NULL), 503);
    cr_assert_eq(get("/api/runs/a"), 200); /* reading goes on */
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    cr_assert_eq(ask(VIZ_WEB_PUT, "/api/runs/a/tags/x", NULL), 204);
}
