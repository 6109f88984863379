/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "selftest_state.h"

#include <viz/parallel.h>
#include <viz/special.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define PARTS 20 /* of a section, between which progress is told */

const char *selftest_check(struct selftest *test, bool passed)
{
    test->checks++;
    test->failed += !passed;
    return passed ? "ok" : "NOT ok";
}

void selftest_line(struct selftest *test, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    test->params.line(test->params.context, text);
}

void selftest_table(struct selftest *test, struct viz_table *table)
{
    viz_table_write(table, SELFTEST_WIDTH, 2, test->params.line, test->params.context);
    viz_table_destroy(table);
    test->params.line(test->params.context, "");
}

/* A part of the tasks of selftest_repeat(). */
struct part {
    void (*task)(void *context, size_t i);
    void *context;
    size_t first;
    const volatile int *stop;
};

static bool is_stopped(const volatile int *stop)
{
    return stop && *stop;
}

static void run_one(void *context, size_t i)
{
    const struct part *part = context;
    if (!is_stopped(part->stop))
        part->task(part->context, part->first + i);
}

uint32_t selftest_repeat(struct selftest *test, uint32_t count, double cost,
                         const char *what, void (*task)(void *context, size_t i),
                         void *context)
{
    const struct viz_selftest_params *params = &test->params;
    uint32_t step = (count + PARTS - 1) / PARTS, done = 0;
    while (done < count) {
        uint32_t now = count - done < step ? count - done : step;
        struct part part = {task, context, done, params->stop};
        params->progress(params->context, test->done / test->total, what);
        viz_parallel(now, params->threads, run_one, &part, NULL);
        test->stopped = test->stopped || is_stopped(params->stop);
        if (test->stopped)
            return done;
        done += now;
        test->done += now * cost;
    }
    return done;
}

struct selftest_text selftest_percent(unsigned count, unsigned n)
{
    struct selftest_text out = {"–"};
    if (n)
        snprintf(out.text, sizeof(out.text), "%.1f %%", 100.0 * count / n);
    return out;
}

struct selftest_band selftest_band(unsigned n, double p)
{
    double tail = (1 - SELFTEST_BAND) / 2;
    return (struct selftest_band){viz_binomial_quantile(tail, n, p),
                                  viz_binomial_quantile(1 - tail, n, p)};
}

unsigned selftest_least(unsigned n, double p)
{
    return viz_binomial_quantile(1 - SELFTEST_BAND, n, p);
}

static void conclude(struct selftest *test)
{
    if (test->stopped)
        selftest_line(test, "Stopped: %u checks were made, %u of them failed.",
                      test->checks, test->failed);
    else if (test->failed)
        selftest_line(test, "%u of %u checks FAILED.", test->failed, test->checks);
    else
        selftest_line(test, "All %u checks passed.", test->checks);
    if (test->failed && !test->stopped)
        selftest_line(test,
                      "Some seeds have a row outside by chance. One that is outside "
                      "with several is a fault.");
    json_object_set_new(test->json, "checks", viz_json_count(test->checks));
    json_object_set_new(test->json, "failed", viz_json_count(test->failed));
    json_object_set_new(test->json, "stopped", json_boolean(test->stopped));
    json_object_set_new(test->json, "ok",
                        json_boolean(!test->failed && !test->stopped));
}

uint32_t viz_selftest_run(const struct viz_selftest_params *params, char **json)
{
    struct selftest test = {.params = *params, .json = json_object()};
    test.total = selftest_levels_work(&test) + selftest_runs_work(&test) +
                 selftest_coverage_work(&test);
    json_object_set_new(test.json, "seed", viz_json_count(params->seed));
    json_object_set_new(test.json, "pairs", viz_json_count(params->pairs));
    json_object_set_new(test.json, "alpha", json_real(SELFTEST_ALPHA));
    json_object_set_new(test.json, "band", json_real(SELFTEST_BAND));
    selftest_oracles(&test);
    selftest_levels(&test);
    selftest_runs(&test);
    selftest_coverage(&test);
    conclude(&test);
    *json = json_dumps(test.json, JSON_INDENT(2));
    json_decref(test.json);
    return test.failed;
}
