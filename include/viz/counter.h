/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A number with one writing thread and any readers. Not a locked instruction: the one
 * writer loads, adds and stores. Readers may see it a moment late, never torn. */
#ifndef VIZ_COUNTER_H
#define VIZ_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

struct viz_counter {
    _Atomic uint64_t value;
};

/* The writing thread only. */
static inline void viz_count(struct viz_counter *counter, uint64_t n)
{
    uint64_t now = atomic_load_explicit(&counter->value, memory_order_relaxed);
    atomic_store_explicit(&counter->value, now + n, memory_order_relaxed);
}

/* The same for a part of something counted before: whoever sees it with
 * viz_counted_acquire() sees the whole as well. */
static inline void viz_count_release(struct viz_counter *counter, uint64_t n)
{
    uint64_t now = atomic_load_explicit(&counter->value, memory_order_relaxed);
    /* Pairs with the acquire in viz_counted_acquire(). */
    atomic_store_explicit(&counter->value, now + n, memory_order_release);
}

static inline uint64_t viz_counted_acquire(const struct viz_counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_acquire);
}

/* Any thread. */
static inline uint64_t viz_counted(const struct viz_counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

#endif
