/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/gate.h>
#include <viz/session.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char document_text[] =
    "{\"fps\": 58.5, \"p99_latency_ms\": 20.0, \"lost\": 0, \"rss_mb\": 120.0,"
    " \"cpu_percent\": 41.5, \"offered_hz\": 500.0, \"gpu_ms\": null, \"t\": 30.0,"
    " \"mode\": \"benchmark\","
    " \"ledger\": {\"sent\": 270000, \"held\": 7, \"balanced\": true},"
    " \"streams\": [{\"gaps\": 0}, {\"gaps\": 3, \"delivered_hz\": 499.5}],"
    " \"stages_ms\": {\"upload\": {\"p99\": 0.25}}}";

/* Failed clauses, or -errno. */
static int evaluate(const char *expression, struct viz_gate_result *result)
{
    struct viz_error err = {""};
    json_t *document = json_loads(document_text, 0, NULL);
    int ret = viz_gate_evaluate(expression, document, result, &err);
    json_decref(document);
    if (ret < 0)
        cr_expect_eq(strncmp(err.text, "gate", 4), 0, "%s: \"%s\"", expression,
                     err.text);
    return ret < 0 ? ret : (int)result->failed;
}

static void expect(const char *expression, int expected)
{
    struct viz_gate_result result;
    int is = evaluate(expression, &result);
    cr_expect_eq(is, expected, "%s came out as %d, expected %d", expression, is,
                 expected);
}

Test(gate, every_operator_below_at_and_above)
{
    const struct {
        const char *operation;
        int less, equal, more; /* failed where the figure is less than the value, ... */
    } table[] = {{"<", 0, 1, 1}, {"<=", 0, 0, 1}, {">", 1, 1, 0}, {">=", 1, 0, 0},
                 {"=", 1, 0, 1}, {"==", 1, 0, 1}, {"!=", 0, 1, 0}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char clause[64];
        snprintf(clause, sizeof(clause), "fps%s59", table[i].operation);
        expect(clause, table[i].less);
        snprintf(clause, sizeof(clause), "fps %s 58.5", table[i].operation);
        expect(clause, table[i].equal);
        snprintf(clause, sizeof(clause), "  fps%s  58\t", table[i].operation);
        expect(clause, table[i].more);
    }
}

Test(gate, units_are_the_same_length)
{
    expect("fps>=0Hz", 0);
    expect("fps<10kHz", 0);
    expect("p99_latency_ms<=20", 0);
    expect("p99_latency<=20", 0);
    expect("p99_latency<=20ms", 0);
    expect("p99_latency<=0.02s", 0);
    expect("p99_latency<=20000us", 0);
    expect("p99_latency<=20 ms", 0);
    expect("p99_latency<0.02s", 1);
    expect("p99_latency<19.9ms", 1);
    expect("stages_ms.upload.p99=250us", 0);
    expect("stages_ms.upload.p99<0.2ms", 1);
    expect("offered=0.5kHz", 0);
    expect("cpu<42%", 0);
    expect("cpu_percent<41", 1);
    expect("ledger.sent=270k", 0);
}

/* A unit that the figure is not in must not pass as something else: 200M is no
 * 200 000 000 MiB. */
Test(gate, units_of_something_else_are_refused)
{
    expect("rss<121", 0);
    expect("rss_mb<119", 1);
    expect("rss<200M", -EINVAL);
    expect("rss<200k", -EINVAL);
    expect("fps>20ms", -EINVAL);
    expect("p99_latency<20%", -EINVAL);
    expect("p99_latency<20Hz", -EINVAL);
    expect("cpu<40ms", -EINVAL);
}

Test(gate, paths_reach_everything)
{
    expect("streams[0].gaps=0", 0);
    expect("streams[1].gaps=0", 1);
    expect("streams[1].delivered_hz>=499", 0);
    expect("ledger.held=7,held=7,sent>0", 0);
    expect("ledger.balanced=true", 0);
    expect("ledger.balanced=false", 1);
    expect("streams[2].gaps=0", -EINVAL);
    expect("streams[-1].gaps=0", -EINVAL);
    expect("streams[0.gaps=0", -EINVAL);
    expect("streams[].gaps=0", -EINVAL);
    expect("[0]=0", -EINVAL);
    expect("ledger.nothing=0", -EINVAL);
    expect("ledger=0", -EINVAL);
    expect("mode=1", -EINVAL);
    expect("fps.deeper=1", -EINVAL);
}

