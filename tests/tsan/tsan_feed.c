/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A producer that does not wait and a consumer that sometimes sleeps on it: what was
 * drained plus what found no spare block is everything, and every block is whole. */
#include <viz/feed.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define BLOCKS 60000
#define ROWS 8
#define CHANNELS 3

struct bench {
    struct viz_feed *feed;
    uint64_t published, overflow; /* the producer's until it ends */
    _Atomic bool ended;
};

static void *produce(void *argument)
{
    struct bench *bench = argument;
    for (uint64_t i = 0; i < BLOCKS; i++) {
        struct viz_block *block = viz_feed_take(bench->feed);
        if (!block) {
            bench->overflow++;
            sched_yield();
            continue;
        }
        block->first_row = i;
        block->rows = ROWS;
        for (uint32_t c = 0; c < CHANNELS; c++)
            for (uint32_t r = 0; r < ROWS; r++)
                viz_block_channel(block, c)[r] = (float)(i % 10000 + c * 100 + r);
        for (uint32_t r = 0; r < ROWS; r++)
            block->row[r].time_ns = (int64_t)(i * ROWS + r);
        viz_feed_publish(bench->feed, block);
        bench->published++;
        if (i % 7 == 0)
            sched_yield();
    }
    atomic_store_explicit(&bench->ended, true, memory_order_release);
    return NULL;
}

static bool whole(struct viz_block *block)
{
    uint64_t i = block->first_row;
    for (uint32_t c = 0; c < CHANNELS; c++)
        for (uint32_t r = 0; r < ROWS; r++)
            if (viz_block_channel(block, c)[r] != (float)(i % 10000 + c * 100 + r))
                return false;
    for (uint32_t r = 0; r < ROWS; r++)
        if (block->row[r].time_ns != (int64_t)(i * ROWS + r))
            return false;
    return block->rows == ROWS;
}

/* Drain until the producer has ended and nothing is left. */
static uint64_t consume(struct bench *bench, bool *good)
{
    uint64_t drained = 0, next = 0;
    for (;;) {
        bool ended = atomic_load_explicit(&bench->ended, memory_order_acquire);
        struct viz_block *block = viz_feed_drain(bench->feed);
        if (!block && ended)
            return drained;
        if (!block) {
            sched_yield();
            continue;
        }
        *good = *good && whole(block) && block->first_row >= next;
        next = block->first_row + 1;
        viz_feed_return(bench->feed, block);
        if (drained++ % 50 == 0)
            for (int i = 0; i < 20; i++)
                sched_yield();
    }
}

int main(void)
{
    struct bench bench = {.feed = viz_feed_create(&(struct viz_feed_params){
                              .channels = CHANNELS, .rows = ROWS, .blocks = 4})};
    pthread_t producer;
    bool good = true;
    pthread_create(&producer, NULL, produce, &bench);
    uint64_t drained = consume(&bench, &good);
    pthread_join(producer, NULL);
    viz_feed_destroy(bench.feed);
    if (drained != bench.published || drained + bench.overflow != BLOCKS) {
        fprintf(stderr, "%llu drained, %llu published, %llu without room\n",
                (unsigned long long)drained, (unsigned long long)bench.published,
                (unsigned long long)bench.overflow);
        good = false;
    }
    if (!bench.overflow)
        fprintf(stderr, "the pool was never exhausted: nothing was proved of that\n");
    return good && bench.overflow ? 0 : 1;
}
