/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of a run's series need: a store, samples in it, and the run read back. A
 * transaction is open from the first sample until the run is read. */
#ifndef VIZ_TESTS_SERIES_RIG_H
#define VIZ_TESTS_SERIES_RIG_H

#include "store_rig.h"

#include <viz/run_series.h>
#include <viz/track.h>

#include <math.h>

#define MS INT64_C(1000000)
#define START_NS INT64_C(1769860800000000000)

static struct store_rig rig;
static uint64_t next_seq;
static bool writing;

static inline void series_rig_init(void)
{
    next_seq = 0;
    writing = false;
    store_rig_init(&rig);
}

static inline void series_rig_finish(void)
{
    store_rig_finish(&rig);
}

static inline void put(const struct store_place *place, unsigned marks, int64_t at_ms,
                       const void *bytes, size_t size)
{
    if (!writing)
        STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    writing = true;
    STORE_OK(&rig, viz_store_put(rig.store, place->run,
                                 &(struct viz_run_sample){
                                     .stream = place->stream,
                                     .segment = place->segment,
                                     .seq = next_seq++,
                                     .host_ns = START_NS + at_ms * MS,
                                     .device_ns = INT64_MIN,
                                     .marks = marks,
                                     .missing = marks & VIZ_MARK_GAP ? 3 : 0,
                                     .frame = bytes,
                                     .size = (uint32_t)size,
                                 },
                                 &rig.err));
}

static inline struct viz_run_series *load(int64_t run, const char *only)
{
    struct viz_run_series *series = NULL;
    if (writing)
        STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    writing = false;
    STORE_OK(&rig, viz_run_series_load(rig.store, run, only, &series, &rig.err));
    return series;
}

static inline uint64_t accounted(const struct viz_metric_series *metric)
{
    uint64_t all = metric->n;
#define X(name, words) all += metric->name;
    VIZ_LEFT_OUT(X)
#undef X
    return all;
}

/* The metric, and every sample of each of them is somewhere. */
static inline const struct viz_metric_series *
metric_of(const struct viz_run_series *series, const char *name)
{
    const struct viz_metric_series *found = NULL;
    for (uint32_t i = 0; i < series->metrics; i++) {
        const struct viz_metric_series *metric = &series->metric[i];
        cr_assert_eq(metric->rows, accounted(metric), "%s: %lu rows, %lu accounted for",
                     metric->name, metric->rows, accounted(metric));
        if (!found && !strcmp(metric->name, name))
            found = metric;
    }
    cr_assert_not_null(found, "no metric %s", name);
    return found;
}

static inline void near(double value, double expected)
{
    cr_assert_lt(fabs(value - expected), 1e-9 * (1 + fabs(expected)),
                 "%.17g is not %.17g", value, expected);
}

#endif