/* What was not measured proves nothing, whatever is asked of it. */
Test(gate, null_fails_its_clause)
{
    struct viz_gate_result result;
    expect("gpu<100,gpu>=0,gpu!=5,gpu_ms=0", 4);
    cr_expect_eq(evaluate("gpu<100,fps>1", &result), 1);
    cr_expect_str_eq(result.text[0], "gpu<100: failed, was not measured");
    cr_expect_eq(result.clauses, 2);
}

Test(gate, names_the_broken_clauses)
{
    struct viz_gate_result result;
    cr_expect_eq(evaluate("p99_latency < 20ms , lost=0,fps>=60", &result), 2);
    cr_expect_eq(result.clauses, 3);
    cr_expect_str_eq(result.text[0], "p99_latency < 20ms: failed, is 20");
    cr_expect_str_eq(result.text[1], "fps>=60: failed, is 58.5");
}

static const char *const malformed[] = {
    "",         " ",       ",",       "fps",     "fps>",          ">58",
    "fps>1,",   ",fps>1",  "fps>>1",  "fps=>1",  "fps<>1",        "fps!1",
    "fps>1 2",  "fps>one", "fps>nan", "fps>inf", "fps>1,,lost=0", "fps 1",
    "fps>0x10", "fps><",
};

Test(gate, malformed_is_refused_before_and_after)
{
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        struct viz_error err = {""};
        expect(malformed[i], -EINVAL);
        cr_expect_eq(viz_gate_check(malformed[i], &err), -EINVAL, "\"%s\"",
                     malformed[i]);
        cr_expect_gt(strlen(err.text), 0);
    }
}

Test(gate, overlong_is_refused)
{
    char text[8192] = "";
    for (int i = 0; i < VIZ_GATE_CLAUSES; i++)
        strcat(text, i ? ",fps>1" : "fps>1");
    expect(text, 0);
    strcat(text, ",fps>1");
    expect(text, -EINVAL);
    memset(text, 'f', 200);
    strcpy(text + 200, ">1");
    expect(text, -EINVAL);
    snprintf(text, sizeof(text), "%0120d>1", 0);
    expect(text, -EINVAL); /* fits, and there is no such figure */
    snprintf(text, sizeof(text), "fps>%0110d", 99);
    expect(text, 1); /* fits, and is cut only in the sentence */
}

Test(gate, all_may_fail)
{
    struct viz_gate_result result;
    char text[8192] = "";
    for (int i = 0; i < VIZ_GATE_CLAUSES; i++)
        strcat(text, i ? ",fps<1" : "fps<1");
    cr_expect_eq(evaluate(text, &result), VIZ_GATE_CLAUSES);
}

/* Before the run only names can be checked; paths are known at its end. */
Test(gate, names_are_checked_before_the_run)
{
    const char *const good[] = {"fps>=58",     "p999_latency<20ms", "lost=0",
                                "duplicate=0", "avg_frame<16",      "rss<500",
                                "uploaded<1M", "timer_hz>1,t>=3",   "streams[7].x=1",
                                "a.b=1"};
    const char *const unknown[] = {"frames=1", "latency<20ms",      "FPS>1",
                                   "fps_ms>1", "lost=0,nonsense=1", "p99<20ms",
                                   "_ms<1"};
    struct viz_error err;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect_eq(viz_gate_check(good[i], &err), 0, "%s", good[i]);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        cr_expect_eq(viz_gate_check(unknown[i], &err), -EINVAL, "%s", unknown[i]);
        cr_expect_not_null(strstr(err.text, "there is no figure called"), "%s",
                           err.text);
        expect(unknown[i], -EINVAL);
    }
}
