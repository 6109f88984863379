/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line as a struct: filled by src/cli from the option table, read by
 * src/app. Every default stands in the option table (src/cli/options.inc) and nowhere
 * else. */
#ifndef VIZ_CONFIG_H
#define VIZ_CONFIG_H

#include <viz/net.h>
#include <viz/source.h>
#include <viz/synth.h>

#include <stdbool.h>
#include <stdint.h>

#define VIZ_MAX_COLOURS 64

struct viz_colour_choice {
    uint32_t channel; /* 1-based, over all streams */
    uint32_t rgb;
};

struct viz_config {
    /* sources; none: the demo stream (synth:) */
    struct viz_source source[VIZ_MAX_SOURCES];
    uint32_t sources;
    enum viz_net_backend backend;

    /* viewing */
    double refresh_hz;       /* < 0: the monitor's rate; 0: as fast as it goes */
    double window_s;         /* 10 */
    int width_px, height_px; /* 1280x720 */
    bool headless;
    const char *screenshot; /* file, NULL: none */
    double screenshot_at_s; /* < 0: at the end */
    double exit_after_s;    /* 0: never */
    const char *show;       /* "1,3-5"; NULL: all */
    struct viz_colour_choice colour[VIZ_MAX_COLOURS];
    uint32_t colours;
    bool light, overlay, hud;
    double history_s; /* 0: by memory, see docs */
    bool trace;       /* latency tracing */

    /* synthetic load (demo and benchmark) */
    struct viz_synth_params synth;

    /* benchmark */
    bool benchmark;
    double duration_s;     /* 30 */
    double warmup_s;       /* 2 */
    double log_interval_s; /* 1 */
    const char *csv;       /* "benchmark_results.csv"; NULL: --no-csv */
    const char *json;      /* NULL: none */
    const char *gate;      /* NULL: none */
    bool keep_open;
    const char *store;    /* keep the run there; NULL: the default, with a run_name */
    const char *run_name; /* NULL, and no store: do not keep it */

    /* for tests of what the figures mean: make the renderer or the source slow */
    double slow_frame_ms; /* sleep so long in every frame */
    double stall_every_s,
        stall_s; /* the synthetic source sleeps stall_s every so often */

    int argc;
    char **argv; /* as given, for the run's metadata */
};

#endif
