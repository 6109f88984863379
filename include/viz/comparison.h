/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sides of runs, every metric that they have in common, one answer. Computed on all
 * processors; the same runs, parameters and seed give the same bytes in every report.
 *
 * The family over which p values are adjusted (Benjamini and Hochberg): every statistic of
 * every metric that has a test. Metrics that are another's multiple (by the same factor in
 * every run of both sides, but for rounding) are computed and not part of it. Main thread. */
#ifndef VIZ_COMPARISON_H
#define VIZ_COMPARISON_H

#include <viz/contrast.h>
#include <viz/run_series.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_comparison_params {
    double alpha;         /* 0.05 */
    double limit_percent; /* 1 */
    uint64_t seed;        /* with !seeded made from the runs' uuids */
    bool seeded;
    const char *metrics; /* as viz_run_series_load(); NULL: the usual ones */
    /* Of single metrics instead: "1,frame_ms=0.5%,S1/ay=0.02". NAME=P% is a part of A's
     * median, NAME=V is in the metric's unit, the last of a metric holds; what has no name
     * is as limit_percent and says nothing more. A metric named here always counts. NULL:
     * none. */
    const char *limits;
    unsigned threads; /* 0: all */
};

struct viz_comparison_side {
    char *label; /* as the user said it */
    struct viz_run_series **run;
    uint32_t runs;
};

#define VIZ_SENTENCE 768

struct viz_comparison_metric {
    char name[160]; /* unique: "avg_total_us", "frames/frame_ms" where streams differ */
    char unit[16];
    enum viz_better better;
    const struct viz_metric_series **a, **b; /* one for each run of the side */
    struct viz_estimate *estimate_a, *estimate_b;
    struct viz_contrast contrast;
    bool family;              /* part of the adjustment and of the overall verdict */
    char collinear[160];      /* name of the metric that says the same; "": none */
    enum viz_verdict verdict; /* of the mean, or the first statistic that has a test */
    enum viz_statistic headline;
    char sentence[VIZ_SENTENCE]; /* the verdict for people, one sentence */
};

struct viz_comparison {
    struct viz_comparison_params params; /* as used: the seed stands */
    struct viz_comparison_side side[2];  /* A, B */
    struct viz_comparison_metric *metric;
    uint32_t metrics;
    uint32_t tests; /* in the family */
    /* Remarks above the verdict, a sentence each: not steady, interrupted, one run a side,
     * different firmware, metrics that one side lacks ... */
    char **note;
    uint32_t notes;
    /* Worse if any row of the family is; else better if any is; else not shown if a
     * headline is; else equivalent. Metrics of which neither is better: different. */
    enum viz_verdict verdict;
    char sentence[VIZ_SENTENCE];
};

/* @a, @b: ids, each side at least one, no run twice. Loads, computes, judges, words. -EINVAL:
 * a run on both sides, no metric in common, or none that params name; -ECANCELED: by
 * viz_store_set_cancel(), also while it computes; else as the store. */
int viz_comparison_create(struct viz_store *store, const int64_t *a, uint32_t runs_a,
                          const char *label_a, const int64_t *b, uint32_t runs_b,
                          const char *label_b,
                          const struct viz_comparison_params *params,
                          struct viz_comparison **out, struct viz_error *err);
void viz_comparison_destroy(struct viz_comparison *comparison);

/* Whether @limits can be read; *percent is what it says of all metrics, else as it was.
 * -EINVAL, with the sentence. */
int viz_comparison_limits_check(const char *limits, double *percent,
                                struct viz_error *err);

/* Fills every sentence (src/app/comparison_words.c). Part of create. */
void viz_comparison_words(struct viz_comparison *comparison);

/* What is to be said of the steadiness of run @run of side @side (0: A) by that metric: "B
 * is not steady (run 17, frame_ms): changed at 00:41 by +8 %". NULL: it is steady. free()
 * it. */
char *viz_comparison_steadiness_note(const struct viz_comparison *comparison,
                                     const struct viz_comparison_metric *metric,
                                     int side, uint32_t run);

/* One value with its unit and sign, as reports write it: "+1.9 µs", "0.42 ms". */
void viz_comparison_value(char *out, size_t size, double value, const char *unit,
                          bool sign);

/* For terminals: the verdict, remarks, a table of at most 100 columns (or @width, if that
 * is less), line by line. */
struct viz_comparison_text_params {
    uint32_t width; /* 0: 100 */
    bool ascii;
    bool details; /* every figure of every metric, every remark */
};
void viz_comparison_text(const struct viz_comparison *comparison,
                         const struct viz_comparison_text_params *params,
                         void (*line)(void *context, const char *text), void *context);

/* JSON, Markdown, one HTML file that needs nothing else. free() them. Never NaN in JSON. */
char *viz_comparison_json(const struct viz_comparison *comparison);
char *viz_comparison_markdown(const struct viz_comparison *comparison);
char *viz_comparison_html(const struct viz_comparison *comparison);

#endif
