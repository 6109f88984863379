/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/subscription.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S 1000000000LL
#define ALL (VIZ_SUBSCRIBE_BENCHMARK | VIZ_SUBSCRIBE_AUDIO | VIZ_SUBSCRIBE_STM)

/* The other end: what it was sent, and what the user was told, a line each. */
struct end {
    char sent[4096], said[2048];
    struct viz_subscription *subscription;
    const struct viz_subscription_counts *counts;
};

static void append(char *out, size_t room, const char *text, size_t size)
{
    size_t used = strlen(out);
    snprintf(out + used, room - used, "%.*s\n", (int)size, text);
}

static void take_sent(void *context, const char *text, size_t size)
{
    struct end *end = context;
    append(end->sent, sizeof(end->sent), text, size);
}

static void take_said(void *context, const char *sentence)
{
    struct end *end = context;
    append(end->said, sizeof(end->said), sentence, strlen(sentence));
}

static void open_at(struct end *end, unsigned streams, bool start, int64_t now_ns)
{
    *end = (struct end){0};
    end->subscription = viz_subscription_create(&(struct viz_subscription_params){
        .streams = streams,
        .start = start,
        .context = end,
        .send = take_sent,
        .say = take_said,
    });
    end->counts = viz_subscription_counts(end->subscription);
    viz_subscription_open(end->subscription, now_ns);
}

static bool text_at(struct end *end, const char *text, int64_t now_ns)
{
    return viz_subscription_text(end->subscription, text, strlen(text), now_ns);
}

/* The newest thing sent is this, and everything sent is forgotten. */
static void expect_sent(struct end *end, const char *type, unsigned id)
{
    char expected[128];
    snprintf(expected, sizeof(expected), "{\"type\":\"%s\",\"requestId\":\"viz-%u\"}\n",
             type, id);
    cr_expect_str_eq(end->sent, expected);
    end->sent[0] = '\0';
}

static void expect_nothing_sent(struct end *end)
{
    cr_expect_str_eq(end->sent, "");
}

static void answer(struct end *end, const char *type, unsigned id, const char *rest,
                   int64_t now_ns)
{
    char text[256];
    snprintf(text, sizeof(text), "{\"type\":\"%s\",\"requestId\":\"viz-%u\",%s}", type,
             id, rest);
    cr_expect(text_at(end, text, now_ns), "%s", text);
}

#define YES "\"success\":true"
#define NO(code, message)                                                              \
    "\"success\":false,\"error\":{\"code\":\"" code "\",\"message\":\"" message "\"}"

Test(subscription, asks_one_after_the_other)
{
    struct end end;
    open_at(&end, ALL, true, 0);
    expect_sent(&end, "benchmark.start", 1);
    answer(&end, "benchmark.started", 1, YES ",\"data\":{\"active\":true}", 1);
    expect_sent(&end, "benchmark.subscribe", 2);
    cr_expect_eq(viz_subscription_active(end.subscription), 0);
    answer(&end, "benchmark.subscribed", 2,
           YES ",\"data\":{\"clientId\":3,\"frameSize\":32,\"targetFps\":10,"
               "\"magicByte\":0,\"accepted\":true}",
           2);
    cr_expect_eq(viz_subscription_active(end.subscription), VIZ_SUBSCRIBE_BENCHMARK);
    expect_sent(&end, "audio.subscribe", 3);
    answer(&end, "audio.subscribed", 3,
           YES ",\"data\":{\"frameSize\":464,\"streamVersion\":1,\"status\":\"ok\"}",
           3);
    expect_sent(&end, "stm.subscribe", 4);
    answer(&end, "stm.subscribed", 4, YES ",\"data\":{\"magic\":253}", 4);
    expect_nothing_sent(&end);
    cr_expect_eq(viz_subscription_active(end.subscription), ALL);
    cr_expect_eq(viz_subscription_refused(end.subscription), 0);
    cr_expect_eq(viz_subscription_step(end.subscription, 5), INT64_MAX);
    cr_expect_eq(end.counts->texts, 4);
    cr_expect_eq(end.counts->replies, 4);
    cr_expect_eq(end.counts->refusals, 0);
    cr_expect_str_eq(end.said, "");
    viz_subscription_destroy(end.subscription);
}

