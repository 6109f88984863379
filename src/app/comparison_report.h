/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all reports of a comparison say in the same words. Texts are the same in every
 * locale; nothing that is not a number is ever written as one. */
#ifndef VIZ_COMPARISON_REPORT_H
#define VIZ_COMPARISON_REPORT_H

#include <viz/comparison.h>

#include <stdio.h>

/* Runs a side beyond which nobody would measure: how many more is not told. */
#define VIZ_COMPARISON_MOST_RUNS 1000
/* Remarks that are read at once; more are folded. */
#define VIZ_COMPARISON_MOST_NOTES 12
#define VIZ_EXTENT 384 /* bytes that an extent needs, and a label */
#define VIZ_LABEL 320

/* A number in a buffer of its own, so that it can stand among the arguments of printf. */
struct viz_figure {
    char text[48];
};

/* Fixed @decimals (0..9), "+" before what is above 0 if @sign. Not finite: "–". */
struct viz_figure viz_figure_fixed(double value, unsigned decimals, bool sign);
/* So many significant @digits; whole numbers whole; beyond 1e-6 and 1e9 a power of ten. */
struct viz_figure viz_figure_digits(double value, int digits, bool sign);
/* As it was asked for: "1", "0.05", "2.5". */
struct viz_figure viz_figure_plain(double value);
/* "0.032", "<0.0001". */
struct viz_figure viz_figure_p(double p);
/* "95 %" of alpha 0.05; 2 alpha: "90 %". */
struct viz_figure viz_figure_confidence(double alpha);
/* Decimals with which @width (of an interval) has two significant digits. */
unsigned viz_figure_decimals(double width);

/* Whether differences of a metric are told in percent of A, all statistics alike: only
 * where that means something, which is where values keep away from 0. Both means are above
 * 0, and A's is at least the sd of its values. */
bool viz_comparison_in_percent(const struct viz_comparison_metric *metric);
/* Factor from delta to percent of A; NaN: the metric is told in its unit. */
double viz_comparison_percent(const struct viz_comparison_metric *metric,
                              const struct viz_contrast_row *row);
/* Whether the limit was given in the metric's unit. */
bool viz_comparison_limit_given(const struct viz_comparison *comparison,
                                const struct viz_comparison_metric *metric);
/* "1 %", or "0.05 °/s" of a metric told in its unit, and where it was asked for so. */
struct viz_figure viz_comparison_limit(const struct viz_comparison *comparison,
                                       const struct viz_comparison_metric *metric,
                                       const struct viz_contrast_row *row);

/* "+1.71 to +2.29 %", or "+81 to +119 µs"; "–" where there is none. */
void viz_metric_interval(char *out, size_t size,
                         const struct viz_comparison_metric *metric,
                         const struct viz_contrast_row *row, double low, double high);
/* "+2.00 %" or "+101 µs". */
void viz_metric_difference(char *out, size_t size,
                           const struct viz_comparison_metric *metric,
                           const struct viz_contrast_row *row);
/* The same of a row alone: in percent where A and B are above 0. */
void viz_comparison_interval(char *out, size_t size, const struct viz_contrast_row *row,
                             const char *unit, double low, double high);
void viz_comparison_difference(char *out, size_t size,
                               const struct viz_contrast_row *row, const char *unit);
/* What differences of values in @unit are counted in: points where that is "%". */
const char *viz_comparison_unit(const char *unit);
/* The absolute difference without its sign: "101 µs", "0.51 points". */
void viz_comparison_size(char *out, size_t size, const struct viz_contrast_row *row,
                         const char *unit);

/* A row of the table, as people read it. What is not known is "–". */
struct viz_comparison_cells {
    char a[48], b[48], difference[48], interval[96], p[48], verdict[48];
};
void viz_comparison_cells(const struct viz_comparison_metric *metric,
                          enum viz_statistic statistic,
                          struct viz_comparison_cells *out);

/* How many rows there is something to say in: 1, of the mean, where all statistics are the
 * same and have no test. */
int viz_comparison_rows(const struct viz_comparison_metric *metric);

/* Why a statistic of a metric has no test: "p99: n too small (needs 368 effective, has
 * 155)". False: it has one. */
bool viz_comparison_why(const struct viz_comparison_metric *metric,
                        enum viz_statistic statistic, char *out, size_t size);

/* A quantile with too few values: one line for all metrics says it in place of a row. */
bool viz_comparison_is_lacking(const struct viz_comparison_metric *metric,
                               enum viz_statistic statistic);
/* "p99: n too small (needs 368 effective, has 13 to 179): frame_ms, update_ms", a line for
 * each statistic of which that is so. */
void viz_comparison_lacking(const struct viz_comparison *comparison,
                            void (*line)(void *context, const char *text),
                            void *context);

/* What restricts the figures of a metric, a sentence each: too few values, a liberal test,
 * another metric that says the same. */
void viz_comparison_remarks(const struct viz_comparison_metric *metric,
                            void (*line)(void *context, const char *text),
                            void *context);
/* Further figures of a metric, a line each. */
void viz_comparison_details(const struct viz_comparison *comparison,
                            const struct viz_comparison_metric *metric,
                            void (*line)(void *context, const char *text),
                            void *context);
/* How everything was computed, a sentence each. */
void viz_comparison_definitions(const struct viz_comparison *comparison,
                                void (*line)(void *context, const char *text),
                                void *context);

/* Worse in one metric, better in another. */
bool viz_comparison_is_mixed(const struct viz_comparison *comparison);
/* "B is worse than A (1 run a side)". */
void viz_comparison_title(const struct viz_comparison *comparison, char *out,
                          size_t size);
/* The label of a side, with the names of runs where it has ids alone: "12 fan off"; of more
 * than 60 columns what fits: "1 a, 3 b,…", and if @count is asked for " (50 runs)". */
void viz_comparison_label(const struct viz_comparison_side *side, bool count, char *out,
                          size_t size);
/* "5 runs, 3000 samples"; of several streams "1 run, 240 frames, 4 intervals". */
void viz_comparison_extent(const struct viz_comparison_side *side, char *out,
                           size_t size);
uint64_t viz_comparison_samples(const struct viz_comparison_side *side);
const char *viz_better_name(enum viz_better better); /* "lower is better" */

/* Inline pictures of the HTML report (comparison_picture.c). @width of a picture is that
 * of what holds it. */
void viz_comparison_forest(const struct viz_comparison *comparison, FILE *out);
void viz_comparison_ecdf(const struct viz_comparison *comparison,
                         const struct viz_comparison_metric *metric, FILE *out);
/* Text from outside, fit for HTML: nothing in it is markup. The second: of our own, with
 * the minus sign before figures. */
void viz_html_text(FILE *out, const char *text);
void viz_html_figures(FILE *out, const char *text);
/* Name of the class that has the verdict's colour. */
const char *viz_html_class(enum viz_verdict verdict);

#endif
