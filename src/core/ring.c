/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/ring.h>

#include <viz/alloc.h>
#include <viz/error.h>

#include <ck_ring.h>
#include <stdlib.h>

/* ThreadSanitizer cannot see the ordering in ck's inline assembly; these two calls
 * state it on the object that changes hands, and the ring's own indices are left out of
 * the check (suppressed by name in tests/tsan/). */
#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif
#if defined(TSAN)
void __tsan_acquire(void *object);
void __tsan_release(void *object);
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:ck_ring.h\n";
}
#else
static inline void __tsan_acquire(void *object)
{
    (void)object;
}
static inline void __tsan_release(void *object)
{
    (void)object;
}
#endif

struct viz_ring {
    ck_ring_t ring; /* keeps its two indices on lines of their own */
    char pad[VIZ_CACHE_LINE];
    ck_ring_buffer_t slots[];
};

static uint32_t power_of_two_above(uint32_t entries)
{
    uint32_t size = 2;
    while (size - 1 < entries) /* ck_ring holds size - 1 */
        size *= 2;
    return size;
}

struct viz_ring *viz_ring_create(uint32_t entries)
{
    viz_assert(entries > 0 && entries < 1u << 30);
    uint32_t size = power_of_two_above(entries);
    struct viz_ring *ring = viz_zalloc(sizeof(*ring) + size * sizeof(ring->slots[0]));
    ck_ring_init(&ring->ring, size);
    return ring;
}

void viz_ring_destroy(struct viz_ring *ring)
{
    free(ring);
}

bool viz_ring_push(struct viz_ring *ring, void *pointer)
{
    __tsan_release(pointer);
    return ck_ring_enqueue_spsc(&ring->ring, ring->slots, pointer);
}

void *viz_ring_pop(struct viz_ring *ring)
{
    void *pointer;
    if (!ck_ring_dequeue_spsc(&ring->ring, ring->slots, &pointer))
        return NULL;
    __tsan_acquire(pointer);
    return pointer;
}

uint32_t viz_ring_size(const struct viz_ring *ring)
{
    return ck_ring_size(&ring->ring);
}

uint32_t viz_ring_capacity(const struct viz_ring *ring)
{
    return ck_ring_capacity(&ring->ring) - 1;
}
