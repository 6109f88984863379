/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/selftest.h>

#include <viz/special.h>
#include <viz/text.h>

#include <criterion/criterion.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_ORACLES 100
#define LEVEL_ROWS 8
#define RUN_ROWS 6
#define COVERAGE_ROWS 12

/* What was told. */
struct told {
    char text[65536];
    size_t used;
    unsigned lines, widest, progress;
    double part;
    bool backwards;
    int stop, stop_after; /* calls of progress; 0: never */
};

static void line(void *context, const char *text)
{
    struct told *told = context;
    unsigned width = viz_text_width(text);
    told->lines++;
    told->widest = width > told->widest ? width : told->widest;
    int length = snprintf(told->text + told->used, sizeof(told->text) - told->used,
                          "%s\n", text);
    told->used += (size_t)length;
    cr_assert_lt(told->used, sizeof(told->text));
}

static void progress(void *context, double part, const char *what)
{
    struct told *told = context;
    told->backwards = told->backwards || part < told->part || part > 1 || !*what;
    told->part = part;
    if (++told->progress == (unsigned)told->stop_after)
        told->stop = 1;
}

/* free() it. */
static struct told *run(uint64_t seed, uint32_t pairs, unsigned threads, int stop_after,
                        uint32_t *failed, char **json)
{
    struct told *told = calloc(1, sizeof(*told));
    const struct viz_selftest_params params = {.seed = seed,
                                               .pairs = pairs,
                                               .threads = threads,
                                               .line = line,
                                               .progress = progress,
                                               .context = told,
                                               .stop = &told->stop};
    told->stop_after = stop_after;
    viz_special_start();
    *failed = viz_selftest_run(&params, json);
    return told;
}

static size_t rows(const json_t *report, const char *section)
{
    return json_array_size(json_object_get(report, section));
}

static bool is_ok(const json_t *report)
{
    return json_is_true(json_object_get(report, "ok"));
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    cr_assert(json, "%s", error.text);
    return json;
}

Test(selftest, every_published_figure_comes_out_to_its_digits)
{
    uint32_t failed;
    char *text;
    size_t i;
    json_t *one;
    struct told *told = run(1, 100, 1, 1, &failed, &text);
    json_t *json = parse(text);
    cr_expect_geq(rows(json, "oracles"), (size_t)LEAST_ORACLES);
    json_array_foreach(json_object_get(json, "oracles"), i, one)
    {
        cr_expect(is_ok(one), "%s", json_string_value(json_object_get(one, "what")));
        cr_expect_geq(json_number_value(json_object_get(one, "needs")), 6.0);
    }
    json_decref(json);
    free(text);
    free(told);
}

Test(selftest, all_rows_are_there_and_fit_a_hundred_columns)
{
    uint32_t failed;
    char *text;
    struct told *told = run(2, 20, 0, 0, &failed, &text);
    json_t *json = parse(text);
    cr_expect_eq(rows(json, "levels"), (size_t)LEVEL_ROWS);
    cr_expect_eq(rows(json, "runs"), (size_t)RUN_ROWS);
    cr_expect_eq(rows(json, "coverage"), (size_t)COVERAGE_ROWS);
    cr_expect_eq(is_ok(json), failed == 0);
    cr_expect_eq(json_integer_value(json_object_get(json, "failed")), failed);
    cr_expect_leq(told->widest, 100u);
    cr_expect(!told->backwards);
    cr_expect_gt(told->progress, 40u);
    cr_expect(strstr(told->text, failed ? "FAILED" : "passed"));
    json_decref(json);
    free(text);
    free(told);
}

/* With 30 pairs the plain test is far outside of 30 x 5 % already. */
Test(selftest, the_plain_test_is_seen_to_be_wrong_and_viz_is_not)
{
    uint32_t failed;
    char *text;
    struct told *told = run(3, 30, 0, 0, &failed, &text);
    json_t *json = parse(text);
    json_t *row = json_array_get(json_object_get(json, "levels"), 1);
    json_t *rates = json_object_get(row, "false_positives");
    cr_assert_str_eq(json_string_value(json_object_get(row, "frames")), "published");
    cr_expect_gt(json_number_value(json_object_get(rates, "student")), 0.3);
    cr_expect_gt(json_number_value(json_object_get(rates, "mann_whitney")), 0.3);
    cr_expect_lt(json_number_value(json_object_get(rates, "viz")), 0.25);
    json_decref(json);
    free(text);
    free(told);
}

Test(selftest, the_same_seed_says_the_same_whatever_the_threads)
{
    uint32_t failed[3];
    char *text[3];
    struct told *told[3] = {run(5, 20, 1, 0, &failed[0], &text[0]),
                            run(5, 20, 3, 0, &failed[1], &text[1]),
                            run(6, 20, 2, 0, &failed[2], &text[2])};
    cr_expect_str_eq(text[0], text[1]);
    cr_expect_str_eq(told[0]->text, told[1]->text);
    cr_expect_str_neq(text[0], text[2]);
    for (int i = 0; i < 3; i++) {
        free(text[i]);
        free(told[i]);
    }
}

/* In the middle of the second device: the first one's rows, and no verdict "passed". */
Test(selftest, what_is_stopped_says_so_and_tells_what_there_is)
{
    uint32_t failed;
    char *text;
    struct told *told = run(1, 40, 2, 25, &failed, &text);
    json_t *json = parse(text);
    cr_expect(json_is_true(json_object_get(json, "stopped")));
    cr_expect(!is_ok(json));
    cr_expect_eq(rows(json, "levels"), 4u);
    cr_expect_eq(rows(json, "runs"), 0u);
    cr_expect_eq(rows(json, "coverage"), 0u);
    cr_expect(strstr(told->text, "Stopped"));
    cr_expect(!strstr(told->text, "passed"));
    json_decref(json);
    free(text);
    free(told);
}
