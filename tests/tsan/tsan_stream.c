/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source thread appends rows, adds channels and loses what finds no room, while the
 * render thread discovers the stream, drains, presents and reads the ledger: it balances
 * at every look, and at the end every sample is accounted for. */
#include <viz/alloc.h>
#include <viz/reader.h>
#include <viz/stream.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 400000
#define CHANNELS 4

struct bench {
    struct viz_clock *clock;
    struct viz_streams *streams;
    _Atomic bool ended;
    uint64_t samples; /* the source's until it ended */
};

static void *produce(void *argument)
{
    struct bench *bench = argument;
    struct viz_timeline timeline = {0};
    viz_role_assume_source();
    struct viz_stream *stream = viz_stream_open(
        bench->streams, &(struct viz_stream_params){.name = "s",
                                                    .format = "test",
                                                    .max_channels = CHANNELS,
                                                    .sizing_hz = 1,
                                                    .clock = bench->clock,
                                                    .timeline = &timeline,
                                                    .sequenced = true});
    viz_stream_channel(stream, "a", "V");
    for (int64_t i = 0; i < ROWS; i++) {
        float value[CHANNELS] = {(float)i, 1, viz_missing_value(), 2};
        if (i == ROWS / 4 || i == ROWS / 3)
            viz_stream_channel(stream, i == ROWS / 4 ? "b" : "c", "V");
        uint32_t channels = atomic_load(&stream->channels);
        int64_t now_ns = viz_clock_now(bench->clock);
        viz_stream_row(stream, &(struct viz_arrival){now_ns, now_ns}, i * 1000, value,
                       channels);
        bench->samples += channels < 2 ? 1 : 2;
        if (i % 5 == 0)
            viz_stream_commit(stream);
        if (i % 4000 == 0)
            sched_yield();
    }
    viz_stream_flush(stream);
    atomic_store_explicit(&bench->ended, true, memory_order_release);
    return NULL;
}

static struct viz_ledger frame(struct bench *bench, struct viz_reader *reader,
                               struct viz_trace *trace)
{
    struct viz_ledger ledger;
    viz_role_assume_render();
    viz_reader_drain(reader);
    int64_t now_ns = viz_clock_now(bench->clock);
    struct viz_frame_stamps stamps = {now_ns, now_ns, now_ns, now_ns};
    viz_reader_presented(reader, INT64_MIN, INT64_MAX, &stamps, true, trace);
    viz_reader_ledger(reader, &ledger);
    return ledger;
}

static bool watch(struct bench *bench, struct viz_trace *trace, struct viz_ledger *last)
{
    struct viz_stream *stream;
    bool good = true, ended;
    while (!(stream = viz_streams_at(bench->streams, 0)))
        sched_yield();
    struct viz_reader *reader = viz_reader_create(stream, 1 << 19);
    do {
        ended = atomic_load_explicit(&bench->ended, memory_order_acquire);
        *last = frame(bench, reader, trace);
        good = good && last->balanced;
        uint32_t channels = atomic_load(&stream->channels);
        for (uint32_t i = 0; i < channels; i++)
            good = good && strlen(stream->channel[i].name) == 1;
        for (int i = 0; i < 30; i++)
            sched_yield();
    } while (!ended);
    *last = frame(bench, reader, trace); /* more than one drain may hold */
    good = good && last->balanced;
    viz_reader_destroy(reader);
    return good;
}

int main(void)
{
    struct bench bench = {.clock = viz_clock_create(true)};
    struct viz_trace *trace = viz_zalloc(sizeof(*trace));
    struct viz_ledger ledger;
    pthread_t source;
    bench.streams = viz_zalloc(sizeof(*bench.streams));
    pthread_create(&source, NULL, produce, &bench);
    bool balanced = watch(&bench, trace, &ledger);
    pthread_join(source, NULL);
    bool good = balanced && ledger.sent == bench.samples && ledger.in_flight == 0 &&
                ledger.held == 0 &&
                ledger.drawn + ledger.overflow + ledger.evicted_unseen == ledger.sent &&
                trace->total.count == ledger.drawn && trace->total.negative == 0;
    for (int i = 0; i < VIZ_STAGE_COUNT; i++)
        good = good && trace->stage[i].negative == 0;
    if (!good)
        fprintf(stderr,
                "balanced %d: %llu made, %llu sent, %llu drawn, %llu overflow, "
                "%llu in flight, %llu traced\n",
                balanced, (unsigned long long)bench.samples,
                (unsigned long long)ledger.sent, (unsigned long long)ledger.drawn,
                (unsigned long long)ledger.overflow,
                (unsigned long long)ledger.in_flight,
                (unsigned long long)trace->total.count);
    viz_streams_finish(bench.streams);
    free(bench.streams);
    free(trace);
    viz_clock_destroy(bench.clock);
    return good ? 0 : 1;
}