/* Fields that the firmware leaves out, and names that only the type tells. */
Test(subscription, understands_answers_without_an_id)
{
    struct end end;
    open_at(&end, VIZ_SUBSCRIBE_BENCHMARK | VIZ_SUBSCRIBE_STM, true, 0);
    cr_expect(text_at(&end, "{\"type\":\"benchmark.started\"}", 1));
    cr_expect(
        text_at(&end, " {\"type\":\"benchmark.subscribed\",\"success\":true}", 1));
    cr_expect(text_at(&end, "{\"type\":\"stm.subscribed\",\"status\":\"ok\"}", 1));
    cr_expect_eq(viz_subscription_active(end.subscription),
                 VIZ_SUBSCRIBE_BENCHMARK | VIZ_SUBSCRIBE_STM);
    cr_expect_eq(end.counts->replies, 3);
    viz_subscription_destroy(end.subscription);
}

Test(subscription, asks_again_what_was_refused_for_now)
{
    static const struct {
        const char *code;
        int64_t again_ns;
    } codes[] = {
        {"RESOURCE_EXHAUSTED", 5 * S},
        {"SYSTEM_NOT_READY", 5 * S},
        {"RATE_LIMITED", 6 * S},
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct end end;
        char rest[128], expected[160];
        open_at(&end, VIZ_SUBSCRIBE_BENCHMARK, false, 0);
        expect_sent(&end, "benchmark.subscribe", 1);
        snprintf(rest, sizeof(rest), NO("%s", "Not now"), codes[i].code);
        answer(&end, i ? "error" : "benchmark.rejected", 1, rest, S);
        snprintf(expected, sizeof(expected),
                 "benchmark.subscribe is refused: Not now (%s); asking again in %d s\n",
                 codes[i].code, (int)(codes[i].again_ns / S));
        cr_expect_str_eq(end.said, expected);
        cr_expect_eq(viz_subscription_refused(end.subscription), 0);

        int64_t next_ns = viz_subscription_step(end.subscription, S);
        cr_expect_eq(next_ns, S + codes[i].again_ns);
        viz_subscription_step(end.subscription, next_ns - 1);
        expect_nothing_sent(&end);
        viz_subscription_step(end.subscription, next_ns);
        expect_sent(&end, "benchmark.subscribe", 2);
        answer(&end, "benchmark.rejected", 2, rest, next_ns);
        cr_expect_eq(strchr(end.said, '\n')[1], '\0', "said once: %s", end.said);
        viz_subscription_step(end.subscription, next_ns + 6 * S);
        expect_sent(&end, "benchmark.subscribe", 3);
        answer(&end, "benchmark.subscribed", 3, YES, next_ns + 6 * S);
        cr_expect_eq(viz_subscription_active(end.subscription),
                     VIZ_SUBSCRIBE_BENCHMARK);
        cr_expect_eq(end.counts->replies, 3);
        cr_expect_eq(end.counts->refusals, 2);
        cr_expect_eq(end.counts->errors, 0);
        viz_subscription_destroy(end.subscription);
    }
}

Test(subscription, does_not_ask_again_what_was_refused_for_good)
{
    static const char *const refusals[] = {
        "{\"type\":\"error\",\"requestId\":\"viz-1\"," NO("FEATURE_DISABLED",
                                                          "Off") "}",
        "{\"type\":\"error\"," NO("UNAUTHORIZED", "A key is needed") "}",
        "{\"type\":\"benchmark.rejected\",\"requestId\":\"viz-1\"}",
        "{\"type\":\"benchmark.rejected\"}",
        "{\"type\":\"error\"}",
        "{\"type\":\"error\",\"error\":\"no\"}",
        "{\"type\":\"benchmark.subscribed\",\"success\":false}",
        "{\"type\":\"benchmark.subscribed\",\"data\":{\"accepted\":false}}",
        "{\"type\":\"x\",\"requestId\":\"viz-1\",\"error\":{}}",
    };
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct end end;
        open_at(&end, VIZ_SUBSCRIBE_BENCHMARK | VIZ_SUBSCRIBE_AUDIO, false, 0);
        end.sent[0] = '\0';
        cr_expect(text_at(&end, refusals[i], 1));
        expect_sent(&end, "audio.subscribe", 2); /* the others do not suffer */
        answer(&end, "audio.subscribed", 2, YES, 2);
        cr_expect_eq(viz_subscription_refused(end.subscription),
                     VIZ_SUBSCRIBE_BENCHMARK, "%s", refusals[i]);
        cr_expect_eq(viz_subscription_active(end.subscription), VIZ_SUBSCRIBE_AUDIO);
        cr_expect_eq(viz_subscription_step(end.subscription, 1000 * S), INT64_MAX);
        cr_expect_eq(end.counts->refusals, 1);
        cr_expect(strstr(end.said, "benchmark.subscribe is refused: "), "%s", end.said);
        cr_expect_not(strstr(end.said, "again"), "%s", end.said);

        /* A new connection asks for everything again. */
        viz_subscription_closed(end.subscription);
        viz_subscription_open(end.subscription, 1000 * S);
        expect_sent(&end, "benchmark.subscribe", 3);
        viz_subscription_destroy(end.subscription);
    }
}

