/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/parallel.h>

#include <viz/cancel.h>
#include <viz/thread.h>

#include <stdatomic.h>
#include <unistd.h>

#define MOST_THREADS 64

struct work {
    void (*task)(void *context, size_t i);
    void *context;
    size_t count;
    const atomic_bool *cancelled;
    atomic_size_t next;
};

static void *run(void *argument)
{
    struct work *work = argument;
    size_t i;
    /* Relaxed: only the numbers are shared; starting and joining order everything else. */
    while (!viz_cancelled(work->cancelled) &&
           (i = atomic_fetch_add_explicit(&work->next, 1, memory_order_relaxed)) <
               work->count)
        work->task(work->context, i);
    return NULL;
}

static unsigned threads_for(size_t count, unsigned threads)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = threads ? threads : processors > 0 ? (size_t)processors : 1;
    most = most < MOST_THREADS ? most : MOST_THREADS;
    return (unsigned)(most < count ? most : count);
}

void viz_parallel(size_t count, unsigned threads, void (*task)(void *context, size_t i),
                  void *context, const atomic_bool *cancelled)
{
    struct work work = {
        .task = task, .context = context, .count = count, .cancelled = cancelled};
    pthread_t thread[MOST_THREADS];
    unsigned wanted = threads_for(count, threads), started = 0;
    while (started + 1 < wanted &&
           viz_thread_start(&thread[started], "viz:compute", run, &work, NULL) == 0)
        started++;
    run(&work);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}
