/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source itself: its 32-bit indices are to start short of their wrap. */
#include "../src/core/ring.c"

#include <criterion/criterion.h>
#include <signal.h>

static void *as_pointer(uint64_t number)
{
    return (void *)(uintptr_t)(number + 1); /* NULL means empty */
}

Test(ring, empty_pops_nothing)
{
    struct viz_ring *ring = viz_ring_create(4);
    cr_expect_null(viz_ring_pop(ring));
    cr_expect_eq(viz_ring_size(ring), 0);
    viz_ring_destroy(ring);
    viz_ring_destroy(NULL);
}

Test(ring, holds_what_was_asked_rounded_up)
{
    const uint32_t asked[] = {1, 2, 3, 4, 7, 8, 255, 256};
    const uint32_t held[] = {1, 3, 3, 7, 7, 15, 255, 511};
    for (int i = 0; i < 8; i++) {
        struct viz_ring *ring = viz_ring_create(asked[i]);
        cr_expect_eq(viz_ring_capacity(ring), held[i]);
        viz_ring_destroy(ring);
    }
}

Test(ring, nothing_to_hold_is_a_mistake, .signal = SIGABRT)
{
    viz_ring_create(0);
}

Test(ring, full_refuses_and_full_minus_one_does_not)
{
    for (uint32_t entries = 1; entries <= 65; entries++) {
        struct viz_ring *ring = viz_ring_create(entries);
        uint32_t capacity = viz_ring_capacity(ring);
        for (uint32_t i = 0; i < capacity; i++) {
            cr_assert(viz_ring_push(ring, as_pointer(i)));
            cr_assert_eq(viz_ring_size(ring), i + 1);
        }
        cr_assert_not(viz_ring_push(ring, as_pointer(999)));
        cr_assert_eq(viz_ring_size(ring), capacity);
        cr_assert_eq(viz_ring_pop(ring), as_pointer(0));
        cr_assert(viz_ring_push(ring, as_pointer(capacity)));
        cr_assert_not(viz_ring_push(ring, as_pointer(999)));
        for (uint32_t i = 1; i <= capacity; i++)
            cr_assert_eq(viz_ring_pop(ring), as_pointer(i));
        cr_assert_null(viz_ring_pop(ring));
        viz_ring_destroy(ring);
    }
}

Test(ring, order_holds_over_every_fill)
{
    struct viz_ring *ring = viz_ring_create(3);
    uint64_t pushed = 0, popped = 0;
    for (int round = 0; round < 10000; round++) {
        for (int i = 0; i <= round % 4; i++)
            if (viz_ring_push(ring, as_pointer(pushed)))
                pushed++;
        for (int i = 0; i <= round % 3; i++) {
            void *pointer = viz_ring_pop(ring);
            if (pointer)
                cr_assert_eq(pointer, as_pointer(popped++));
        }
        cr_assert_eq(viz_ring_size(ring), pushed - popped);
    }
    cr_expect_gt(popped, 10000);
    viz_ring_destroy(ring);
}

static void check_wrap(uint32_t entries, uint32_t short_of)
{
    struct viz_ring *ring = viz_ring_create(entries);
    uint32_t capacity = viz_ring_capacity(ring);
    ring->ring.p_tail = ring->ring.p_head = ring->ring.c_head = 0U - short_of;
    for (uint64_t round = 0; round < 2ULL * short_of + 4; round++) {
        cr_assert_null(viz_ring_pop(ring));
        for (uint32_t i = 0; i < capacity; i++)
            cr_assert(viz_ring_push(ring, as_pointer(round + i)));
        cr_assert_not(viz_ring_push(ring, as_pointer(99)));
        cr_assert_eq(viz_ring_size(ring), capacity);
        for (uint32_t i = 0; i < capacity; i++)
            cr_assert_eq(viz_ring_pop(ring), as_pointer(round + i));
    }
    viz_ring_destroy(ring);
}

/* Full and empty are met on both sides of 2^32 and across it. */
Test(ring, indices_wrap_at_two_to_the_32)
{
    for (uint32_t entries = 1; entries <= 17; entries++)
        for (uint32_t short_of = 1; short_of <= 20; short_of++)
            check_wrap(entries, short_of);
}
