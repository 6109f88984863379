/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands that compare have in common. */
#ifndef VIZ_COMPARE_REPORT_H
#define VIZ_COMPARE_REPORT_H

#include <viz/comparison.h>
#include <viz/options.h>

#include <stdbool.h>

/* As the options say; the metrics stay theirs. */
struct viz_comparison_params
viz_compare_params(const struct viz_compare_config *config);

/* The store of --db, or the default. NULL: it has been said why. */
struct viz_store *viz_compare_open(const struct viz_compare_config *config);

/* Whether a report can be written to @output, NULL included: not over the store itself.
 * 0 or a negative errno with the sentence. */
int viz_compare_check(const struct viz_compare_config *config, const char *output,
                      struct viz_error *err);

/* The runs that @side means. 0, or the exit code: it has been said why. free() the ids. */
int viz_compare_side(struct viz_store *store, const char *side, int64_t **ids,
                     uint32_t *count);

/* Prints the comparison, as text or JSON, and writes the report that --output asks for.
 * Returns the exit code: that of the verdict with --gate and --strict; where it is none, 1
 * for a report that cannot be written. */
int viz_compare_report(const struct viz_comparison *comparison,
                       const struct viz_compare_config *config);

/* The report alone; the ending of @path says which. 0 or a negative errno. */
int viz_compare_write(const struct viz_comparison *comparison, const char *path,
                      struct viz_error *err);

/* The exit code that a verdict has with --gate and --strict. */
int viz_compare_code(enum viz_verdict verdict, const struct viz_compare_config *config);

#endif
