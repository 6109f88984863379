/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What browsers ask for: stretches, rows in place of columns, wrong words; and what they
 * are told of health. */
#include "live_rig.h"

#include <viz/config.h>
#include <viz/sources.h>

#include <jansson.h>

static int64_t newest(const struct fed *fed)
{
    return fed->row[fed->rows - 1].time_ns;
}

Test(live_view, a_stretch_is_given_once)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 5000, 2 * MS);
    say(&rig, browser,
        "{\"view\":{\"serial\":3,\"from_s\":2.5,\"to_s\":7.5,\"px\":500}}");
    tick(&rig);
    cr_expect_eq(browser->messages, 1);
    cr_expect_eq(browser->last.flags, 1);
    cr_expect_eq(browser->last.serial, 3);
    cr_expect_eq(browser->last.first_s, 2.5);
    cr_expect_eq(browser->last.count, 500);
    expect_columns(&rig, browser, 0, rig.epoch_ns + 2500 * MS,
                   rig.epoch_ns + 7500 * MS - 1);
    for (unsigned i = 0; i < 10; i++) {
        feed_rows(&rig, fed, 17, 2 * MS);
        tick(&rig);
    }
    cr_expect_eq(browser->messages, 1);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

/* Columns do not depend on how they were asked for. */
Test(live_view, a_stretch_has_the_columns_that_were_followed)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *a = browser_open(&rig), *b = browser_open(&rig);
    say(&rig, a, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    for (unsigned i = 0; i < 200; i++) {
        feed_rows(&rig, fed, i % 31, 2 * MS);
        if (i == 100)
            feed_break(fed);
        tick(&rig);
    }
    say(&rig, b, "{\"view\":{\"serial\":1,\"from_s\":0.6,\"to_s\":10.6,\"px\":900}}");
    tick(&rig);
    const struct held *x = a->held[0], *y = b->held[0];
    cr_assert_eq(x->step_s, y->step_s);
    cr_assert_geq(y->base, x->base);
    for (int64_t bin = y->base; bin < y->end - 1; bin++)
        for (uint32_t c = 0; c < 2; c++) {
            cr_expect(!memcmp(&x->min[c][bin - x->base], &y->min[c][bin - y->base], 4));
            cr_expect(!memcmp(&x->max[c][bin - x->base], &y->max[c][bin - y->base], 4));
        }
    browser_close(&rig, a);
    browser_close(&rig, b);
    live_rig_finish(&rig);
}

Test(live_view, a_stretch_before_and_behind_everything)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"from_s\":0,\"to_s\":1,\"px\":9}}");
    tick(&rig); /* no row came yet */
    cr_expect_eq(browser->messages, 0);
    feed_rows(&rig, fed, 1000, 2 * MS);
    tick(&rig);
    cr_expect_eq(browser->messages, 1);
    say(&rig, browser,
        "{\"view\":{\"serial\":2,\"from_s\":-100,\"to_s\":-90,\"px\":900}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 2);
    cr_expect_leq(browser->last.count, 1);
    say(&rig, browser,
        "{\"view\":{\"serial\":3,\"from_s\":90,\"to_s\":100,\"px\":900}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 3);
    cr_expect_leq(browser->last.count, 1);
    say(&rig, browser,
        "{\"view\":{\"serial\":4,\"from_s\":-1e8,\"to_s\":1e8,\"px\":1}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 4);
    cr_expect_leq(browser->last.count, 2);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, few_rows_come_as_rows)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 10);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    feed_rows(&rig, fed, 30, 100 * MS);
    tick(&rig);
    expect_rows(&rig, browser, 0, 0, 30);
    feed_break(fed);
    feed_rows(&rig, fed, 20, 100 * MS);
    tick(&rig);
    feed_rows(&rig, fed, 1, 100 * MS);
    tick(&rig);
    cr_expect_eq(browser->last.count, 1); /* only what is new */
    expect_rows(&rig, browser, 0, 0, 51);
    cr_expect_eq(browser->resets, 1);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, a_window_of_rows_begins_with_the_row_before_it)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 10);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 100, 100 * MS);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":1.05,\"px\":900}}");
    tick(&rig);
    expect_rows(&rig, browser, 0, 88, 100);
    say(&rig, browser,
        "{\"view\":{\"serial\":2,\"from_s\":2.05,\"to_s\":3.05,\"px\":900}}");
    tick(&rig);
    expect_rows(&rig, browser, 0, 19, 31); /* and ends with the one behind it */
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, a_stream_that_gets_faster_changes_to_columns_and_back_by_a_reset)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 0);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":2,\"px\":200}}");
    feed_rows(&rig, fed, 50, 20 * MS);
    tick(&rig);
    cr_expect_eq(browser->last.kind, 2);
    for (unsigned i = 0; i < 100; i++) {
        feed_rows(&rig, fed, 17, 2 * MS);
        tick(&rig);
    }
    cr_expect_eq(browser->last.kind, 1);
    cr_expect_eq(browser->resets, 2);
    for (unsigned i = 0; i < 200; i++) {
        feed_rows(&rig, fed, 2, 20 * MS);
        tick(&rig);
    }
    cr_expect_eq(browser->last.kind, 2);
    cr_expect_eq(browser->resets, 3);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, history_that_was_let_go_of_is_not_shown)
{
    struct live_rig rig;
    live_rig_init(&rig, 1); /* 512 rows */
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig), *slow = browser_open(&rig);
    say(&rig, slow, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    feed_rows(&rig, fed, 100, 2 * MS);
    tick(&rig);
    slow->waiting = 1 << 20;
    for (unsigned i = 0; i < 20; i++) {
        feed_rows(&rig, fed, 100, 2 * MS);
        tick(&rig);
    }
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    slow->waiting = 0;
    feed_rows(&rig, fed, 1, 2 * MS);
    tick(&rig);
    cr_expect_eq(slow->resets, 2); /* what it missed is gone */
    int64_t oldest_ns = fed->row[fed->rows - 512].time_ns;
    expect_columns(&rig, browser, 0, oldest_ns + 13 * MS, newest(fed));
    expect_columns(&rig, slow, 0, oldest_ns + 13 * MS, newest(fed));
    browser_close(&rig, browser);
    browser_close(&rig, slow);
    live_rig_finish(&rig);
}

