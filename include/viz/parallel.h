/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same work on many things, on as many threads as there are processors. Tasks take
 * their number and write to places of their own, so that the result is the same whatever
 * the number of threads. */
#ifndef VIZ_PARALLEL_H
#define VIZ_PARALLEL_H

#include <stdatomic.h>
#include <stddef.h>

/* Calls @task for 0..count-1, each once, in no order, and returns when all are done.
 * @threads: 0 is one for each processor. Where threads cannot be had the caller's does it
 * all. Once *cancelled is set (NULL: never) no further task is begun. */
void viz_parallel(size_t count, unsigned threads, void (*task)(void *context, size_t i),
                  void *context, const atomic_bool *cancelled);

#endif
