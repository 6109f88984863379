/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "near_rig.h"
#include "store_rig.h"

#include <viz/describe.h>
#include <viz/random.h>
#include <viz/special.h>
#include <viz/text.h>
#include <viz/trend.h>
#include <viz/welch.h>

#include <errno.h>
#include <jansson.h>

#define DAY_NS INT64_C(86400000000000)
#define START_NS INT64_C(1767236400000000000)
#define MOST 40

static struct store_rig rig;
static int64_t id[MOST];
static uint32_t ids;

static void start(void)
{
    ids = 0;
    viz_special_start();
    store_rig_init(&rig);
}

static void finish(void)
{
    store_rig_finish(&rig);
}

TestSuite(trend, .init = start, .fini = finish);

static const struct viz_run_channel frame_channels[] = {{"frame_ms", "ms"}};
static const struct viz_run_stream frames = {.name = "frames",
                                             .source = "",
                                             .form = VIZ_FORM_VALUES,
                                             .channel = frame_channels,
                                             .channels = 1};

/* A run on its own day, of @stream, whose first channel has @mean exactly and values
 * around it; the others are twice that. */
static void put_run(const struct viz_run_stream *stream, uint32_t day, double mean,
                    uint32_t values)
{
    char name[32];
    snprintf(name, sizeof(name), "night %u", day);
    id[ids] = store_rig_run(&rig, name, START_NS + day * DAY_NS);
    struct store_place place = store_rig_place(&rig, id[ids], stream);
    struct viz_random random;
    double off[64];
    viz_random_seed(&random, day);
    cr_assert_leq(values, 64);
    for (uint32_t i = 0; i < values; i++)
        off[i] = 0.5 * viz_random_normal(&random);
    double centre = values ? viz_mean(off, values) : 0;
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint32_t i = 0; i < values; i++) {
        double row[2] = {mean + off[i] - centre};
        row[1] = 2 * row[0];
        STORE_OK(&rig, store_rig_put(&rig, &place, i, row, stream->channels * 8));
    }
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_end_run(rig.store, id[ids], VIZ_RUN_COMPLETE,
                                     START_NS + day * DAY_NS + 1, "", &rig.err));
    ids++;
}

static const struct viz_trend_params standard = {.alpha = 0.05, .limit_percent = 1};

static struct viz_trend *trend_of(const struct viz_trend_params *params)
{
    struct viz_trend *trend = NULL;
    STORE_OK(&rig, viz_trend_create(rig.store, id, ids, params, &trend, &rig.err));
    return trend;
}

/* Runs around 100 that differ by up to 0.2, and by @step more from @from on. */
static const double around[12] = {100,   99.9,   100.1, 100.2, 99.8,  100.05,
                                  99.95, 100.15, 99.85, 100,   100.1, 99.9};

static void put_step(uint32_t runs, uint32_t from, double step)
{
    for (uint32_t i = 0; i < runs; i++)
        put_run(&frames, i, around[i] + (i >= from ? step : 0), 40);
}

Test(trend, a_step_of_three_percent_is_one_change_for_the_worse)
{
    put_step(12, 7, 3);
    struct viz_trend *trend = trend_of(&standard);
    cr_assert_eq(trend->runs, 12);
    cr_assert_eq(trend->parts, 2);
    for (uint32_t i = 0; i < 12; i++) {
        cr_expect_eq(trend->run[i].change, i == 7);
        cr_expect_eq(trend->run[i].part, i >= 7);
        expect_near(trend->run[i].value, around[i] + (i >= 7 ? 3 : 0));
        cr_expect(trend->run[i].low < trend->run[i].value &&
                  trend->run[i].high > trend->run[i].value);
    }
    const struct viz_trend_run *change = &trend->run[7];
    expect_near(change->row.a, 100);
    expect_near(change->row.b, 103);
    expect_near(change->percent, 3);
    cr_expect(change->percent_low > 2.7 && change->percent_high < 3.3);
    cr_expect(change->p < 0.02);
    cr_expect_eq(change->verdict, VIZ_VERDICT_WORSE);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_WORSE);
    cr_expect(strstr(trend->sentence, "is worse since run 8"), "%s", trend->sentence);
    cr_expect(strstr(trend->sentence, "night 7"), "%s", trend->sentence);
    viz_trend_destroy(trend);
}

