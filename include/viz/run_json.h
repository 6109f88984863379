/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored runs as JSON, for programs: times as ISO 8601 in UTC and as whole nanoseconds
 * since 1970, numbers unrounded, null for what is not known. */
#ifndef VIZ_RUN_JSON_H
#define VIZ_RUN_JSON_H

#include <viz/run_summary.h>
#include <viz/store.h>

/* One object with what the store knows of a run. The caller frees the text. */
char *viz_run_json(const struct viz_run *run);

/* The runs that @filter lets through, as one array: what `viz runs --json` prints, but for
 * the line's end. free() it. */
int viz_runs_json(struct viz_store *store, const struct viz_run_filter *filter,
                  char **out, struct viz_error *err);

/* The run, what its streams and channels are, and its annotations: everything that can be
 * said without reading the samples. free() it. */
int viz_run_outline_json(struct viz_store *store, int64_t run, char **out,
                         struct viz_error *err);

/* The same, and "streams", "annotations" and the figures. The caller frees the text. */
char *viz_run_summary_json(const struct viz_run_summary *summary);

#endif
