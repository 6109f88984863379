/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that can be said of one stored run: what the store knows about it, and the
 * figures of each of its streams (tally.h), computed from its samples. A run that is being
 * recorded is summarised as it stands. Exact percentiles need the values: 8 bytes for each
 * of a channel that is summarised. Texts and JSON: run_text.h, run_json.h. */
#ifndef VIZ_RUN_SUMMARY_H
#define VIZ_RUN_SUMMARY_H

#include <viz/error.h>
#include <viz/lightwave.h>
#include <viz/store.h>
#include <viz/tally.h>

#include <stdint.h>

struct viz_run_summary_params {
    double alpha;       /* of the moving average; 0: 0.2 */
    uint32_t bins;      /* of the histograms; 0: 20 */
    const char *metric; /* only this channel; NULL: the usual ones */
    enum viz_lw_profile profile;
};

struct viz_run_stream_summary {
    int64_t id;
    const char *name, *source;
    double requested_hz; /* 0: unknown */
    uint32_t segments;
    struct viz_tally *tally;
    struct viz_stream_figures figures;
    double silence_s;        /* from its newest sample to the end of the run */
    double silence_samples;  /* so many fit into that, at its own pace; an estimate */
    double delivered_run_hz; /* samples by the duration of the run */
};

/* All texts belong to it. */
struct viz_run_summary {
    struct viz_run run;
    double
        duration_s; /* start to end, or to when its writer was last seen; NaN: neither */
    struct viz_run_stream_summary *stream; /* with --metric only those that have it */
    uint32_t streams;
    struct viz_annotation *annotation;
    uint32_t annotations;
    struct viz_run_summary_params params; /* as they were used */
    char *metric;
};

/* -ENOENT: no such run; -EINVAL: no stream has a channel called params->metric, the
 * sentence says which there are; else what the store says. */
int viz_run_summary_create(struct viz_store *store, int64_t run,
                           const struct viz_run_summary_params *params,
                           struct viz_run_summary **out, struct viz_error *err);
void viz_run_summary_destroy(struct viz_run_summary *summary);

/* "recording", "complete", "interrupted". */
const char *viz_run_state_name(enum viz_run_state state);

/* From its start to its end, or to when its writer was last seen; NaN: neither. */
double viz_run_duration_s(const struct viz_run *run);

/* The same run with texts of its own. Release them. */
void viz_run_copy(struct viz_run *out, const struct viz_run *run);
void viz_run_release(struct viz_run *run);

#endif