Test(trend, down_is_better_where_lower_is)
{
    put_step(12, 6, -3);
    struct viz_trend *trend = trend_of(&standard);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_BETTER);
    viz_trend_destroy(trend);
}

Test(trend, the_newest_change_is_the_verdict)
{
    for (uint32_t i = 0; i < 15; i++)
        put_run(&frames, i, around[i % 5] + (i < 5 ? 0 : i < 10 ? 6 : 3), 40);
    struct viz_trend *trend = trend_of(&standard);
    cr_assert_eq(trend->parts, 3);
    cr_expect_eq(trend->run[5].verdict, VIZ_VERDICT_WORSE);
    cr_expect_eq(trend->run[10].verdict, VIZ_VERDICT_BETTER);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_BETTER);
    cr_expect_eq(trend->run[5].before, 5);
    cr_expect_eq(trend->run[5].after, 5);
    viz_trend_destroy(trend);
}

Test(trend, what_is_within_the_limit_is_equivalent)
{
    put_step(12, 6, 0.6);
    struct viz_trend *trend = trend_of(&standard);
    cr_assert_eq(trend->parts, 2);
    cr_expect_eq(trend->run[6].verdict, VIZ_VERDICT_EQUIVALENT);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_EQUIVALENT);
    viz_trend_destroy(trend);
}

Test(trend, without_a_change_it_says_which_one_would_have_been_seen)
{
    put_step(12, 12, 0);
    struct viz_trend *trend = trend_of(&standard);
    cr_expect_eq(trend->parts, 1);
    cr_expect(trend->detectable > 0.1 && trend->detectable < 0.5);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_EQUIVALENT);
    cr_expect(strstr(trend->sentence, "has not changed in 12 runs"));
    viz_trend_destroy(trend);

    struct viz_trend_params params = standard;
    params.limit_percent = 0.01;
    trend = trend_of(&params);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_NOT_SHOWN);
    viz_trend_destroy(trend);
}

Test(trend, one_wild_run_is_no_change)
{
    for (uint32_t wild = 0; wild < 12; wild += 11) {
        ids = 0;
        for (uint32_t i = 0; i < 12; i++)
            put_run(&frames, i, around[i] + (i == wild ? 50 : 0), 40);
        struct viz_trend *trend = trend_of(&standard);
        cr_expect_eq(trend->parts, 1);
        cr_expect_eq(trend->verdict, VIZ_VERDICT_NOT_SHOWN);
        viz_trend_destroy(trend);
    }
}

/* 40 runs around 100, by 0.1, the newest @wild of them 3 more. */
static struct viz_trend *trend_with_newest(uint32_t wild, double more)
{
    ids = 0;
    for (uint32_t i = 0; i < 40; i++)
        put_run(&frames, i,
                100 + (around[i % 12] - 100) / 2 + (i >= 40 - wild ? more : 0), 20);
    return trend_of(&standard);
}

Test(trend, newest_runs_that_are_unlike_the_others_are_not_equivalent)
{
    for (uint32_t wild = 1; wild <= 2; wild++) {
        struct viz_trend *trend = trend_with_newest(wild, 3);
        if (trend->parts == 1) {
            cr_expect_eq(trend->verdict, VIZ_VERDICT_NOT_SHOWN);
            cr_expect(trend->detectable < 1);
            cr_expect_eq(trend->newest.odd, wild);
            cr_expect(trend->newest.beyond && !trend->newest.within);
            cr_expect_not(strstr(trend->sentence, "has not changed"), "%s",
                          trend->sentence);
            cr_expect(strstr(trend->sentence, wild == 1 ? "The newest run is 3"
                                                        : "The newest two runs are 3"),
                      "%s", trend->sentence);
            cr_expect(strstr(trend->sentence, "above what the others let expect"));
        } else {
            cr_expect_eq(trend->verdict, VIZ_VERDICT_WORSE);
        }
        cr_expect(wild == 2 || trend->parts == 1);
        viz_trend_destroy(trend);
    }
}

