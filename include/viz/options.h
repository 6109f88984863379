/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one table of options (src/cli/options.inc) for parsing, for --help,
 * for the manual page and for the tests. */
#ifndef VIZ_OPTIONS_H
#define VIZ_OPTIONS_H

#include <viz/collector.h>
#include <viz/config.h>
#include <viz/dashboard.h>
#include <viz/devices.h>
#include <viz/error.h>
#include <viz/estimate.h>
#include <viz/sender.h>
#include <viz/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_send_config {
    struct viz_sender_params sender;
    const struct viz_wire *wire; /* --format */
    const char *json;            /* NULL: none */
};

/* A device's address as given: HOST, HOST:PORT, HOST:FIRST-LAST or a whole ws:// URL. */
#define VIZ_MAX_HOSTS 64

#define VIZ_MAX_OPERANDS 4096 /* sources of viz: VIZ_MAX_SOURCES */

/* The commands that work on stored runs. A command uses what its options name. */
struct viz_runs_config {
    const char *db; /* NULL: the default */
    bool json;

    /* runs */
    const char *tag, *name, *host, *since, *until;
    uint32_t limit;

    /* show */
    double ema;         /* alpha of the moving average */
    uint32_t bins;      /* of the histogram */
    const char *metric; /* channel to summarise; NULL: the usual ones */
    enum viz_lw_profile profile;

    /* delete */
    bool yes;

    /* export */
    bool export_json; /* else CSV */
    const char *output;
    bool all;

    /* import */
    const char *run_name, *tags, *description;
    const char *format; /* NULL: recognised */
    bool again;         /* what was imported before, too */
};

/* compare, ab, trend and selftest. A command uses what its options name. */
struct viz_compare_config {
    const char *db; /* NULL: the default */
    double alpha, limit_percent;
    const char *limits;  /* --limit as it was said; NULL: not at all */
    const char *metrics; /* NULL: the usual ones */
    enum viz_statistic statistic;
    uint64_t seed;
    bool seeded; /* --seed was given */
    uint32_t runs, pairs, threads;
    bool noise_floor;
    const char *output; /* a report: its ending says which; NULL: none */
    bool details, json, gate, strict;
};

/* Everything that a command line can say. Texts point into argv, into the table or into
 * the struct itself: it stays where it was filled. */
struct viz_arguments {
    struct viz_config view;
    struct viz_send_config send;
    struct viz_devices_config device;
    struct viz_collect_config collect;
    struct viz_runs_config runs;
    struct viz_compare_config compare;
    struct viz_serve_config serve;
    const char *device_host[VIZ_MAX_HOSTS]; /* collect --host */
    uint32_t device_hosts;
    uint32_t device_port; /* collect --port */
    const char *format;   /* of the sources; NULL: probe */
    const char *operand[VIZ_MAX_OPERANDS];
    uint32_t operands;
    bool help, version, man;
    char screenshot[4096];
};

enum viz_command_id {
    VIZ_COMMAND_VIEW = 1, /* a set, so that an option can belong to several */
    VIZ_COMMAND_SEND = 2,
    VIZ_COMMAND_COLLECT = 4,
    VIZ_COMMAND_RUNS = 8,
    VIZ_COMMAND_SHOW = 16,
    VIZ_COMMAND_EXPORT = 32,
    VIZ_COMMAND_IMPORT = 64,
    VIZ_COMMAND_DELETE = 128,
    VIZ_COMMAND_DEVICE = 256,
    VIZ_COMMAND_COMPARE = 512,
    VIZ_COMMAND_AB = 1024,
    VIZ_COMMAND_TREND = 2048,
    VIZ_COMMAND_SELFTEST = 4096,
    VIZ_COMMAND_SERVE = 8192,
    VIZ_COMMAND_ALL = 16383,
};

#define VIZ_OPTION_GROUPS(X)                                                           \
    X(VIEWING, "Viewing")                                                              \
    X(SOURCES, "Sources")                                                              \
    X(SYNTHETIC, "Synthetic load (the demo, synth: and the benchmark)")                \
    X(BENCHMARK, "Benchmark")                                                          \
    X(FIGURES, "For tests of the figures")                                             \
    X(SENDING, "Sending")                                                              \
    X(COLLECTING, "Collecting")                                                        \
    X(RUNS, "Runs")                                                                    \
    X(COMPARING, "Comparing")                                                          \
    X(SERVING, "Serving")                                                              \
    X(DEVICE, "Simulated device")                                                      \
    X(MODEL, "Model of the hop times")                                                 \
    X(FAULTS, "Faults on purpose")                                                     \
    X(OTHER, "Other")

enum viz_option_group {
#define X(name, title) VIZ_GROUP_##name,
    VIZ_OPTION_GROUPS(X)
#undef X
        VIZ_GROUP_COUNT
};

extern const char *const viz_option_group_titles[VIZ_GROUP_COUNT];

struct viz_option {
    const char *name;               /* without its dashes: "refresh" */
    const char *alias[2];           /* the same option, not listed */
    const char *argument;           /* "HZ"; NULL: it takes none */
    const char *standard;           /* default, as a user would write it; NULL: unset */
    const char *benchmark_standard; /* where --benchmark has its own */
    const char *unit;               /* of the argument, "" where there is none */
    const char *help;               /* one or two sentences, no full stop at the end */
    enum viz_option_group group;
    unsigned commands; /* set of enum viz_command_id */
    bool benchmark_only;
    bool hidden;         /* works, but is not listed */
    const char *refused; /* "recording": known, and not part of this version */

    /* Take @text in; or say what was expected: "expected a number from 1 to 9". */
    int (*set)(const struct viz_option *option, const char *text,
               struct viz_arguments *arguments, struct viz_error *err);
    size_t at;        /* offset of the field in struct viz_arguments */
    double low, high; /* numbers: both allowed */
    const struct viz_text_suffix *suffixes; /* numbers: what may stand behind */
};

extern const struct viz_option viz_options[];
extern const size_t viz_option_count;

/* Defaults first, then @argv (without the program's and the command's name). -EINVAL
 * with one sentence on the first thing that is wrong. --help, --version and --man end
 * it: what stands behind them is not looked at. */
int viz_options_parse(enum viz_command_id command, int argc, char **argv,
                      struct viz_arguments *out, struct viz_error *err);

/* The option of @command called @name (or so aliased), without dashes; NULL. */
const struct viz_option *viz_option_find(enum viz_command_id command, const char *name);

/* The listed option of @command that is spelt most like @name; NULL: none is close. */
const char *viz_option_nearest(enum viz_command_id command, const char *name);

#endif
