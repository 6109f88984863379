/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring of pointers between exactly one pushing and one popping thread: Concurrency
 * Kit's SPSC ck_ring, the only place where it is seen. Never waits.
 *
 * Under ThreadSanitizer, which cannot see through ck's inline assembly, the hand-over
 * is annotated on the pointed-to object: what the pusher wrote before the push happens
 * before what the popper reads after the pop. */
#ifndef VIZ_RING_H
#define VIZ_RING_H

#include <stdbool.h>
#include <stdint.h>

struct viz_ring;

/* Room for @entries pointers (rounded up to a power of two minus one). */
struct viz_ring *viz_ring_create(uint32_t entries);
void viz_ring_destroy(struct viz_ring *ring);

/* The pushing thread. False: full, and @pointer is still the caller's. */
bool viz_ring_push(struct viz_ring *ring, void *pointer);

/* The popping thread. NULL: empty. */
void *viz_ring_pop(struct viz_ring *ring);

/* Either thread; exact for none while the other works. */
uint32_t viz_ring_size(const struct viz_ring *ring);
uint32_t viz_ring_capacity(const struct viz_ring *ring);

#endif