Test(trend, a_newest_run_that_is_odd_within_the_limit_is_said_and_no_more)
{
    struct viz_trend *trend = trend_with_newest(1, -0.5);
    cr_assert_eq(trend->parts, 1);
    cr_expect_eq(trend->newest.odd, 1);
    cr_expect(!trend->newest.beyond && trend->newest.within);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_EQUIVALENT);
    cr_expect(strstr(trend->sentence, "below what the others let expect"), "%s",
              trend->sentence);
    viz_trend_destroy(trend);
}

Test(trend, the_newest_three_are_tested_as_two_one_sided_tests_have_it)
{
    struct viz_trend *trend = trend_with_newest(0, 0);
    struct viz_moments before, newest;
    struct viz_t_test test;
    struct viz_tost equal;
    double value[40];
    for (uint32_t i = 0; i < 40; i++)
        value[i] = trend->run[i].value;
    viz_moments_of(value, 37, &before);
    viz_moments_of(value + 37, 3, &newest);
    viz_welch(&before, &newest, 0.05, &test);
    viz_tost(&test, 1, 0.05, &equal);
    cr_assert_eq(trend->newest.runs, 3);
    cr_expect_eq(trend->newest.odd, 0);
    cr_expect(trend->newest.within);
    expect_near(trend->newest.row.low, equal.low);
    expect_near(trend->newest.row.high, equal.high);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_EQUIVALENT);
    viz_trend_destroy(trend);
}

Test(trend, behind_a_change_within_the_limit_a_wild_run_is_not_passed_over)
{
    for (uint32_t i = 0; i < 30; i++)
        put_run(&frames, i, around[i % 12] + (i >= 10 ? 0.5 : 0) + (i == 29 ? 3 : 0),
                20);
    struct viz_trend *trend = trend_of(&standard);
    cr_assert_eq(trend->parts, 2);
    cr_expect_eq(trend->run[10].verdict, VIZ_VERDICT_EQUIVALENT);
    cr_expect_eq(trend->newest.odd, 1);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_NOT_SHOWN);
    viz_trend_destroy(trend);
}

Test(trend, runs_that_are_all_the_same_are_equivalent_until_one_is_not)
{
    for (uint32_t other = 0; other < 2; other++) {
        ids = 0;
        for (uint32_t i = 0; i < 9; i++)
            put_run(&frames, i, other && i == 8 ? 103 : 100, 20);
        struct viz_trend *trend = trend_of(&standard);
        cr_expect_eq(trend->newest.odd, other);
        cr_expect_eq(trend->verdict,
                     other ? VIZ_VERDICT_NOT_SHOWN : VIZ_VERDICT_EQUIVALENT);
        viz_trend_destroy(trend);
    }
}

Test(trend, too_few_runs_can_show_nothing_and_it_says_how_many_can)
{
    static const struct {
        double alpha;
        uint32_t needs;
    } known[] = {{0.05, 8}, {0.5, 4}, {0.11, 6}, {0.01, 10}};
    put_step(7, 3, 20);
    for (size_t i = 0; i < count_of(known); i++) {
        struct viz_trend_params params = standard;
        params.alpha = known[i].alpha;
        struct viz_trend *trend = trend_of(&params);
        cr_expect_eq(trend->needs, known[i].needs, "%u at %g", trend->needs,
                     known[i].alpha);
        if (known[i].needs > 7) {
            cr_expect_eq(trend->parts, 1);
            cr_expect_eq(trend->verdict, VIZ_VERDICT_NOT_SHOWN);
            cr_expect(strstr(trend->sentence, "can be shown with 7 runs"));
        } else {
            cr_expect_geq(trend->parts, 2);
        }
        viz_trend_destroy(trend);
    }
}

