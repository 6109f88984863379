/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api_rig.h"

#include <viz/run_distribution.h>

#include <errno.h>

TestSuite(run_distribution, .init = series_rig_init, .fini = series_rig_finish,
          .timeout = 60);

static json_t *distribution(const char *metric, const char *stream, uint32_t bins,
                            const int64_t *run, uint32_t runs)
{
    const struct viz_run_distribution_params params = {
        .run = run, .runs = runs, .metric = metric, .stream = stream, .bins = bins};
    char *text;
    STORE_OK(&rig, viz_run_distribution_json(rig.store, &params, &text, &rig.err));
    json_t *out = json_loads(text, 0, NULL);
    cr_assert_not_null(out, "%s", text);
    free(text);
    return out;
}

static double number(const json_t *array, size_t at)
{
    return json_number_value(json_array_get(array, at));
}

static json_t *run_at(const json_t *json, size_t at)
{
    return json_array_get(json_object_get(json, "runs"), at);
}

static int64_t n_of(const json_t *run)
{
    return json_integer_value(json_object_get(run, "n"));
}

Test(run_distribution, runs_share_their_edges)
{
    const double low[] = {0, 1, 2, 3}, high[] = {6, 7, 8};
    const int64_t run[] = {run_of("low", low, 4), run_of("high", high, 3)};
    json_t *json = distribution("x", NULL, 4, run, 2);
    const json_t *edges = json_object_get(json, "edges");
    cr_assert_eq(json_array_size(edges), 5);
    for (size_t i = 0; i < 5; i++)
        near(number(edges, i), 2 * (double)i);
    const json_t *counts = json_object_get(run_at(json, 0), "counts");
    cr_assert_eq(number(counts, 0), 2);
    cr_assert_eq(number(counts, 1), 2);
    cr_assert_eq(number(counts, 3), 0);
    counts = json_object_get(run_at(json, 1), "counts");
    cr_assert_eq(number(counts, 0), 0);
    cr_assert_eq(number(counts, 3), 3); /* 8 is on the last edge */
    cr_assert_str_eq(json_string_value(json_object_get(json, "unit")), "ms");
    json_decref(json);
}

Test(run_distribution, what_is_no_number_is_left_out)
{
    const double x[] = {1, NAN, 2, INFINITY, 3, -INFINITY, 1e80};
    const int64_t run[] = {run_of("a", x, 7)};
    json_t *json = distribution("x", NULL, 0, run, 1);
    cr_assert_eq(n_of(run_at(json, 0)), 3);
    near(json_number_value(json_object_get(run_at(json, 0), "max")), 3);
    json_decref(json);
}

Test(run_distribution, a_run_without_values_stands_beside_one_that_has_some)
{
    const double x[] = {1, 2}, none[] = {NAN};
    const int64_t run[] = {run_of("a", x, 2), run_of("b", none, 1),
                           store_rig_run(&rig, "empty", START_NS)};
    json_t *json = distribution("x", NULL, 0, run, 3);
    cr_assert_eq(n_of(run_at(json, 0)), 2);
    for (size_t i = 1; i < 3; i++) {
        const json_t *other = run_at(json, i);
        cr_assert_eq(n_of(other), 0);
        cr_assert(json_is_null(json_object_get(other, "min")));
        cr_assert_eq(json_array_size(json_object_get(other, "counts")), 0);
        cr_assert_eq(
            json_array_size(json_object_get(json_object_get(other, "ecdf"), "x")), 0);
    }
    cr_assert(json_is_null(json_object_get(run_at(json, 2), "stream")));
    json_decref(json);
}

Test(run_distribution, without_any_value_there_are_no_edges)
{
    const double none[] = {NAN};
    const int64_t run[] = {run_of("a", none, 1)};
    for (uint32_t bins = 0; bins < 2; bins++) {
        json_t *json = distribution("x", NULL, bins, run, 1);
        cr_assert_eq(json_array_size(json_object_get(json, "edges")), 0);
        json_decref(json);
    }
}

Test(run_distribution, one_value_and_equal_values_have_no_density)
{
    const double x[] = {5, 5, 5};
    for (size_t n = 1; n <= 3; n += 2) {
        const int64_t run[] = {run_of("a", x, n)};
        json_t *json = distribution("x", NULL, 0, run, 1);
        const json_t *one = run_at(json, 0);
        const json_t *density = json_object_get(one, "density");
        cr_assert(json_is_null(json_object_get(density, "bandwidth")));
        cr_assert_eq(json_array_size(json_object_get(density, "x")), 0);
        cr_assert_eq(json_array_size(json_object_get(json, "edges")), 2);
        cr_assert_eq(number(json_object_get(one, "counts"), 0), (double)n);
        near(number(json_object_get(json, "edges"), 0), 4.95);
        json_decref(json);
    }
}

Test(run_distribution, what_is_excluded_is_not_in_it)
{
    const double x[] = {1, 2, 3, 100, 100};
    const int64_t run[] = {run_of("a", x, 5)};
    STORE_OK(&rig,
             viz_store_annotate(rig.store, run[0],
                                &(struct viz_annotation){.from_ns = START_NS + 300 * MS,
                                                         .to_ns = START_NS + 900 * MS,
                                                         .text = "shaken",
                                                         .author = "",
                                                         .exclude = true},
                                NULL, &rig.err));
    json_t *json = distribution("x", NULL, 0, run, 1);
    cr_assert_eq(n_of(run_at(json, 0)), 3);
    json_decref(json);
}

/* Two streams that have a channel x each. */
static int64_t two_streams(void)
{
    int64_t run = store_rig_run(&rig, "two", START_NS);
    for (int i = 0; i < 2; i++) {
        const struct viz_run_channel channel = {"x", ""};
        const struct viz_run_stream stream = {.name = i ? "S2" : "S1",
                                              .form = VIZ_FORM_VALUES,
                                              .channel = &channel,
                                              .channels = 1};
        struct store_place place = store_rig_place(&rig, run, &stream);
        const double value = i ? 20 : 10;
        put(&place, 0, 0, &value, sizeof(value));
        STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
        writing = false;
    }
    return run;
}

Test(run_distribution, a_stream_is_chosen_by_name_id_or_metric_and_is_said)
{
    const int64_t run[] = {two_streams()};
    static const struct {
        const char *metric, *stream, *is;
    } table[] = {
        {"x", NULL, "S1"}, {"x", "S2", "S2"}, {"x", "2", "S2"}, {"S2/x", NULL, "S2"}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        json_t *json = distribution(table[i].metric, table[i].stream, 0, run, 1);
        const json_t *one = run_at(json, 0);
        cr_assert_str_eq(json_string_value(json_object_get(one, "stream")),
                         table[i].is);
        near(json_number_value(json_object_get(one, "mean")),
             strcmp(table[i].is, "S1") ? 20 : 10);
        json_decref(json);
    }
}

Test(run_distribution, a_metric_that_no_run_has_is_refused_with_those_there_are)
{
    const int64_t run[] = {two_streams()};
    char *text;
    struct viz_run_distribution_params params = {.run = run, .runs = 1, .metric = "y"};
    cr_assert_eq(viz_run_distribution_json(rig.store, &params, &text, &rig.err),
                 -EINVAL);
    cr_assert_str_eq(rig.err.text, "no run has the metric y; run 1 has S1/x, S2/x");
    params.metric = "x";
    params.stream = "S3";
    cr_assert_eq(viz_run_distribution_json(rig.store, &params, &text, &rig.err),
                 -EINVAL);
}
