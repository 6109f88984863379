/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a comparison, among themselves. */
#ifndef VIZ_COMPARISON_STATE_H
#define VIZ_COMPARISON_STATE_H

#include <viz/comparison.h>

/* Which metrics all runs have: fills metric[] as far as series go, in the order of the
 * first run of A. A channel that only one stream of each run has is matched by its name
 * alone, whatever the streams are called; others by stream and name. What not all runs
 * have gets a remark. -EINVAL: nothing is left; the sentence says what there is. */
int viz_comparison_match(struct viz_comparison *comparison, struct viz_error *err);

/* Whether it is to be compared: asked for, or a usual one of any run. */
bool viz_comparison_wants(const struct viz_comparison *comparison,
                          const struct viz_metric_series *metric);

/* Whether any run has a metric of that name, NAME or STREAM/NAME. */
bool viz_comparison_has(const struct viz_comparison *comparison, const char *name);

/* -EINVAL, with the sentence that it is no metric and what there is. */
int viz_comparison_unknown(const struct viz_comparison *comparison, const char *name,
                           struct viz_error *err);

/* Whether every name in params.limits is a metric's. */
int viz_comparison_limits_known(const struct viz_comparison *comparison,
                                struct viz_error *err);

/* What is negligible: @part of A's median, or @absolute where it is > 0. Whether the metric
 * is named. */
bool viz_comparison_limit_of(const struct viz_comparison *comparison,
                             const struct viz_comparison_metric *metric, double *part,
                             double *absolute);

/* Remarks on runs, once everything is computed. */
void viz_comparison_remark(struct viz_comparison *comparison);

/* One more; takes a copy. */
void viz_comparison_note(struct viz_comparison *comparison, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