Test(trend, runs_are_in_order_of_their_start)
{
    for (uint32_t i = 0; i < 8; i++) /* ids against time */
        put_run(&frames, 7 - i, 100 + around[i] - 100 + (7 - i >= 4 ? 5 : 0), 40);
    struct viz_trend *trend = trend_of(&standard);
    cr_assert_eq(trend->runs, 8);
    for (uint32_t i = 0; i < 8; i++)
        cr_expect_eq(trend->run[i].run.id, id[7 - i]);
    cr_expect(trend->run[4].change);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_WORSE);
    viz_trend_destroy(trend);
}

Test(trend, runs_without_the_metric_or_its_values_are_said)
{
    static const struct viz_run_channel other_channels[] = {{"present_ms", "ms"}};
    struct viz_run_stream other = frames;
    other.channel = other_channels;
    put_step(9, 9, 0);
    put_run(&other, 9, 5, 10);
    put_run(&frames, 10, 5, 0);
    struct viz_trend_params params = standard;
    params.metric = "frame_ms";
    struct viz_trend *trend = trend_of(&params);
    cr_assert_eq(trend->valued, 9);
    cr_expect_eq(trend->run[9].why, VIZ_TREND_NO_METRIC);
    cr_expect_eq(trend->run[10].why, VIZ_TREND_NO_VALUES);
    cr_expect(isnan(trend->run[9].value) && isnan(trend->run[10].low));
    viz_trend_destroy(trend);
}

Test(trend, a_quantile_needs_values)
{
    put_step(8, 4, 5);
    struct viz_trend_params params = standard;
    params.statistic = VIZ_STATISTIC_P99;
    struct viz_trend *trend = trend_of(&params);
    cr_expect_eq(trend->valued, 0);
    cr_expect_eq(trend->run[0].why, VIZ_TREND_TOO_FEW);
    cr_expect_eq(trend->run[0].needs, 368);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_NOT_SHOWN);
    viz_trend_destroy(trend);

    params.statistic = VIZ_STATISTIC_MEDIAN;
    trend = trend_of(&params);
    cr_expect_eq(trend->valued, 8);
    cr_expect_eq(trend->parts, 2);
    viz_trend_destroy(trend);
}

static void expect_refused(const char *metric, const char *says)
{
    struct viz_trend_params params = standard;
    struct viz_trend *trend = NULL;
    params.metric = metric;
    cr_expect_eq(viz_trend_create(rig.store, id, ids, &params, &trend, &rig.err),
                 -EINVAL);
    cr_expect(strstr(rig.err.text, says), "%s", rig.err.text);
}

Test(trend, metrics_that_are_not_there_or_several)
{
    put_step(4, 4, 0);
    expect_refused("nope", "the newest has frame_ms");
    expect_refused("frame_ms,t", "of one metric");
    expect_refused("all", "of one metric");
    ids = 0;
    expect_refused(NULL, "no metrics");
}

static const struct viz_run_channel many_channels[] = {
    {"frame_ms_of_the_first_of_all_that_are_drawn_here", "ms"},
    {"frame_ms_of_the_second_of_all_that_are_drawn_here", "ms"},
    {"frame_ms_of_the_third_of_all_that_are_drawn_here", "ms"},
    {"frame_ms_of_the_fourth_of_all_that_are_drawn_here", "ms"},
    {"frame_ms_of_the_fifth_of_all_that_are_drawn_here", "ms"},
    {"frame_ms_of_the_sixth_of_all_that_are_drawn_here", "ms"},
    {"frame_ms_of_the_seventh_of_all_that_are_drawn_here", "ms"},
    {"present_ms", "ms"},
};

