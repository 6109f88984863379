/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api_rig.h"

#include <viz/random.h>
#include <viz/run_changes.h>

#include <errno.h>

TestSuite(run_changes, .init = series_rig_init, .fini = series_rig_finish,
          .timeout = 60);

static json_t *changes(int64_t run)
{
    char *text;
    STORE_OK(&rig, viz_run_changes_json(rig.store, run, "x", NULL, &text, &rig.err));
    json_t *out = json_loads(text, 0, NULL);
    cr_assert_not_null(out, "%s", text);
    free(text);
    return out;
}

static double real(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* 400 values around @mean, by @step more from the 200th on. */
static int64_t stepping(double mean, double step)
{
    struct viz_random random;
    double x[400];
    viz_random_seed(&random, 5);
    for (int i = 0; i < 400; i++)
        x[i] = mean + (i >= 200 ? step : 0) +
               (double)viz_random_below(&random, 1000) / 1000 - 0.5;
    return run_of("a", x, 400);
}

Test(run_changes, a_step_is_told_where_it_is_and_how_large)
{
    json_t *json = changes(stepping(10, 5));
    const json_t *list = json_object_get(json, "changes");
    const json_t *one = json_array_get(list, 0);
    cr_assert(json_is_false(json_object_get(json, "steady")));
    cr_assert_eq(json_array_size(list), 1);
    near(real(one, "at_s"), 20);
    cr_assert_lt(fabs(real(one, "before") - 10), 0.1);
    cr_assert_lt(fabs(real(one, "after") - 15), 0.1);
    near(real(one, "percent"),
         100 * (real(one, "after") - real(one, "before")) / real(one, "before"));
    json_decref(json);
}

Test(run_changes, of_what_is_below_zero_there_is_no_percentage)
{
    json_t *json = changes(stepping(-10, 5));
    const json_t *one = json_array_get(json_object_get(json, "changes"), 0);
    near(real(one, "at_s"), 20);
    cr_assert(json_is_null(json_object_get(one, "percent")));
    json_decref(json);
}

Test(run_changes, without_a_step_it_is_steady)
{
    json_t *json = changes(stepping(10, 0));
    cr_assert(json_is_true(json_object_get(json, "steady")));
    cr_assert_eq(json_array_size(json_object_get(json, "changes")), 0);
    cr_assert(json_is_null(json_object_get(json, "warmup")));
    cr_assert(json_is_null(json_object_get(json, "drift")));
    json_decref(json);
}

Test(run_changes, a_warm_up_ends_where_the_rest_begins)
{
    struct viz_random random;
    double x[400];
    viz_random_seed(&random, 5);
    for (int i = 0; i < 400; i++)
        x[i] = 10 + (i < 60 ? 20 : 0) + (double)viz_random_below(&random, 1000) / 1000;
    json_t *json = changes(run_of("a", x, 400));
    const json_t *warmup = json_object_get(json, "warmup");
    cr_assert_lt(fabs(real(warmup, "until_s") - 6), 1.1);
    cr_assert_gt(real(warmup, "mean"), real(warmup, "rest_mean") + 10);
    json_decref(json);
}

Test(run_changes, a_drift_is_told_from_its_beginning_to_its_end)
{
    struct viz_random random;
    double x[400];
    viz_random_seed(&random, 5);
    for (int i = 0; i < 400; i++)
        x[i] = 10 + i / 400.0 + (double)viz_random_below(&random, 1000) / 250;
    json_t *json = changes(run_of("a", x, 400));
    const json_t *drift = json_object_get(json, "drift");
    if (json_is_null(drift)) /* as changes, then */
        cr_assert_gt(json_array_size(json_object_get(json, "changes")), 0);
    else
        cr_assert_lt(fabs(real(drift, "value") - 1), 0.7);
    cr_assert(json_is_false(json_object_get(json, "steady")));
    json_decref(json);
}

Test(run_changes, few_values_one_and_none_say_nothing_wrong)
{
    const double x[] = {1, 2, NAN};
    json_t *json = changes(run_of("a", x, 2));
    cr_assert(json_is_null(json_object_get(json, "steady")), "too few to say");
    json_decref(json);
    json = changes(run_of("b", x + 2, 1));
    cr_assert_eq(json_integer_value(json_object_get(json, "n")), 0);
    cr_assert(json_is_null(json_object_get(json, "steady")));
    cr_assert(json_is_null(json_object_get(json, "n_effective")));
    json_decref(json);
}

Test(run_changes, what_is_worth_fewer_than_ten_values_is_not_called_steady)
{
    double x[400];
    for (int i = 0; i < 400; i++)
        x[i] = i < 19 ? i % 2 : 5; /* all the same is worth all of them */
    json_t *json = changes(run_of("few", x, 19));
    cr_expect(json_is_null(json_object_get(json, "steady")));
    json_decref(json);
    json = changes(run_of("same", x + 19, 20));
    cr_expect(json_is_true(json_object_get(json, "steady")));
    json_decref(json);
    for (int i = 0; i < 400; i++)
        x[i] = 1000 + sin(i / 63.6); /* one swing, less than is told */
    json = changes(run_of("slow", x, 400));
    cr_expect_lt(real(json, "n_effective"), 10);
    cr_expect(json_is_null(json_object_get(json, "steady")));
    json_decref(json);
}

Test(run_changes, what_is_left_out_is_said_with_why)
{
    const double x[] = {1, INFINITY, 2e75, NAN, 2, -INFINITY};
    json_t *json = changes(run_of("a", x, 6)),
           *left = json_object_get(json, "left_out");
    cr_expect_eq(real(json, "n"), 2);
    cr_expect_eq(real(left, "not_finite"), 3);
    cr_expect_eq(real(left, "too_large"), 1);
    cr_expect_eq(real(left, "excluded"), 0);
    json_decref(json);
}

Test(run_changes, a_metric_that_the_run_lacks_is_refused)
{
    const double x[] = {1};
    char *text;
    cr_assert_eq(
        viz_run_changes_json(rig.store, run_of("a", x, 1), "y", NULL, &text, &rig.err),
        -EINVAL);
    cr_assert_eq(viz_run_changes_json(rig.store, 99, "x", NULL, &text, &rig.err),
                 -ENOENT);
}
