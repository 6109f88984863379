/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live_rig.h"

#define FOLLOW_10S "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}"

static int64_t newest(const struct live_rig *rig, uint32_t index)
{
    const struct fed *fed = &rig->fed[index];
    return fed->row[fed->rows - 1].time_ns;
}

Test(live, a_browser_is_told_hello_and_the_streams_that_are_there)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct browser *early = browser_open(&rig);
    cr_expect(strstr(text_of(early, "hello"), "\"protocol\":1"));
    cr_expect(strstr(text_of(early, "hello"), "\"streams\":[]"));
    add_stream(&rig, 2, 500);
    tick(&rig);
    const char *streams = text_of(early, "streams");
    cr_assert_not_null(streams);
    cr_expect(strstr(streams, "\"id\":0,\"name\":\"s0\",\"source\":\"\",\"format\":"
                              "\"test\",\"requested_hz\":500.0"));
    cr_expect(strstr(streams, "{\"name\":\"c1\",\"unit\":\"V\"}"));
    struct browser *late = browser_open(&rig);
    cr_expect(strstr(text_of(late, "hello"), "\"name\":\"s0\""));
    uint32_t texts = late->texts;
    tick(&rig);
    cr_expect_eq(late->texts, texts); /* nothing changed */
    browser_close(&rig, early);
    browser_close(&rig, late);
    live_rig_finish(&rig);
}

Test(live, nothing_comes_before_it_is_asked_for)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 100, 2 * MS);
    tick(&rig);
    cr_expect_eq(browser->messages, 0);
    say(&rig, browser, FOLLOW_10S);
    tick(&rig);
    cr_expect_eq(browser->messages, 1);
    say(&rig, browser, "{\"view\":null}");
    feed_rows(&rig, fed, 100, 2 * MS);
    tick(&rig);
    cr_expect_eq(browser->messages, 1);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live, columns_equal_the_rows_by_brute_force)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 3, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 1234, 2 * MS);
    say(&rig, browser, FOLLOW_10S);
    tick(&rig);
    cr_expect_eq(browser->resets, 1);
    cr_expect_eq(browser->last.step_s, 0.0125); /* 11.1 ms, rounded up */
    expect_columns(&rig, browser, 0, fed->row[0].time_ns, newest(&rig, 0));
    for (unsigned i = 0; i < 200; i++) {
        feed_rows(&rig, fed, i % 23, 2 * MS);
        tick(&rig);
    }
    cr_expect_eq(browser->resets, 1);
    cr_expect_lt(browser->last_size, 48 + 8 * 3 * 8); /* only what changed */
    expect_columns(&rig, browser, 0, newest(&rig, 0) - 10 * SECOND + 13 * MS,
                   newest(&rig, 0));
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live, a_late_joiner_has_what_the_others_have)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *first = browser_open(&rig), *second = browser_open(&rig);
    say(&rig, first, FOLLOW_10S);
    for (unsigned i = 0; i < 100; i++) {
        feed_rows(&rig, fed, 17, 2 * MS);
        tick(&rig);
    }
    say(&rig, second, FOLLOW_10S);
    tick(&rig);
    cr_expect_eq(second->resets, 1);
    feed_rows(&rig, fed, 17, 2 * MS);
    tick(&rig);
    expect_columns(&rig, first, 0, fed->row[0].time_ns, newest(&rig, 0));
    expect_columns(&rig, second, 0, fed->row[0].time_ns, newest(&rig, 0));
    browser_close(&rig, first);
    browser_close(&rig, second);
    live_rig_finish(&rig);
}

Test(live, browsers_of_about_the_same_width_get_the_same_bytes)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *a = browser_open(&rig), *b = browser_open(&rig);
    say(&rig, a, "{\"view\":{\"serial\":7,\"window_s\":10,\"px\":900}}");
    say(&rig, b, "{\"view\":{\"serial\":7,\"window_s\":10,\"px\":850}}");
    for (unsigned i = 0; i < 10; i++) {
        feed_rows(&rig, fed, 17, 2 * MS);
        tick(&rig);
        cr_assert_eq(a->last_size, b->last_size);
        cr_assert_arr_eq(a->last_bytes, b->last_bytes, a->last_size);
    }
    say(&rig, b, "{\"view\":{\"serial\":4294967295,\"window_s\":10,\"px\":850}}");
    feed_rows(&rig, fed, 17, 2 * MS);
    tick(&rig);
    cr_expect_eq(a->serial, 7); /* its own, whatever the other asks for */
    cr_expect_eq(b->serial, 4294967295);
    cr_expect_eq(b->last.flags, 1);
    browser_close(&rig, a);
    browser_close(&rig, b);
    live_rig_finish(&rig);
}

