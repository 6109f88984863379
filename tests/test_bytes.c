/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/bytes.h>

#include <criterion/criterion.h>

#include <stdlib.h>

static void check(const struct viz_bytes *bytes, uint8_t first, size_t size)
{
    const uint8_t *at = viz_bytes_first(bytes);
    cr_assert_eq(viz_bytes_size(bytes), size);
    for (size_t i = 0; i < size; i++)
        cr_assert_eq(at[i], (uint8_t)(first + i));
}

static void append(struct viz_bytes *bytes, uint8_t first, size_t size)
{
    uint8_t from[4096];
    for (size_t i = 0; i < size; i++)
        from[i] = (uint8_t)(first + i);
    viz_bytes_append(bytes, from, size);
}

Test(bytes, zeros_are_an_empty_one)
{
    struct viz_bytes bytes = {0};
    cr_assert_eq(viz_bytes_size(&bytes), 0);
    cr_assert_null(viz_bytes_first(&bytes));
    viz_bytes_append(&bytes, NULL, 0);
    viz_bytes_drop(&bytes, 0);
    cr_assert_null(viz_bytes_first(&bytes));
    viz_bytes_finish(&bytes);
}

Test(bytes, what_is_put_at_the_end_is_taken_from_the_beginning)
{
    struct viz_bytes bytes = {0};
    append(&bytes, 0, 10);
    append(&bytes, 10, 5);
    viz_bytes_drop(&bytes, 4);
    check(&bytes, 4, 11);
    viz_bytes_drop(&bytes, 11);
    cr_assert_null(viz_bytes_first(&bytes));
    append(&bytes, 7, 1);
    check(&bytes, 7, 1);
    viz_bytes_finish(&bytes);
    cr_assert_null(viz_bytes_first(&bytes));
}

Test(bytes, dropping_leaves_the_rest_where_it_is)
{
    struct viz_bytes bytes = {0};
    append(&bytes, 0, 100);
    const uint8_t *at = viz_bytes_first(&bytes);
    viz_bytes_drop(&bytes, 30);
    cr_assert_eq(viz_bytes_first(&bytes), at + 30);
    viz_bytes_finish(&bytes);
}

Test(bytes, the_room_is_used_again_and_grows_by_need)
{
    struct viz_bytes bytes = {0};
    append(&bytes, 0, 512);
    size_t room = bytes.room;
    for (size_t i = 1; i < 1000; i++) { /* always full, wandering through the room */
        viz_bytes_drop(&bytes, 1);
        append(&bytes, (uint8_t)(512 + i - 1), 1);
        check(&bytes, (uint8_t)i, 512);
    }
    cr_assert_eq(bytes.room, room);
    append(&bytes, (uint8_t)(512 + 999), 4096);
    check(&bytes, (uint8_t)999, 512 + 4096);
    cr_assert_gt(bytes.room, room);
    viz_bytes_finish(&bytes);
}
