/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A selftest under way, as selftest.c (order, tables, progress, verdict) and its sections
 * share it. */
#ifndef VIZ_SELFTEST_STATE_H
#define VIZ_SELFTEST_STATE_H

#include <viz/selftest.h>
#include <viz/table.h>

#include "json.h"

#include <stddef.h>

#define SELFTEST_WIDTH 100
#define SELFTEST_ALPHA 0.05
#define SELFTEST_BAND 0.99 /* confidence of the bands */

struct selftest {
    struct viz_selftest_params params;
    json_t *json;
    uint32_t checks, failed;
    bool stopped;
    double done, total; /* work, in milliseconds of one processor, about */
};

/* A check of the report: counts, and says "ok" or "NOT ok". */
const char *selftest_check(struct selftest *test, bool passed);

void selftest_line(struct selftest *test, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The table's lines, then an empty one; destroys it. */
void selftest_table(struct selftest *test, struct viz_table *table);

/* Calls @task for 0..count-1 on all threads, with progress between; @cost: of one task.
 * Returns how many are done: where the test is stopped, fewer than @count, the first. */
uint32_t selftest_repeat(struct selftest *test, uint32_t count, double cost,
                         const char *what, void (*task)(void *context, size_t i),
                         void *context);

/* "5.2 %" of @n; a dash where n is 0. */
struct selftest_text {
    char text[32];
};
struct selftest_text selftest_percent(unsigned count, unsigned n);

/* Counts of @n that a chance of @p gives but in 1 - SELFTEST_BAND of cases: from low to
 * high. */
struct selftest_band {
    unsigned low, high;
};
struct selftest_band selftest_band(unsigned n, double p);

/* The least count of @n that does not contradict a chance of @p, one-sided. */
unsigned selftest_least(unsigned n, double p);

/* The sections, and the work in each. */
void selftest_oracles(struct selftest *test);
void selftest_levels(struct selftest *test);
void selftest_runs(struct selftest *test);
void selftest_coverage(struct selftest *test);

double selftest_levels_work(const struct selftest *test);
double selftest_runs_work(const struct selftest *test);
double selftest_coverage_work(const struct selftest *test);

#endif
