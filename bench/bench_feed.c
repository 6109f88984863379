/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many samples a second go from one thread to another, each on a core of its own:
 * written one by one into blocks and read one by one out of them. Beside it, in the same
 * run, two ways that viz does not go: a queue of single samples behind a mutex and a
 * condition variable, and a lock-free ring of single samples.
 *
 *     bench_feed [RUNS [MILLIONS]]     5 runs, 50 million samples each
 *
 * One JSON line a way; every run's sum is checked, so that nothing is skipped. */
#include "measure.h"

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/stream.h>

#include <ck_ring.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define CHANNELS 18
#define VALUES 1024 /* a row's value is its number modulo this: sums stay exact */
#define MAX_RUNS 100
#define QUEUE 4096 /* places of the two baselines */

struct sample {
    int64_t time_ns;
    uint32_t channel;
    float value;
};
CK_RING_PROTOTYPE(sample, sample)

struct bench {
    uint64_t rows;
    double sizing_hz; /* decides rows a block */
    struct viz_clock *clock;
    struct viz_streams *streams;
    struct viz_stream *stream;

    struct sample *slot; /* [QUEUE] */
    pthread_mutex_t mutex;
    pthread_cond_t more, less;
    uint32_t head, tail;
    ck_ring_t ring;
};

struct way {
    const char *name;
    void (*produce)(struct bench *bench);
    double (*consume)(struct bench *bench);
    uint64_t divisor; /* this way gets so much less to do */
    double sizing_hz;
};

static void fill_block(struct viz_block *block, uint64_t first, uint32_t rows,
                       int64_t now_ns)
{
    uint32_t at = block->rows;
    for (uint32_t i = 0; i < rows; i++)
        block->row[at + i] = (struct viz_row){.time_ns = (int64_t)(first + i) * 1000,
                                              .origin_ns = now_ns,
                                              .received_ns = now_ns,
                                              .samples = CHANNELS};
    for (uint32_t c = 0; c < CHANNELS; c++) {
        float *value = viz_block_channel(block, c) + at;
        for (uint32_t i = 0; i < rows; i++)
            value[i] = (float)(int32_t)((first + i) % VALUES);
    }
    block->rows += rows;
    block->samples += (uint64_t)rows * CHANNELS;
}

static void produce_blocks(struct bench *bench)
{
    viz_role_assume_source();
    for (uint64_t row = 0; row < bench->rows;) {
        struct viz_block *block = viz_stream_block(bench->stream);
        if (!block) {
            sched_yield();
            continue;
        }
        uint64_t rows = block->capacity - block->rows;
        if (rows > bench->rows - row)
            rows = bench->rows - row;
        fill_block(block, row, (uint32_t)rows, viz_clock_now(bench->clock));
        viz_stream_filled(bench->stream, (uint32_t)rows, rows * CHANNELS);
        viz_stream_commit(bench->stream);
        row += rows;
    }
    viz_stream_flush(bench->stream);
}

/* Eight sums at once: one would wait for its own last addition. */
static double sum_of(const float *value, uint32_t count)
{
    float sum[8] = {0};
    uint32_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (uint32_t k = 0; k < 8; k++)
            sum[k] += value[i + k];
    for (; i < count; i++)
        sum[0] += value[i];
    return (double)(sum[0] + sum[1]) + (sum[2] + sum[3]) + (sum[4] + sum[5]) +
           (sum[6] + sum[7]);
}

static double consume_blocks(struct bench *bench)
{
    double sum = 0;
    for (uint64_t row = 0; row < bench->rows;) {
        struct viz_block *block = viz_feed_drain(bench->stream->feed);
        if (!block) {
            sched_yield();
            continue;
        }
        for (uint32_t c = 0; c < CHANNELS; c++)
            sum += sum_of(viz_block_channel(block, c), block->rows);
        row += block->rows;
        viz_feed_return(bench->stream->feed, block);
    }
    return sum;
}

static struct sample nth_sample(uint64_t n)
{
    uint64_t row = n / CHANNELS;
    return (struct sample){(int64_t)row * 1000, (uint32_t)(n % CHANNELS),
                           (float)(row % VALUES)};
}

static void produce_locked(struct bench *bench)
{
    for (uint64_t n = 0; n < bench->rows * CHANNELS; n++) {
        pthread_mutex_lock(&bench->mutex);
        while (bench->head - bench->tail == QUEUE)
            pthread_cond_wait(&bench->less, &bench->mutex);
        bench->slot[bench->head++ % QUEUE] = nth_sample(n);
        pthread_cond_signal(&bench->more);
        pthread_mutex_unlock(&bench->mutex);
    }
}

static double consume_locked(struct bench *bench)
{
    double sum = 0;
    for (uint64_t n = 0; n < bench->rows * CHANNELS; n++) {
        pthread_mutex_lock(&bench->mutex);
        while (bench->head == bench->tail)
            pthread_cond_wait(&bench->more, &bench->mutex);
        sum += bench->slot[bench->tail++ % QUEUE].value;
        pthread_cond_signal(&bench->less);
        pthread_mutex_unlock(&bench->mutex);
    }
    return sum;
}

