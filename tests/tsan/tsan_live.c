/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The synthetic source makes rows on its thread, while another steps the live stream for
 * browsers that come, look and go: the ledger balances at every look, and at the end every
 * sample is accounted for. */
#include <viz/alloc.h>
#include <viz/live.h>
#include <viz/synth.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS 1000000
#define LOOKS 300
#define BROWSERS 3
#define FOLLOW "{\"view\":{\"serial\":1,\"window_s\":1,\"px\":100}}"

struct bench {
    struct viz_clock *clock;
    struct viz_streams *streams;
    _Atomic bool stop;
    uint64_t made; /* rows: the source's until it ended */
    uint64_t messages;
};

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){0, ms * MS}, NULL);
}

static void *produce(void *argument)
{
    struct bench *bench = argument;
    const struct viz_synth_params params = {.channels = 4, .rate_hz = 20000, .seed = 1};
    viz_role_assume_source();
    struct viz_synth *synth = viz_synth_create(&params, bench->streams, 0, bench->clock,
                                               viz_clock_now(bench->clock));
    while (!atomic_load_explicit(&bench->stop, memory_order_relaxed)) {
        viz_synth_step(synth);
        sleep_ms(1);
    }
    viz_synth_finish(synth);
    bench->made = viz_synth_achieved(synth);
    viz_synth_destroy(synth);
    return NULL;
}

static bool take(void *socket, bool binary, const void *bytes, size_t size)
{
    struct bench *bench = socket;
    (void)bytes;
    bench->messages += binary && size > 48;
    return true;
}

static size_t waiting(void *socket)
{
    (void)socket;
    return 0;
}

static bool look(struct bench *bench, struct viz_live *live,
                 struct viz_live_figures *out)
{
    int64_t now_ns = viz_clock_now(bench->clock);
    viz_live_step(live, now_ns);
    viz_live_figures(live, now_ns, out);
    return out->ledger.balanced;
}

/* Browsers in turn: each stays for a while. */
static void come_and_go(struct bench *bench, struct viz_live *live,
                        struct viz_live_client **client, int at)
{
    int64_t now_ns = viz_clock_now(bench->clock);
    struct viz_live_client **one = &client[at % BROWSERS];
    if (*one)
        viz_live_close(live, *one);
    *one = viz_live_open(live, bench, now_ns);
    viz_live_text(live, *one, FOLLOW, strlen(FOLLOW), now_ns);
}

static bool watch(struct bench *bench, pthread_t source, struct viz_live_figures *last)
{
    struct viz_live_client *client[BROWSERS] = {0};
    struct viz_live *live =
        viz_live_create(&(struct viz_live_params){.streams = bench->streams,
                                                  .clock = bench->clock,
                                                  .history_s = 1,
                                                  .send = take,
                                                  .waiting = waiting});
    bool good = true;
    for (int i = 0; i < LOOKS; i++) {
        if (i % 20 == 0)
            come_and_go(bench, live, client, i / 20);
        good = look(bench, live, last) && good;
        sleep_ms(2);
    }
    atomic_store_explicit(&bench->stop, true, memory_order_relaxed);
    pthread_join(source, NULL);
    good = look(bench, live, last) && good;
    viz_live_destroy(live);
    return good;
}

int main(void)
{
    struct viz_live_figures last = {0};
    struct bench bench = {.clock = viz_clock_create(true)};
    bench.streams = viz_zalloc(sizeof(*bench.streams));
    pthread_t source;
    if (pthread_create(&source, NULL, produce, &bench))
        return 1;
    bool good = watch(&bench, source, &last);
    const struct viz_ledger *ledger = &last.ledger;
    good = good && bench.messages > 0 && ledger->in_flight == 0 &&
           ledger->received == 4 * bench.made &&
           ledger->received == ledger->drawn + ledger->overflow;
    if (!good)
        printf("%lu rows made, %lu samples received, %lu drawn, %lu lost, %lu in "
               "flight, %lu messages\n",
               bench.made, ledger->received, ledger->drawn, ledger->overflow,
               ledger->in_flight, bench.messages);
    viz_streams_finish(bench.streams);
    free(bench.streams);
    viz_clock_destroy(bench.clock);
    return good ? 0 : 1;
}