Test(live, a_new_view_begins_anew_and_says_which_it_answers)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, fed, 2000, 2 * MS);
    say(&rig, browser, FOLLOW_10S);
    tick(&rig);
    say(&rig, browser, "{\"view\":{\"serial\":2,\"window_s\":1,\"px\":100}}");
    tick(&rig);
    cr_expect_eq(browser->last.serial, 2);
    cr_expect_eq(browser->last.flags, 1);
    cr_expect_eq(browser->resets, 2);
    cr_expect_eq(browser->last.step_s, 0.01);
    cr_expect_leq(browser->last.count, 101);
    expect_columns(&rig, browser, 0, newest(&rig, 0) - SECOND + 10 * MS,
                   newest(&rig, 0));
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live, messages_come_at_most_every_tick_and_only_with_news)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, FOLLOW_10S);
    tick(&rig);
    for (unsigned i = 0; i < 500; i++) { /* a second */
        feed_rows(&rig, fed, 1, 2 * MS);
        int64_t now_ns = viz_clock_now(rig.clock);
        int64_t next_ns = step(&rig);
        cr_assert_gt(next_ns, now_ns);
        cr_assert_leq(next_ns, now_ns + VIZ_LIVE_TICK_NS);
    }
    cr_expect_leq(browser->messages, 30);
    cr_expect_geq(browser->messages, 28);
    tick(&rig);
    uint32_t messages = browser->messages;
    for (unsigned i = 0; i < 10; i++)
        tick(&rig);
    cr_expect_eq(browser->messages, messages);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live, a_gap_is_empty_and_a_pause_within_is_the_line)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, FOLLOW_10S);
    feed_rows(&rig, fed, 500, 2 * MS);
    tick(&rig);
    viz_clock_advance(rig.clock, 300 * MS); /* silence, but nothing was lost */
    feed_rows(&rig, fed, 500, 2 * MS);
    tick(&rig);
    viz_clock_advance(rig.clock, 500 * MS);
    feed_break(fed);
    feed_rows(&rig, fed, 500, 2 * MS);
    tick(&rig);
    expect_columns(&rig, browser, 0, fed->row[0].time_ns, newest(&rig, 0));
    cr_expect_eq(browser->resets, 1);
    const struct held *held = browser->held[0];
    uint32_t empty = 0;
    for (int64_t bin = held->base; bin < held->end; bin++)
        empty += !is_number(held->min[0][bin - held->base]);
    cr_expect_geq(empty, 38); /* the gap, but not the pause */
    cr_expect_leq(empty, 42);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live, values_that_are_no_numbers_leave_the_others_alone)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 4, 500);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, FOLLOW_10S);
    for (uint32_t i = 0; i < 1000; i++) {
        float value[RIG_CHANNELS] = {i % 3 ? (float)i : NAN, NAN,
                                     i % 50 < 25 ? viz_missing_value() : (float)i,
                                     (float)i};
        viz_clock_advance(rig.clock, 2 * MS);
        feed_row(&rig, fed, value, 0);
        if (i % 17 == 0) {
            viz_stream_flush(fed->stream);
            tick(&rig);
        }
    }
    viz_stream_flush(fed->stream);
    tick(&rig);
    expect_columns(&rig, browser, 0, fed->row[0].time_ns, newest(&rig, 0));
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live,
     a_browser_that_does_not_take_its_messages_is_left_out_and_then_misses_nothing)
{
    struct live_rig rig;
    struct viz_live_figures figures;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *slow = browser_open(&rig);
    say(&rig, slow, FOLLOW_10S);
    feed_rows(&rig, fed, 500, 2 * MS);
    tick(&rig);
    uint32_t messages = slow->messages;
    slow->waiting = 100000;
    for (unsigned i = 0; i < 30; i++) {
        feed_rows(&rig, fed, 17, 2 * MS);
        tick(&rig);
    }
    cr_expect_eq(slow->messages, messages);
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect_eq(figures.skipped, 30);
    slow->waiting = 0;
    slow->refuses = true; /* room by its word, and yet none */
    tick(&rig);
    slow->refuses = false;
    tick(&rig);
    cr_expect_eq(slow->messages, messages + 1);
    cr_expect_eq(slow->resets, 1);
    expect_columns(&rig, slow, 0, fed->row[0].time_ns, newest(&rig, 0));
    viz_live_figures(rig.live, viz_clock_now(rig.clock), &figures);
    cr_expect_eq(figures.skipped, 31);
    cr_expect_eq(figures.ledger.lost, 0);
    browser_close(&rig, slow);
    live_rig_finish(&rig);
}

