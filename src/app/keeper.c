/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/keeper.h>

#include <viz/alloc.h>
#include <viz/archive.h>
#include <viz/provenance.h>
#include <viz/spool.h>
#include <viz/store.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS 10000000000
#define FLAGS_ROOM 4096

enum stream { STREAM_INTERVALS, STREAM_FRAMES, STREAMS };

struct viz_keeper {
    const struct viz_clock *clock;
    struct viz_store *store;
    struct viz_spool *spool;
    struct viz_archive *archive;
    int64_t run, stream[STREAMS];
    int64_t started_ns, started_clock_ns;
    int64_t presented_ns; /* of the frame before; 0: none */
};

static const char *const interval_names[] = {
#define X(name, decimals, help) #name,
    VIZ_FIGURES(X)
#undef X
};
#define INTERVAL_CHANNELS (sizeof(interval_names) / sizeof(interval_names[0]))

/* In the order of viz_keeper_frame(). update: draining, reducing and uploading. */
static const struct viz_run_channel frame_channels[] = {
    {"interval_ms", "ms"}, {"frame_ms", "ms"},   {"update_ms", "ms"},
    {"submit_ms", "ms"},   {"present_ms", "ms"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int begin_run(struct viz_keeper *keeper, const struct viz_keeper_params *params,
                     struct viz_error *err)
{
    static const char *const tag[] = {"benchmark"};
    char *machine = viz_provenance_machine(), *flags = viz_zalloc(FLAGS_ROOM);
    viz_provenance_flags(params->argc, params->argv, flags, FLAGS_ROOM);
    struct viz_run_new run = {
        .name = params->name ? params->name : "benchmark",
        .origin = "benchmark",
        .machine = machine,
        .flags = flags,
        .requested = params->requested,
        .tags = tag,
        .tag_count = 1,
        .started_ns = keeper->started_ns,
    };
    int ret = viz_store_begin_run(keeper->store, &run, &keeper->run, err);
    free(machine);
    free(flags);
    return ret;
}

/* What the end of a figure's name says; "" where it counts something. */
static const char *unit_of(const char *name)
{
    static const struct {
        const char *suffix, *unit;
    } units[] = {{"_ms", "ms"},     {"_hz", "Hz"},  {"fps", "Hz"},
                 {"_percent", "%"}, {"_mb", "MiB"}, {"_bytes", "B"}};
    if (!strcmp(name, "t"))
        return "s";
    for (size_t i = 0; i < COUNT(units); i++) {
        size_t length = strlen(name), tail = strlen(units[i].suffix);
        if (length >= tail && !strcmp(name + length - tail, units[i].suffix))
            return units[i].unit;
    }
    return "";
}

static int add_streams(struct viz_keeper *keeper, struct viz_error *err)
{
    struct viz_run_channel interval_channels[INTERVAL_CHANNELS];
    for (size_t i = 0; i < INTERVAL_CHANNELS; i++)
        interval_channels[i] =
            (struct viz_run_channel){interval_names[i], unit_of(interval_names[i])};
    const struct viz_run_stream streams[STREAMS] = {
        [STREAM_INTERVALS] = {.name = "intervals",
                              .form = VIZ_FORM_VALUES,
                              .channel = interval_channels,
                              .channels = COUNT(interval_channels)},
        [STREAM_FRAMES] = {.name = "frames",
                           .form = VIZ_FORM_VALUES,
                           .channel = frame_channels,
                           .channels = COUNT(frame_channels)},
    };
    int ret = 0;
    for (int i = 0; ret == 0 && i < STREAMS; i++)
        ret = viz_store_add_stream(keeper->store, keeper->run, &streams[i],
                                   &keeper->stream[i], err);
    return ret;
}

static int open_store(struct viz_keeper *keeper, const struct viz_keeper_params *params,
                      struct viz_error *err)
{
    char where[4096];
    int ret = 0;
    if (params->where)
        snprintf(where, sizeof(where), "%s", params->where);
    else
        ret = viz_store_default(where, sizeof(where), err);
    if (ret == 0)
        ret = viz_store_open(where, VIZ_STORE_WRITE, &keeper->store, err);
    return ret;
}

static void destroy(struct viz_keeper *keeper)
{
    viz_archive_destroy(keeper->archive);
    viz_spool_destroy(keeper->spool);
    viz_store_close(keeper->store);
    free(keeper);
}

int viz_keeper_create(const struct viz_keeper_params *params, struct viz_keeper **out,
                      struct viz_error *err)
{
    struct viz_keeper *keeper = viz_zalloc(sizeof(*keeper));
    keeper->clock = params->clock;
    keeper->started_ns = viz_provenance_now();
    keeper->started_clock_ns = viz_clock_now(params->clock);
    int ret = open_store(keeper, params, err);
    /* In one transaction: a run that cannot begin leaves nothing behind. */
    if (ret == 0)
        ret = viz_store_begin(keeper->store, err);
    if (ret == 0)
        ret = begin_run(keeper, params, err);
    if (ret == 0)
        ret = add_streams(keeper, err);
    if (ret == 0)
        ret = viz_store_commit(keeper->store, err);
    if (ret == 0) {
        keeper->spool = viz_spool_create(0);
        keeper->archive = viz_archive_create(
            &(struct viz_archive_params){.store = keeper->store,
                                         .run = keeper->run,
                                         .spool = keeper->spool,
                                         .clock = keeper->clock,
                                         .started_ns = keeper->started_ns,
                                         .started_clock_ns = keeper->started_clock_ns,
                                         .stream = keeper->stream,
                                         .streams = STREAMS});
        ret = viz_archive_start(keeper->archive, err);
    }
    if (ret < 0) {
        destroy(keeper);
        return ret;
    }
    *out = keeper;
    return 0;
}

static void put(struct viz_keeper *keeper, enum stream stream, int64_t at_ns,
                const double *value, size_t values)
{
    struct viz_record record = {
        .origin_ns = at_ns,
        .received_ns = at_ns,
        .source = stream,
        .kind = VIZ_RECORD_VALUES,
        .size = (uint16_t)(values * sizeof(value[0])),
    };
    viz_spool_put(keeper->spool, &record, value);
    viz_spool_commit(keeper->spool);
}

void viz_keeper_interval(struct viz_keeper *keeper, const struct viz_figures *figures,
                         int64_t now_ns)
{
    const double value[] = {
#define X(name, decimals, help) figures->name,
        VIZ_FIGURES(X)
#undef X
    };
    put(keeper, STREAM_INTERVALS, now_ns, value, COUNT(value));
}

static double between_ms(int64_t from_ns, int64_t to_ns)
{
    return (double)(to_ns - from_ns) / 1e6;
}

void viz_keeper_frame(struct viz_keeper *keeper, const struct viz_frame_stamps *stamps)
{
    const double value[] = {
        keeper->presented_ns ? between_ms(keeper->presented_ns, stamps->presented_ns)
                             : NAN,
        between_ms(stamps->begin_ns, stamps->presented_ns),
        between_ms(stamps->begin_ns, stamps->uploaded_ns),
        between_ms(stamps->uploaded_ns, stamps->submitted_ns),
        between_ms(stamps->submitted_ns, stamps->presented_ns),
    };
    keeper->presented_ns = stamps->presented_ns;
    put(keeper, STREAM_FRAMES, stamps->presented_ns, value, COUNT(value));
}

int viz_keeper_finish(struct viz_keeper *keeper, bool complete, const char *delivered,
                      struct viz_error *err)
{
    struct viz_error late;
    if (!keeper)
        return 0;
    viz_spool_flush(keeper->spool);
    int ret = viz_archive_stop(keeper->archive, PATIENCE_NS, err);
    uint64_t lost = viz_spool_lost(keeper->spool);
    bool whole = complete && ret == 0 && !lost;
    int64_t ended_ns =
        keeper->started_ns + (viz_clock_now(keeper->clock) - keeper->started_clock_ns);
    int ended = viz_store_end_run(keeper->store, keeper->run,
                                  whole ? VIZ_RUN_COMPLETE : VIZ_RUN_INTERRUPTED,
                                  ended_ns, delivered, &late);
    if (ret == 0 && ended < 0)
        ret = viz_fail(err, ended, "%s", late.text);
    if (ret == 0 && lost)
        ret = viz_fail(err, -EOVERFLOW,
                       "%llu rows of the run are lost: the store was too slow",
                       (unsigned long long)lost);
    destroy(keeper);
    return ret;
}
