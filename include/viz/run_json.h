/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored runs as JSON, for programs: times as ISO 8601 in UTC and as whole nanoseconds
 * since 1970, numbers unrounded, null for what is not known. */
#ifndef VIZ_RUN_JSON_H
#define VIZ_RUN_JSON_H

#include <viz/run_summary.h>

/* One object with what the store knows of a run. The caller frees the text. */
char *viz_run_json(const struct viz_run *run);

/* The same, and "streams", "annotations" and the figures. The caller frees the text. */
char *viz_run_summary_json(const struct viz_run_summary *summary);

#endif