Test(live, a_browser_that_missed_more_than_its_window_begins_anew)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 2, 500);
    struct browser *slow = browser_open(&rig);
    say(&rig, slow, "{\"view\":{\"serial\":1,\"window_s\":2,\"px\":200}}");
    feed_rows(&rig, fed, 500, 2 * MS);
    tick(&rig);
    slow->waiting = 100000;
    for (unsigned i = 0; i < 150; i++) {
        feed_rows(&rig, fed, 17, 2 * MS);
        tick(&rig);
    }
    slow->waiting = 0;
    feed_rows(&rig, fed, 1, 2 * MS);
    tick(&rig);
    cr_expect_eq(slow->resets, 2);
    cr_expect_leq(slow->last.count, 201);
    expect_columns(&rig, slow, 0, newest(&rig, 0) - 2 * SECOND + 10 * MS,
                   newest(&rig, 0));
    browser_close(&rig, slow);
    live_rig_finish(&rig);
}

Test(live, channels_that_come_later_are_told_first_and_begin_anew)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    struct browser *browser = browser_open(&rig);
    say(&rig, browser, FOLLOW_10S);
    feed_rows(&rig, fed, 500, 2 * MS);
    tick(&rig);
    viz_stream_channel(fed->stream, "late", "m");
    feed_rows(&rig, fed, 100, 2 * MS);
    tick(&rig);
    cr_assert_not_null(text_of(browser, "streams"));
    cr_expect(strstr(text_of(browser, "streams"), "\"late\",\"unit\":\"m\""));
    cr_expect_eq(browser->resets, 2);
    cr_expect_eq(browser->last.channels, 2);
    expect_columns(&rig, browser, 0, fed->row[0].time_ns, newest(&rig, 0));
    struct viz_channel named = {"renamed", "V"};
    viz_stream_relabel(fed->stream, "other", &named, 1);
    tick(&rig);
    cr_expect(strstr(text_of(browser, "streams"), "\"name\":\"other\""));
    cr_expect(strstr(text_of(browser, "streams"), "\"name\":\"renamed\""));
    cr_expect_eq(browser->resets, 2); /* a name changes no value */
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live, only_the_streams_that_were_asked_for)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *a = add_stream(&rig, 1, 500), *b = add_stream(&rig, 2, 500);
    struct browser *browser = browser_open(&rig);
    feed_rows(&rig, a, 100, 2 * MS);
    feed_rows(&rig, b, 100, 2 * MS);
    step(&rig);
    say(&rig, browser,
        "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900,\"streams\":[1]}}");
    tick(&rig);
    cr_expect_null(browser->held[0]);
    cr_expect_not_null(browser->held[1]);
    browser_close(&rig, browser);
    live_rig_finish(&rig);
}

Test(live, more_browsers_than_there_is_room_for)
{
    struct live_rig rig;
    live_rig_init(&rig, 0);
    struct fed *fed = add_stream(&rig, 1, 500);
    static struct browser *browser[VIZ_LIVE_CLIENTS];
    for (unsigned i = 0; i < VIZ_LIVE_CLIENTS; i++) {
        browser[i] = browser_open(&rig);
        say(&rig, browser[i], FOLLOW_10S);
    }
    struct browser *odd = viz_zalloc(sizeof(*odd));
    cr_expect_null(viz_live_open(rig.live, odd, 0));
    cr_expect_eq(odd->texts, 0);
    feed_rows(&rig, fed, 100, 2 * MS);
    tick(&rig);
    for (unsigned i = 0; i < VIZ_LIVE_CLIENTS; i++)
        cr_expect_eq(browser[i]->messages, 1);
    for (unsigned i = 0; i < VIZ_LIVE_CLIENTS / 2; i++)
        browser_close(&rig, browser[i]);
    odd->client = viz_live_open(rig.live, odd, 0);
    cr_expect_not_null(odd->client);
    feed_rows(&rig, fed, 100, 2 * MS);
    tick(&rig);
    for (unsigned i = VIZ_LIVE_CLIENTS / 2; i < VIZ_LIVE_CLIENTS; i++) {
        cr_expect_eq(browser[i]->messages, 2);
        browser_close(&rig, browser[i]);
    }
    browser_close(&rig, odd);
    live_rig_finish(&rig);
}