Test(trend, names_of_metrics_are_whole_and_near_ones_first)
{
    struct viz_run_stream many = frames;
    many.channel = many_channels;
    many.channels = 8;
    id[ids] = store_rig_run(&rig, "many", START_NS);
    store_rig_place(&rig, id[ids++], &many);
    expect_refused("nope", "drawn_here, …");
    expect_refused("present", "the newest has present_ms, frame_ms_of_the_first");
    cr_expect_str_eq(rig.err.text + strlen(rig.err.text) - strlen(", …"), ", …");
}

/* As a benchmark stores it: the stream of intervals, with few values, is the first. */
static const struct viz_run_channel interval_channels[] = {{"fps", "Hz"},
                                                           {"cpu_percent", "%"}};
static const struct viz_run_stream intervals = {.name = "intervals",
                                                .source = "",
                                                .form = VIZ_FORM_VALUES,
                                                .channel = interval_channels,
                                                .channels = 2};

static void put_benchmark(uint32_t day, double fps, double frame_ms)
{
    id[ids] = store_rig_run(&rig, "night", START_NS + day * DAY_NS);
    struct store_place few = store_rig_place(&rig, id[ids], &intervals);
    struct store_place each = store_rig_place(&rig, id[ids], &frames);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint32_t i = 0; i < 40; i++) {
        double frame = frame_ms + i % 5;
        STORE_OK(&rig, store_rig_put(&rig, &each, i, &frame, sizeof(frame)));
    }
    for (uint32_t i = 0; i < 4; i++) {
        double second[2] = {fps + i % 2, 10 + i % 3};
        STORE_OK(&rig, store_rig_put(&rig, &few, 40 + i, second, sizeof(second)));
    }
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_end_run(rig.store, id[ids++], VIZ_RUN_COMPLETE,
                                     START_NS + day * DAY_NS + 1, "", &rig.err));
}

Test(trend, of_a_benchmark_the_frames_are_followed_and_the_rest_is_named)
{
    for (uint32_t i = 0; i < 10; i++)
        put_benchmark(i, 60 + 0.01 * (i % 3), (i < 5 ? 10 : 20) + 0.01 * (i % 3));
    struct viz_trend *trend = trend_of(&standard);
    cr_expect_str_eq(trend->name, "frame_ms");
    cr_expect_eq(trend->verdict, VIZ_VERDICT_WORSE);
    cr_expect_str_eq(trend->others, "fps, cpu_percent");
    viz_trend_destroy(trend);

    struct viz_trend_params params = standard;
    params.metric = "fps";
    trend = trend_of(&params);
    cr_expect_str_eq(trend->name, "fps");
    cr_expect_str_eq(trend->others, "", "somebody asked for this one");
    viz_trend_destroy(trend);
}

Test(trend, without_frames_it_is_the_metric_with_the_most_values)
{
    static const struct viz_run_channel channel[] = {{"much", "V"}};
    struct viz_run_stream other = frames;
    other.name = "other";
    other.channel = channel;
    id[ids] = store_rig_run(&rig, "night", START_NS);
    struct store_place few = store_rig_place(&rig, id[ids], &intervals);
    struct store_place much = store_rig_place(&rig, id[ids++], &other);
    double row[2] = {1, 2};
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, store_rig_put(&rig, &few, 0, row, sizeof(row)));
    for (uint32_t i = 0; i < 3; i++)
        STORE_OK(&rig, store_rig_put(&rig, &much, 1 + i, row, sizeof(*row)));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    struct viz_trend *trend = trend_of(&standard);
    cr_expect_str_eq(trend->name, "much");
    viz_trend_destroy(trend);
}

