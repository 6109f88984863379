/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/alloc.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool all_zero(const unsigned char *memory, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (memory[i])
            return false;
    return true;
}

Test(alloc, extends_what_is_there)
{
    unsigned char *memory = viz_extend(NULL, 0);
    for (size_t size = 1; size < 1000000; size *= 3) {
        memory = viz_extend(memory, size);
        memory[0] = 0x5a;
        memory[size - 1] = (unsigned char)size;
        memory = viz_extend(memory, 2 * size);
        cr_expect_eq(memory[0], size == 1 ? 1 : 0x5a);
        cr_expect_eq(memory[size - 1], (unsigned char)size);
    }
    free(memory);
}

Test(alloc, zeros_aligned_at_every_size)
{
    const size_t sizes[] = {0, 1, 127, 128, 129, 4096, 100003};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        /* A dirty piece of the same size first, so that zeros are no luck. */
        unsigned char *dirty = viz_zalloc(sizes[i]);
        memset(dirty, 0xa5, sizes[i]);
        free(dirty);
        unsigned char *memory = viz_zalloc(sizes[i]);
        cr_assert_not_null(memory);
        cr_expect_eq((uintptr_t)memory % VIZ_CACHE_LINE, 0);
        cr_expect(all_zero(memory, sizes[i]));
        free(memory);
    }
}

/* volatile: the compiler knows that no object is that large and says so. */
Test(alloc, more_than_there_is_aborts, .signal = SIGABRT)
{
    volatile size_t size = SIZE_MAX - 5; /* rounding up would wrap to 0 */
    free(viz_zalloc(size));
}

Test(alloc, a_map_of_too_much_aborts, .signal = SIGABRT)
{
    volatile size_t size = SIZE_MAX / 2;
    viz_unmap(viz_map(size), size);
}

Test(alloc, a_map_is_zeros_and_costs_nothing_untouched)
{
    size_t size = (size_t)16 << 30; /* more than this machine may have */
    unsigned char *memory = viz_map(size);
    cr_expect_eq(memory[0], 0);
    memory[size - 1] = 7;
    cr_expect_eq(memory[size - 1], 7);
    cr_expect_eq(memory[size / 2], 0);
    viz_unmap(memory, size);
}

Test(alloc, an_empty_map_is_a_map)
{
    unsigned char *memory = viz_map(0);
    cr_expect_not_null(memory);
    viz_unmap(memory, 0);
    viz_unmap(NULL, 100);
}
