/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks with a number and a checksum go through rings of two and four places and back:
 * none is lost, doubled, out of order or torn, and no hand-over is a race. */
#include <viz/ring.h>

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>

#define WORDS 30
#define POOL 8

struct block {
    uint64_t number, word[WORDS], sum;
};

struct bench {
    struct viz_ring *full, *spare;
    uint64_t count;
};

static uint64_t checksum(const struct block *block)
{
    uint64_t sum = block->number * 0x9e3779b97f4a7c15ULL;
    for (int i = 0; i < WORDS; i++)
        sum = (sum ^ block->word[i]) * 0x100000001b3ULL;
    return sum;
}

static void *pop_patiently(struct viz_ring *ring)
{
    void *pointer;
    while (!(pointer = viz_ring_pop(ring)))
        sched_yield();
    return pointer;
}

static void push_patiently(struct viz_ring *ring, void *pointer)
{
    while (!viz_ring_push(ring, pointer))
        sched_yield();
}

static void *produce(void *argument)
{
    struct bench *bench = argument;
    for (uint64_t number = 0; number < bench->count; number++) {
        struct block *block = pop_patiently(bench->spare);
        block->number = number;
        for (int i = 0; i < WORDS; i++)
            block->word[i] = number * 31 + (uint64_t)i;
        block->sum = checksum(block);
        push_patiently(bench->full, block);
    }
    return NULL;
}

static bool run(uint32_t entries, uint64_t count)
{
    static struct block pool[POOL];
    struct bench bench = {viz_ring_create(entries), viz_ring_create(POOL), count};
    pthread_t producer;
    bool good = true;
    for (int i = 0; i < POOL; i++)
        viz_ring_push(bench.spare, &pool[i]);
    pthread_create(&producer, NULL, produce, &bench);
    for (uint64_t number = 0; number < count; number++) {
        struct block *block = pop_patiently(bench.full);
        if (block->number != number || block->sum != checksum(block)) {
            if (good)
                fprintf(stderr, "ring of %u: block %llu came as %llu\n", entries,
                        (unsigned long long)number, (unsigned long long)block->number);
            good = false;
        }
        push_patiently(bench.spare, block);
    }
    pthread_join(producer, NULL);
    good = good && !viz_ring_pop(bench.full) && viz_ring_size(bench.spare) == POOL;
    viz_ring_destroy(bench.full);
    viz_ring_destroy(bench.spare);
    return good;
}

int main(void)
{
    bool two = run(2, 50000), four = run(4, 50000);
    return two && four ? 0 : 1;
}
