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

/* The runs that @side means. False: it has been said why. free() the ids. */
bool viz_compare_side(struct viz_store *store, const char *side, int64_t **ids,
                      uint32_t *count);

/* Prints the comparison, as text or JSON, and writes the report that --output asks for.
 * Returns the exit code: that of the verdict with --gate and --strict, 1 where the report
 * cannot be written. */
int viz_compare_report(const struct viz_comparison *comparison,
                       const struct viz_compare_config *config);

/* The exit code that a verdict has with --gate and --strict. */
int viz_compare_code(enum viz_verdict verdict, const struct viz_compare_config *config);

#endif