Test(subscription, gives_an_answer_five_seconds)
{
    struct end end;
    int64_t now_ns = 0;
    open_at(&end, VIZ_SUBSCRIBE_AUDIO, false, 0);
    expect_sent(&end, "audio.subscribe", 1);
    cr_expect_eq(viz_subscription_step(end.subscription, 0), 5 * S);
    viz_subscription_step(end.subscription, 5 * S - 1);
    cr_expect_eq(end.counts->unanswered, 0);

    /* Asked again 5, 10, 20, 40, 60, 60 s later; the user is told once. */
    static const int64_t waits[] = {5, 10, 20, 40, 60, 60};
    for (unsigned i = 0; i < 6; i++) {
        now_ns += 5 * S;
        int64_t next_ns = viz_subscription_step(end.subscription, now_ns);
        cr_expect_eq(end.counts->unanswered, i + 1);
        cr_expect_eq(next_ns, now_ns + waits[i] * S, "%u", i);
        now_ns = next_ns;
        viz_subscription_step(end.subscription, now_ns);
        expect_sent(&end, "audio.subscribe", i + 2);
    }
    cr_expect_str_eq(end.said, "audio.subscribe is not answered\n");
    answer(&end, "audio.subscribed", 7, YES, now_ns);
    cr_expect_eq(viz_subscription_active(end.subscription), VIZ_SUBSCRIBE_AUDIO);
    viz_subscription_destroy(end.subscription);
}

Test(subscription, takes_an_answer_that_is_late)
{
    struct end end;
    open_at(&end, VIZ_SUBSCRIBE_AUDIO, false, 0);
    viz_subscription_step(end.subscription, 5 * S);
    answer(&end, "audio.subscribed", 1, YES, 6 * S);
    cr_expect_eq(viz_subscription_active(end.subscription), VIZ_SUBSCRIBE_AUDIO);
    cr_expect_eq(viz_subscription_step(end.subscription, 60 * S), INT64_MAX);
    viz_subscription_destroy(end.subscription);
}

/* A start resets what is shown: it is asked for once, and before everything else. */
Test(subscription, start_comes_first_and_once)
{
    struct end end;
    open_at(&end, VIZ_SUBSCRIBE_BENCHMARK, true, 0);
    expect_sent(&end, "benchmark.start", 1);
    answer(&end, "error", 1, NO("SYSTEM_NOT_READY", "Booting"), 1);
    expect_nothing_sent(&end);
    cr_expect_eq(viz_subscription_step(end.subscription, 2), 5 * S + 1);
    viz_subscription_step(end.subscription, 5 * S + 1);
    expect_sent(&end, "benchmark.start", 2);
    viz_subscription_step(end.subscription, 11 * S); /* no answer */
    expect_sent(&end, "benchmark.subscribe", 3);
    answer(&end, "benchmark.subscribed", 3, YES, 11 * S);
    cr_expect_eq(viz_subscription_step(end.subscription, 1000 * S), INT64_MAX);
    expect_nothing_sent(&end);
    viz_subscription_destroy(end.subscription);
}

Test(subscription, a_start_that_is_disabled_holds_nothing_up)
{
    struct end end;
    open_at(&end, VIZ_SUBSCRIBE_BENCHMARK, true, 0);
    end.sent[0] = '\0';
    answer(&end, "error", 1, NO("FEATURE_DISABLED", "Off"), 1);
    expect_sent(&end, "benchmark.subscribe", 2);
    cr_expect_eq(viz_subscription_refused(end.subscription), 0);
    viz_subscription_destroy(end.subscription);
}