static void produce_singly(struct bench *bench)
{
    for (uint64_t n = 0; n < bench->rows * CHANNELS; n++) {
        struct sample sample = nth_sample(n);
        while (!CK_RING_ENQUEUE_SPSC(sample, &bench->ring, bench->slot, &sample))
            sched_yield();
    }
}

static double consume_singly(struct bench *bench)
{
    double sum = 0;
    for (uint64_t n = 0; n < bench->rows * CHANNELS; n++) {
        struct sample sample;
        while (!CK_RING_DEQUEUE_SPSC(sample, &bench->ring, bench->slot, &sample))
            sched_yield();
        sum += sample.value;
    }
    return sum;
}

/* The @nth processor that this process may use. */
static void pin(unsigned nth)
{
    cpu_set_t allowed, one;
    sched_getaffinity(0, sizeof(allowed), &allowed);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && !nth--) {
            CPU_SET(cpu, &one);
            pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
            return;
        }
}

struct producer {
    struct bench *bench;
    const struct way *way;
};

static void *run_producer(void *argument)
{
    struct producer *producer = argument;
    pin(0);
    producer->way->produce(producer->bench);
    return NULL;
}

static double expected_sum(uint64_t rows)
{
    double laps = (double)(rows / VALUES), rest = (double)(rows % VALUES);
    return CHANNELS * (laps * VALUES * (VALUES - 1) / 2 + rest * (rest - 1) / 2);
}

/* Millions of samples a second. */
static double measure(struct bench *bench, const struct way *way)
{
    struct producer producer = {bench, way};
    cpu_set_t before;
    pthread_t thread;
    sched_getaffinity(0, sizeof(before), &before);
    int64_t start_ns = viz_clock_now(bench->clock);
    pthread_create(&thread, NULL, run_producer, &producer);
    pin(1);
    double sum = way->consume(bench);
    int64_t took_ns = viz_clock_now(bench->clock) - start_ns;
    pthread_join(thread, NULL);
    sched_setaffinity(0, sizeof(before), &before);
    viz_assert(sum == expected_sum(bench->rows));
    return (double)(bench->rows * CHANNELS) * 1e3 / (double)took_ns;
}

static double run_once(const struct way *way, uint64_t rows, uint32_t *block_rows)
{
    struct bench bench = {.rows = rows, .clock = viz_clock_create(true)};
    viz_role_assume_source();
    bench.streams = viz_zalloc(sizeof(*bench.streams));
    bench.slot = viz_zalloc(QUEUE * sizeof(bench.slot[0]));
    bench.stream = viz_stream_open(
        bench.streams, &(struct viz_stream_params){.name = "bench",
                                                   .format = "bench",
                                                   .max_channels = CHANNELS,
                                                   .sizing_hz = way->sizing_hz,
                                                   .clock = bench.clock,
                                                   .sequenced = true});
    for (uint32_t c = 0; c < CHANNELS; c++) {
        char name[16];
        snprintf(name, sizeof(name), "c%u", c);
        viz_stream_channel(bench.stream, name, "");
    }
    *block_rows = way->sizing_hz > 0 ? viz_feed_rows(bench.stream->feed) : 0;
    pthread_mutex_init(&bench.mutex, NULL);
    pthread_cond_init(&bench.more, NULL);
    pthread_cond_init(&bench.less, NULL);
    ck_ring_init(&bench.ring, QUEUE);
    double rate = measure(&bench, way);
    viz_streams_finish(bench.streams);
    free(bench.streams);
    free(bench.slot);
    viz_clock_destroy(bench.clock);
    return rate;
}

static const struct way ways[] = {
    {"blocks", produce_blocks, consume_blocks, 1, 4000},
    {"blocks", produce_blocks, consume_blocks, 1, 16000},
    {"blocks", produce_blocks, consume_blocks, 1, 64000},
    {"blocks", produce_blocks, consume_blocks, 1, 256000},
    {"single samples, lock-free ring", produce_singly, consume_singly, 4, 0},
    {"single samples, mutex and condition", produce_locked, consume_locked, 20, 0},
};

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 5;
    uint64_t rows = (argc > 2 ? strtoull(argv[2], NULL, 10) : 50) * 1000000 / CHANNELS;
    if (runs < 1 || runs > MAX_RUNS || !rows) {
        fprintf(stderr, "usage: bench_feed [RUNS [MILLIONS]]\n");
        return 2;
    }
    for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
        double rate[MAX_RUNS];
        uint32_t block_rows = 0;
        for (int i = 0; i < runs; i++)
            rate[i] = run_once(&ways[w], rows / ways[w].divisor, &block_rows);
        qsort(rate, (size_t)runs, sizeof(rate[0]), compare);
        printf(
            "{\"bench\": \"feed\", \"way\": \"%s\", \"channels\": %d, "
            "\"block_rows\": %u, \"samples\": %llu, \"runs\": %d, "
            "\"msamples_per_s\": {\"min\": %.1f, \"median\": %.1f, \"max\": %.1f}}\n",
            ways[w].name, CHANNELS, block_rows,
            (unsigned long long)(rows / ways[w].divisor * CHANNELS), runs, rate[0],
            rate[runs / 2], rate[runs - 1]);
        fflush(stdout);
    }
    return 0;
}