/* The device boots: its clock begins again. */
Test(live_view, a_device_clock_that_steps_is_a_gap_and_time_goes_on)
{
    struct live_rig rig;
    struct viz_live_stream_figures figures;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    float value[RIG_CHANNELS] = {1};
    feed_rows(&rig, fed, 500, 2 * MS);
    tick(&rig);
    viz_clock_advance(rig.clock, 200 * MS);
    for (unsigned i = 0; i < 500; i++) {
        viz_clock_advance(rig.clock, 2 * MS);
        feed_row(&rig, fed, value, 90 * SECOND);
        fed->row[fed->rows - 1].time_ns = viz_clock_now(rig.clock);
        fed->row[fed->rows - 1].broken = i == 0;
        if (i % 17 == 0) {
            viz_stream_flush(fed->stream);
            tick(&rig);
        }
        viz_clock_advance(rig.clock, 0);
    }
    viz_live_stream_figures(rig.live, 0, viz_clock_now(rig.clock), &figures);
    cr_expect_eq(figures.clock_steps, 1);
    cr_expect_eq(browser->resets, 1);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, a_large_window_comes_in_pieces)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct viz_stream *stream = viz_stream_open(
        rig.streams, &(struct viz_stream_params){.name = "wide",
                                                 .format = "test",
                                                 .max_channels = VIZ_MAX_CHANNELS,
                                                 .sizing_hz = 1000,
                                                 .clock = rig.clock,
                                                 .timeline = NULL,
                                                 .sequenced = true});
    static float value[VIZ_MAX_CHANNELS];
    char name[16];
    for (uint32_t c = 0; c < VIZ_MAX_CHANNELS; c++) {
        snprintf(name, sizeof(name), "c%u", c);
        viz_stream_channel(stream, name, "");
    }
    struct browser *browser = browser_open(&rig);
    for (uint32_t i = 0; i < 5000; i++) {
        int64_t now_ns = viz_clock_now(rig.clock);
        viz_stream_row(stream, &(struct viz_arrival){now_ns, now_ns}, now_ns, value,
                       VIZ_MAX_CHANNELS);
        viz_clock_advance(rig.clock, MS);
        if (i % 100 == 0) {
            viz_stream_flush(stream);
            step(&rig);
        }
    }
    viz_stream_flush(stream);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":5,\"px\":1000}}");
    uint32_t columns = 0, ticks = 0;
    double next_s = NAN;
    for (; ticks < 100; ticks++) {
        uint32_t messages = browser->messages;
        tick(&rig);
        if (browser->messages == messages)
            break;
        cr_expect_leq(browser->last_size, 300000);
        cr_expect_eq(browser->last.flags, ticks == 0);
        if (ticks)
            cr_expect_float_eq(browser->last.first_s, next_s, 1e-9);
        next_s = browser->last.first_s + browser->last.count * browser->last.step_s;
        columns += browser->last.count;
    }
    cr_expect_eq(columns, 1000);
    cr_expect_eq(ticks, 8);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, wrong_words_are_answered_with_a_sentence)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"", "not JSON"},
        {"{", "not JSON"},
        {"\xff", "not JSON"},
        {"[]", "expected {"},
        {"{}", "expected {"},
        {"null", "not JSON"},
        {"{\"view\":7}", "an object or null"},
        {"{\"view\":null,\"more\":1}", "\\\"more\\\" is not known"},
        {"{\"view\":{}}", "view.window_s to follow"},
        {"{\"view\":{\"window_s\":1}}", "view.serial"},
        {"{\"view\":{\"serial\":-1,\"window_s\":1,\"px\":9}}", "view.serial"},
        {"{\"view\":{\"serial\":4294967296,\"window_s\":1,\"px\":9}}", "view.serial"},
        {"{\"view\":{\"serial\":1.5,\"window_s\":1,\"px\":9}}", "view.serial"},
        {"{\"view\":{\"serial\":1,\"window_s\":1}}", "view.px"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":0}}", "view.px"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":-5}}", "view.px"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":\"9\"}}", "view.px"},
        {"{\"view\":{\"serial\":1,\"window_s\":0,\"px\":9}}", "view.window_s"},
        {"{\"view\":{\"serial\":1,\"window_s\":-1,\"px\":9}}", "view.window_s"},
        {"{\"view\":{\"serial\":1,\"window_s\":1e300,\"px\":9}}", "view.window_s"},
        {"{\"view\":{\"serial\":1,\"window_s\":1e999,\"px\":9}}", "not JSON"},
        {"{\"view\":{\"serial\":1,\"window_s\":NaN,\"px\":9}}", "not JSON"},
        {"{\"view\":{\"serial\":1,\"window_s\":null,\"px\":9}}", "view.window_s"},
        {"{\"view\":{\"serial\":1,\"from_s\":1,\"px\":9}}", "view.to_s"},
        {"{\"view\":{\"serial\":1,\"from_s\":2,\"to_s\":1,\"px\":9}}", "behind"},
        {"{\"view\":{\"serial\":1,\"from_s\":2,\"to_s\":2,\"px\":9}}", "behind"},
        {"{\"view\":{\"serial\":1,\"from_s\":0,\"to_s\":1e9,\"px\":9}}", "view.to_s"},
        {"{\"view\":{\"serial\":1,\"from_s\":0,\"to_s\":1,\"window_s\":1,\"px\":9}}",
         "view.window_s to follow"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":9,\"x\":1}}", "not known"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":9,\"streams\":1}}", "an array"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":9,\"streams\":[1]}}",
         "no stream 1"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":9,\"streams\":[-1]}}",
         "no stream -1"},
        {"{\"view\":{\"serial\":1,\"window_s\":1,\"px\":9,\"streams\":[0.5]}}",
         "whole numbers"},
        {"{\"view\":{\"serial\":1,\"serial\":1,\"window_s\":1,\"px\":9}}", "not JSON"},
    };
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    step(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        say(&rig, browser, cases[i].text);
        const char *text = browser->text[(browser->texts - 1) % PAGE_TEXTS];
        cr_assert(!strncmp(text, "{\"type\":\"error\"", 15), "%s", cases[i].text);
        cr_expect(strstr(text, cases[i].sentence), "%s: %s", cases[i].text, text);
    }
    feed_rows(&rig, fed, 100, 2 * MS);
    tick(&rig);
    cr_expect_eq(browser->messages, 1); /* what was asked before still holds */
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, the_narrowest_the_widest_and_the_longest_window)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 20000, 2 * MS);
    step(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":1}}");
    for (unsigned i = 0; i < 1000; i++) {
        feed_rows(&rig, fed, 10, 2 * MS);
        tick(&rig);
    }
    cr_expect_eq(browser->resets, 1);
    cr_expect_eq(browser->last.step_s, 10);
    int64_t whole_ns = newest(fed) - 10 * SECOND;
    expect_columns(&rig, browser, 0, whole_ns, newest(fed));
    feed_rows(&rig, fed, 9000, 2 * MS);
    say(&rig, browser, "{\"view\":{\"serial\":2,\"window_s\":40,\"px\":4096}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 2);
    cr_expect_leq(browser->last.count, VIZ_LIVE_COLUMNS);
    say(&rig, browser, "{\"view\":{\"serial\":3,\"window_s\":40,\"px\":4000000000}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 3);
    cr_expect_leq(browser->last.count, VIZ_LIVE_COLUMNS);
    say(&rig, browser, "{\"view\":{\"serial\":4,\"window_s\":1e7,\"px\":4096}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 4);
    cr_expect_eq(browser->last.step_s, 2500);
    cr_expect_eq(browser->last.count, 1);
    say(&rig, browser, "{\"view\":{\"serial\":5,\"window_s\":1e-6,\"px\":4096}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 5);
    cr_expect_eq(browser->last.kind, 2);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

static json_t *health_of(const struct browser *browser)
{
    const char *text = text_of(browser, "health");
    cr_assert_not_null(text);
    json_t *health = json_loads(text, 0, NULL);
    cr_assert_not_null(health);
    return health;
}

static double number_in(json_t *object, const char *name)
{
    cr_assert(json_is_number(json_object_get(object, name)), "no number %s", name);
    return json_number_value(json_object_get(object, name));
}

Test(live_view, health_comes_once_a_second_and_has_every_sample)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    uint32_t healths = 0;
    for (unsigned i = 0; i < 60; i++) { /* 10 rows and a tick: 53 ms */
        uint32_t texts = browser->texts;
        feed_rows(&rig, fed, 10, 2 * MS);
        if (i == 30)
            feed_break(fed);
        tick(&rig);
        healths += browser->texts > texts;
    }
    cr_expect_eq(healths, 4); /* the streams, and one in each second of 3.2 */
    json_t *health = health_of(browser), *ledger = json_object_get(health, "ledger");
    json_t *stream = json_array_get(json_object_get(health, "streams"), 0);
    cr_expect_eq(number_in(health, "clients"), 1);
    cr_expect(json_is_false(json_object_get(health, "ended")));
    cr_expect(json_is_true(json_object_get(ledger, "balanced")));
    cr_expect_eq(number_in(ledger, "sent"),
                 number_in(ledger, "received") + number_in(ledger, "missing"));
    cr_expect_eq(number_in(ledger, "drawn"), number_in(ledger, "received"));
    cr_expect_eq(number_in(ledger, "missing"), 1);
    cr_expect_eq(number_in(json_object_get(stream, "ledger"), "lost"), 1);
    cr_expect_eq(number_in(stream, "gaps"), 1);
    cr_expect_eq(number_in(stream, "requested_hz"), 500);
    cr_expect_float_eq(number_in(stream, "delivered_hz"), 187.5, 5);
    cr_expect_eq(number_in(stream, "samples"), 2 * number_in(stream, "rows"));
    cr_expect_lt(number_in(stream, "oldest_s"), number_in(stream, "newest_s"));
    /* The oldest of ten rows has waited for the nine behind it and the tick. */
    double p50 = number_in(json_object_get(health, "behind_ms"), "p50");
    cr_expect_float_eq(p50, 18 + 33.3, 0.5);
    json_decref(health);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

/* Rows without numbers that do not arrive leave no trace: 0 would be a claim. */
Test(live_view, what_is_lost_of_rows_without_numbers_is_not_known)
{
    struct live_rig rig;
    struct viz_live_figures figures;
    live_rig_init(&rig, 0);
    rig.unnumbered = true;
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 10, 2 * MS);
    viz_clock_advance(rig.clock, SECOND);
    step(&rig);
    json_t *health = health_of(browser), *ledger = json_object_get(health, "ledger");
    json_t *stream = json_array_get(json_object_get(health, "streams"), 0);
    json_t *own = json_object_get(stream, "ledger");
    cr_expect(json_is_false(json_object_get(health, "loss_known")));
    cr_expect(json_is_false(json_object_get(stream, "loss_known")));
    cr_expect(json_is_null(json_object_get(ledger, "lost")));
    cr_expect(json_is_null(json_object_get(ledger, "missing")));
    cr_expect(json_is_null(json_object_get(own, "lost")));
    cr_expect(json_is_null(json_object_get(own, "missing")));
    cr_expect_eq(number_in(ledger, "received"), 10);
    json_decref(health);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect_not(figures.loss_known);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live_view, loss_is_known_of_all_streams_or_not_of_the_sum)
{
    struct live_rig rig;
    struct viz_live_figures figures;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    step(&rig);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect_not(figures.loss_known, "no row has come");
    feed_rows(&rig, fed, 10, 2 * MS);
    step(&rig);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect(figures.loss_known);
    rig.unnumbered = true;
    add_stream(&rig, 1, 500);
    step(&rig);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect_not(figures.loss_known);
    live_rig_finish(&rig);
}

Test(live_view, what_is_not_known_is_null)
{
    struct live_rig rig;
    struct viz_live_figures figures;
    struct viz_live_stream_figures one;
    live_rig_init(&rig, 0);
    add_stream(&rig, 0, 0);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    viz_clock_advance(rig.clock, SECOND);
    step(&rig);
    json_t *health = health_of(browser);
    json_t *stream = json_array_get(json_object_get(health, "streams"), 0);
    json_t *behind = json_object_get(health, "behind_ms");
    cr_expect(json_is_null(json_object_get(behind, "p50")));
    cr_expect(json_is_null(json_object_get(behind, "p99")));
    cr_expect(json_is_null(json_object_get(stream, "requested_hz")));
    cr_expect(json_is_null(json_object_get(stream, "newest_age_s")));
    cr_expect(json_is_null(json_object_get(stream, "oldest_s")));
    cr_expect(json_is_null(json_object_get(stream, "newest_s")));
    json_decref(health);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect(isnan(figures.behind_ms_p50));
    cr_expect_eq(figures.streams, 1);
    cr_expect(figures.ledger.balanced);
    cr_expect(viz_live_stream_figures(rig.live, 0, 0, &one));
    cr_expect(isnan(one.newest_age_s));
    cr_expect_not(viz_live_stream_figures(rig.live, 1, 0, &one));
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

/* What a browser had not been sent while it was left out counts from its origin. */
Test(live_view, being_left_out_shows_in_how_far_behind_messages_are)
{
    struct live_rig rig;
    struct viz_live_figures figures;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 5000, 2 * MS);
    step(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}");
    tick(&rig); /* ten seconds that it asked for: no delay */
    viz_clock_advance(rig.clock, SECOND);
    step(&rig);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect(isnan(figures.behind_ms_p99));
    browser->waiting = 1 << 20;
    for (unsigned i = 0; i < 10; i++) {
        feed_rows(&rig, fed, 10, 2 * MS);
        tick(&rig);
    }
    browser->waiting = 0;
    tick(&rig);
    viz_clock_advance(rig.clock, SECOND);
    step(&rig);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect_float_eq(figures.behind_ms_p99, 10 * 20 + 11 * 33.33 - 2, 6);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

/* Two sources, not started: their streams come from the test. */
Test(live_view, streams_of_one_name_are_told_apart_by_where_they_come_from)
{
    struct viz_config *config = viz_zalloc(sizeof(*config));
    struct viz_streams *streams = viz_zalloc(sizeof(*streams));
    struct live_rig rig = {.clock = viz_clock_create_fake(100 * SECOND)};
    struct viz_sources *sources;
    struct viz_error err;
    for (uint32_t i = 0; i < 2; i++)
        cr_assert_eq(viz_source_parse("udp://127.0.0.1:0", NULL,
                                      &config->source[config->sources++], &err),
                     0);
    cr_assert_eq(viz_sources_create(config, streams, rig.clock, &sources, &err), 0,
                 "%s", err.text);
    for (uint32_t i = 0; i < 3; i++)
        viz_stream_open(streams,
                        &(struct viz_stream_params){.name = i < 2 ? "S1" : "S2",
                                                    .format = "test",
                                                    .source = i % 2,
                                                    .max_channels = 1,
                                                    .clock = rig.clock});
    rig.live = viz_live_create(&(struct viz_live_params){.streams = streams,
                                                         .sources = sources,
                                                         .clock = rig.clock,
                                                         .send = browser_send,
                                                         .waiting = browser_waiting});
    struct browser *browser = browser_open(&rig);
    viz_clock_advance(rig.clock, SECOND);
    step(&rig);
    const char *told = text_of(browser, "streams");
    cr_expect_not(strstr(told, "\"name\":\"S1\""));
    cr_expect(strstr(told, "\"name\":\"S1 · 127.0.0.1:"));
    cr_expect(strstr(told, "\"source\":\"udp://127.0.0.1:"));
    cr_expect(strstr(told, "\"name\":\"S2\""));
    cr_expect(strstr(text_of(browser, "health"),
                     "\"format\":null,\"state\":\"open\",\"ended\":false}"));
    browser_close(&rig, browser);
    viz_live_destroy(rig.live);
    viz_sources_destroy(sources);
    viz_streams_finish(streams);
    viz_clock_destroy(rig.clock);
    free(streams);
    free(config);
}