Test(trend, of_two_streams_the_name_says_which)
{
    struct viz_trend_params params = standard;
    for (uint32_t i = 0; i < 8; i++)
        put_run(&store_rig_values, i, i < 4 ? 100 + i * 0.01 : 200 + i * 0.01, 30);
    params.metric = "S1/y";
    struct viz_trend *trend = trend_of(&params);
    cr_expect_str_eq(trend->name, "y");
    expect_near(trend->run[0].value, 200);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_DIFFERENT, "of y neither is better");
    viz_trend_destroy(trend);
}

Test(trend, equal_runs_without_any_variation)
{
    for (uint32_t i = 0; i < 8; i++)
        put_run(&frames, i, i < 4 ? 100 : 110, 40);
    struct viz_trend *trend = trend_of(&standard);
    cr_assert_eq(trend->parts, 2);
    cr_expect_eq(trend->verdict, VIZ_VERDICT_WORSE);
    expect_nan(trend->run[4].row.test.p);
    char *json = viz_trend_json(trend);
    cr_expect(!strstr(json, "nan") && !strstr(json, "NaN") && !strstr(json, "inf"));
    free(json);
    viz_trend_destroy(trend);
}

/* ---- text and JSON ---- */

static uint32_t lines, widest, changes;

static void take_line(void *context, const char *text)
{
    uint32_t width = viz_text_width(text);
    (void)context;
    lines++;
    widest = width > widest ? width : widest;
    changes += strstr(text, "changed by") != NULL;
    cr_expect_not(strstr(text, "nan"), "%s", text);
}

static void write_text(const struct viz_trend *trend, uint32_t width)
{
    lines = widest = changes = 0;
    viz_trend_text(trend, width, take_line, NULL);
}

Test(trend, text_has_a_line_for_each_run_and_fits)
{
    put_step(12, 7, 3);
    put_run(&frames, 12, 0, 0);
    struct viz_trend *trend = trend_of(&standard);
    write_text(trend, 0);
    cr_expect_leq(widest, 100);
    cr_expect_eq(changes, 1);
    /* head, blank, titles, 13 runs, change, blank, what lacks, two of the sentence */
    cr_expect_eq(lines, 21, "%u", lines);
    write_text(trend, 80);
    cr_expect_leq(widest, 80);
    viz_trend_destroy(trend);
}

static uint32_t exact; /* lines with a mean to two decimals at least */

static void take_exact(void *context, const char *text)
{
    (void)context;
    exact += strstr(text, " 100.0") != NULL;
}

Test(trend, a_wild_run_does_not_take_the_digits_of_the_others)
{
    for (uint32_t i = 0; i < 10; i++)
        put_run(&frames, i, i == 4 ? 1e15 : 100 + 0.001 * i, 40);
    struct viz_trend *trend = trend_of(&standard);
    exact = 0;
    viz_trend_text(trend, 0, take_exact, NULL);
    cr_expect_eq(exact, 9, "%u", exact);
    viz_trend_destroy(trend);
}

Test(trend, json_says_the_same_and_twice_the_same_bytes)
{
    put_step(12, 7, 3);
    struct viz_trend_params params = standard;
    struct viz_trend *trend = trend_of(&params);
    params.threads = 3;
    struct viz_trend *again = trend_of(&params);
    char *text = viz_trend_json(trend), *same = viz_trend_json(again);
    cr_expect_str_eq(text, same);
    json_t *json = json_loads(text, 0, NULL);
    cr_assert(json);
    cr_expect_str_eq(json_string_value(json_object_get(json, "verdict")), "worse");
    cr_expect_eq(json_integer_value(json_object_get(json, "changes")), 1);
    json_t *run = json_array_get(json_object_get(json, "runs"), 7);
    json_t *change = json_object_get(run, "change");
    expect_near(json_number_value(json_object_get(change, "percent")), 3);
    cr_expect(json_is_null(
        json_object_get(json_array_get(json_object_get(json, "runs"), 6), "change")));
    json_decref(json);
    free(text);
    free(same);
    viz_trend_destroy(trend);
    viz_trend_destroy(again);
}
