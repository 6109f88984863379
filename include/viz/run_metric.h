/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One metric of one stored run, by name, for what is shown of a metric alone: its series is
 * that which comparisons use (run_series.h). */
#ifndef VIZ_RUN_METRIC_H
#define VIZ_RUN_METRIC_H

#include <viz/run_series.h>

/* How a metric is called beside the others of its run: "frame_ms", or "S1/ax" where several
 * streams have an ax. */
#define VIZ_METRIC_NAME 160
void viz_run_metric_name(const struct viz_run_series *series,
                         const struct viz_metric_series *metric,
                         char out[VIZ_METRIC_NAME]);

/* Loads the run with the values of @metric, a name or STREAM/NAME. *out: the first that is
 * called so, of the stream that @stream names (its name or id; NULL: of any); NULL: the run
 * has none. Destroy the series. */
int viz_run_metric_load(struct viz_store *store, int64_t run, const char *metric,
                        const char *stream, struct viz_run_series **series,
                        const struct viz_metric_series **out, struct viz_error *err);

/* -EINVAL: "no run has the metric ...", with those that @series has. */
int viz_run_metric_lacking(const struct viz_run_series *series, const char *metric,
                           const char *stream, struct viz_error *err);

/* The name of the stream of @run that @stream (its name or id) means, as series have it;
 * "" where the run has no such stream. */
int viz_run_metric_stream(struct viz_store *store, int64_t run, const char *stream,
                          char out[64], struct viz_error *err);

#endif
