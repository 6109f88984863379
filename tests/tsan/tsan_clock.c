/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread refines the clock without pause while others read it: in each of them, and
 * from one to the next through a hand-over, time must never run backwards. */
#include <viz/clock.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define READERS 2
#define RUN_NS 700000000 /* several changes of the rate take hold in it */

struct bench {
    struct viz_clock *clock;
    _Atomic bool stop;
    _Atomic int64_t told_ns; /* the newest time that any thread has published */
    _Atomic int64_t worst_ns;
};

static void complain(struct bench *bench, int64_t by_ns)
{
    int64_t worst = atomic_load(&bench->worst_ns);
    while (by_ns > worst &&
           !atomic_compare_exchange_weak(&bench->worst_ns, &worst, by_ns)) {
    }
}

static void *read_on(void *argument)
{
    struct bench *bench = argument;
    int64_t mine_ns = viz_clock_now(bench->clock);
    while (!atomic_load_explicit(&bench->stop, memory_order_relaxed)) {
        int64_t told_ns = atomic_load_explicit(&bench->told_ns, memory_order_acquire);
        int64_t now_ns = viz_clock_now(bench->clock);
        if (now_ns < mine_ns)
            complain(bench, mine_ns - now_ns);
        if (now_ns < told_ns)
            complain(bench, told_ns - now_ns);
        mine_ns = now_ns;
        atomic_store_explicit(&bench->told_ns, now_ns, memory_order_release);
    }
    return NULL;
}

static bool run(bool counter_allowed)
{
    struct bench bench = {.clock = viz_clock_create(counter_allowed)};
    pthread_t reader[READERS];
    char text[128];
    for (int i = 0; i < READERS; i++)
        pthread_create(&reader[i], NULL, read_on, &bench);
    int64_t end_ns = viz_clock_now(bench.clock) + RUN_NS;
    while (viz_clock_now(bench.clock) < end_ns) {
        viz_clock_refine(bench.clock);
        sched_yield();
    }
    atomic_store(&bench.stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(reader[i], NULL);
    viz_clock_describe(bench.clock, text, sizeof(text));
    viz_clock_destroy(bench.clock);
    int64_t worst_ns = atomic_load(&bench.worst_ns);
    if (worst_ns > 0)
        fprintf(stderr, "%s: time ran backwards by up to %lld ns\n", text,
                (long long)worst_ns);
    return worst_ns == 0;
}

int main(void)
{
    bool counter = run(true), fallback = run(false);
    return counter && fallback ? 0 : 1;
}