Test(subscription, tolerates_what_was_not_asked_for)
{
    static const struct {
        const char *text;
        uint64_t status, unknown, errors;
    } news[] = {
        {"{\"type\":\"status\",\"fps\":120}", 1, 0, 0},
        {"{\"type\":\"zone.changed\",\"data\":{}}", 1, 0, 0},
        {"{\"type\":\"effect.changed\"}", 1, 0, 0},
        {"{\"type\":\"beat.event\",\"bpm\":1e2}", 1, 0, 0},
        {"{\"type\":\"benchmark.stats\",\"success\":true,\"data\":{\"streaming\":true,"
         "\"timing\":{\"avgTotalUs\":1.5},\"load\":{\"hopCount\":123456789012345678901}"
         "}}",
         1, 0, 0},
        {"{\"type\":\"benchmark.stopped\",\"data\":{\"active\":false,\"results\":{}}}",
         1, 0, 0},
        {"{\"type\":\"benchmark.started\",\"requestId\":\"somebody\"}", 1, 0, 0},
        {"{\"type\":\"somethingNew\"}", 0, 1, 0},
        {"{\"type\":\"statuses\"}", 0, 1, 0},
        {"{\"type\":\"\"}", 0, 1, 0},
        {"{\"type\":\"error\"," NO("INVALID_JSON", "Parse error") "}", 0, 0, 1},
        {"{\"type\":\"error\",\"requestId\":\"other\"}", 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++) {
        struct end end;
        open_at(&end, VIZ_SUBSCRIBE_BENCHMARK, false, 0);
        answer(&end, "benchmark.subscribed", 1, YES, 1);
        cr_expect(text_at(&end, news[i].text, 2), "%s", news[i].text);
        cr_expect_eq(end.counts->status, news[i].status, "%s", news[i].text);
        cr_expect_eq(end.counts->unknown, news[i].unknown, "%s", news[i].text);
        cr_expect_eq(end.counts->errors, news[i].errors, "%s", news[i].text);
        cr_expect_eq(end.counts->replies, 1);
        cr_expect_eq(viz_subscription_active(end.subscription),
                     VIZ_SUBSCRIBE_BENCHMARK);
        cr_expect_eq(*end.said != '\0', news[i].errors == 1);
        viz_subscription_destroy(end.subscription);
    }
}

Test(subscription, asks_again_when_the_device_ends_a_stream)
{
    struct end end;
    open_at(&end, VIZ_SUBSCRIBE_STM, false, 0);
    answer(&end, "stm.subscribed", 1, YES, 1);
    end.sent[0] = '\0';
    cr_expect(
        text_at(&end, "{\"type\":\"stm.unsubscribed\",\"data\":{\"clientId\":1}}", 2));
    cr_expect_eq(viz_subscription_active(end.subscription), 0);
    cr_expect_eq(viz_subscription_step(end.subscription, 2), 5 * S + 2);
    viz_subscription_step(end.subscription, 5 * S + 2);
    expect_sent(&end, "stm.subscribe", 2);
    viz_subscription_destroy(end.subscription);
}

Test(subscription, says_goodbye_to_what_is_subscribed)
{
    struct end end;
    open_at(&end, ALL, false, 0);
    answer(&end, "benchmark.subscribed", 1, YES, 1);
    answer(&end, "error", 2, NO("FEATURE_DISABLED", "Off"), 1);
    answer(&end, "stm.subscribed", 3, YES, 1);
    end.sent[0] = '\0';
    viz_subscription_leave(end.subscription, 2);
    cr_expect_str_eq(end.sent,
                     "{\"type\":\"benchmark.unsubscribe\",\"requestId\":\"viz-4\"}\n"
                     "{\"type\":\"stm.unsubscribe\",\"requestId\":\"viz-5\"}\n");
    end.sent[0] = '\0';
    viz_subscription_leave(end.subscription, 2); /* once */
    answer(&end, "benchmark.unsubscribed", 4, YES, 3);
    cr_expect_eq(viz_subscription_step(end.subscription, 100 * S), INT64_MAX);
    expect_nothing_sent(&end);
    viz_subscription_destroy(end.subscription);
}

Test(subscription, needs_nothing_to_be_asked_for)
{
    struct end end;
    open_at(&end, 0, false, 0);
    expect_nothing_sent(&end);
    cr_expect_eq(viz_subscription_step(end.subscription, 1000 * S), INT64_MAX);
    cr_expect(text_at(&end, "{\"type\":\"error\"," NO("X", "y") "}", 1));
    cr_expect_eq(end.counts->errors, 1);
    cr_expect_str_eq(end.said, "an error: y (X)\n");
    viz_subscription_leave(end.subscription, 2);
    viz_subscription_closed(end.subscription);
    cr_expect(text_at(&end, "{\"type\":\"status\"}", 3)); /* even now */
    expect_nothing_sent(&end);
    viz_subscription_destroy(end.subscription);
    viz_subscription_destroy(NULL);
}

Test(subscription, leaves_alone_what_is_no_envelope)
{
    static const char *const texts[] = {
        "",
        " ",
        "hello",
        "1,2,3",
        "[]",
        "{}",
        "{",
        "\"type\"",
        "[\"type\"]",
        "{\"type\":1}",
        "{\"type\":null}",
        "{\"type\":{\"type\":\"x\"}}",
        "{\"data\":{\"type\":\"x\"}}",
        "{\"kind\":\"status\"}",
        "{\"type\":\"status\"",
        "{\"type\":\"status\"} {\"type\":\"status\"}",
        "{\"type\":\"a\\u0000b\"}",
        "{\"type\":\"x\",\"v\":1e999}",
        "{\"type\":\"x\",\"v\":NaN}",
        "{\"type\":\"\xff\"}",
        "{\"t_s\":0.01,\"sensor_id\":1,\"ax\":0.5}",
    };
    struct end end;
    open_at(&end, VIZ_SUBSCRIBE_BENCHMARK, false, 0);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_expect_not(text_at(&end, texts[i], 1), "%s", texts[i]);
        cr_expect_eq(end.counts->not_json, i + 1);
    }
    cr_expect_not(viz_subscription_text(end.subscription, "{\"type\":\"x\"\0}", 13, 1));
    cr_expect_eq(viz_subscription_active(end.subscription), 0);
    viz_subscription_destroy(end.subscription);
}

