/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where one metric of one run changes, as comparisons judge it (changes.h) with the usual
 * limit: what is less than 1 % of the mean is not told. */
#ifndef VIZ_RUN_CHANGES_H
#define VIZ_RUN_CHANGES_H

#include <viz/error.h>
#include <viz/store.h>

/* @metric, @stream: as viz_run_metric_load(). -EINVAL: the run has no such metric. free()
 * the text; docs/api.md says what is in it. */
int viz_run_changes_json(struct viz_store *store, int64_t run, const char *metric,
                         const char *stream, char **out, struct viz_error *err);

#endif