/* What a parser must not be made to do: go deep, or read for long. */
Test(subscription, limits_depth_and_size)
{
    struct end end;
    size_t room = 1 << 17;
    char *text = calloc(1, room);
    open_at(&end, 0, false, 0);
    for (size_t depth = 15; depth <= 16; depth++) { /* and the object around them */
        size_t at = (size_t)sprintf(text, "{\"type\":\"x\",\"v\":");
        memset(text + at, '[', depth);
        memset(text + at + depth, ']', depth);
        strcpy(text + at + 2 * depth, "}");
        cr_expect_eq(text_at(&end, text, 1), depth == 15);
    }
    /* Brackets in a string have no depth, whatever is escaped in it. */
    cr_expect(
        text_at(&end, "{\"type\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\\\"}", 1));
    memset(text, '[', room - 1);
    memcpy(text, "{\"type\":", 8);
    cr_expect_not(viz_subscription_text(end.subscription, text, 65536, 1));
    for (size_t size = 65536; size <= 65537; size++) {
        memset(text, ' ', size);
        memcpy(text, "{\"type\":\"x\"", 11);
        text[size - 1] = '}';
        cr_expect_eq(viz_subscription_text(end.subscription, text, size, 1),
                     size == 65536);
    }
    free(text);
    viz_subscription_destroy(end.subscription);
}

Test(subscription, tells_foreign_words_without_control_characters)
{
    struct end end;
    open_at(&end, VIZ_SUBSCRIBE_AUDIO, false, 0);
    answer(&end, "error", 1, NO("C\\u001b[2J", "a\\nb\\u009bc \\u20ac"), 1);
    cr_expect_str_eq(end.said, "audio.subscribe is refused: a?b?c \u20ac (C?[2J)\n");
    viz_subscription_destroy(end.subscription);
    char text[9000];
    open_at(&end, VIZ_SUBSCRIBE_AUDIO, false, 0);
    int used = sprintf(text, "{\"type\":\"error\",\"error\":{\"message\":\"");
    memset(text + used, 'x', 8000);
    strcpy(text + used + 8000, "\"}}");
    cr_expect(text_at(&end, text, 1));
    cr_expect_lt(strlen(end.said), 200);
    viz_subscription_destroy(end.subscription);
}
