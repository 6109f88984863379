/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/feed.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>

Test(feed, defaults)
{
    struct viz_feed *feed = viz_feed_create(&(struct viz_feed_params){.channels = 1});
    struct viz_block *block = viz_feed_take(feed);
    cr_expect_eq(viz_feed_blocks(feed), 256);
    cr_expect_eq(block->capacity, 256);
    cr_expect_eq(viz_feed_rows(feed), 256);
    cr_expect_eq(viz_feed_depth(feed), 0);
    cr_expect_null(viz_feed_drain(feed));
    viz_feed_destroy(feed);
    viz_feed_destroy(NULL);
}

Test(feed, no_channels_is_a_mistake, .signal = SIGABRT)
{
    viz_feed_create(&(struct viz_feed_params){.channels = 0});
}

Test(feed, too_many_channels_is_a_mistake, .signal = SIGABRT)
{
    viz_feed_create(&(struct viz_feed_params){.channels = VIZ_MAX_CHANNELS + 1});
}

/* The pool is exhausted exactly when the consumer has every block, and not before; a
 * returned block is the next one taken. */
Test(feed, the_pool_is_what_was_asked_for)
{
    for (uint32_t blocks = 1; blocks <= 17; blocks++) {
        struct viz_feed *feed = viz_feed_create(
            &(struct viz_feed_params){.channels = 3, .rows = 5, .blocks = blocks});
        struct viz_block *drained = NULL;
        for (uint32_t i = 0; i < blocks; i++) {
            struct viz_block *block = viz_feed_take(feed);
            cr_assert_not_null(block);
            block->first_row = i;
            viz_feed_publish(feed, block);
            cr_assert_eq(viz_feed_depth(feed), i + 1);
        }
        cr_assert_null(viz_feed_take(feed));
        for (uint32_t i = 0; i < blocks; i++) {
            drained = viz_feed_drain(feed);
            cr_assert_eq(drained->first_row, i);
            cr_assert_null(viz_feed_take(feed)); /* drained is not given back */
        }
        cr_assert_null(viz_feed_drain(feed));
        viz_feed_return(feed, drained);
        cr_assert_eq(viz_feed_take(feed), drained);
        cr_assert_null(viz_feed_take(feed));
        viz_feed_destroy(feed);
    }
}

/* Every block's memory is its own: a pattern in each survives the filling of all. */
Test(feed, blocks_do_not_overlap)
{
    enum { BLOCKS = 9, ROWS = 7, CHANNELS = 5 };
    struct viz_feed *feed = viz_feed_create(&(struct viz_feed_params){
        .channels = CHANNELS, .rows = ROWS, .blocks = BLOCKS});
    for (int b = 0; b < BLOCKS; b++) {
        struct viz_block *block = viz_feed_take(feed);
        cr_expect_eq((uintptr_t)block->row % 64, 0);
        cr_expect_eq((uintptr_t)block->value % 64, 0);
        for (uint32_t c = 0; c < CHANNELS; c++)
            for (int r = 0; r < ROWS; r++)
                viz_block_channel(block, c)[r] = (float)(b * 1000 + (int)c * 10 + r);
        for (int r = 0; r < ROWS; r++)
            block->row[r].time_ns = b * 1000 + r;
        block->rows = ROWS;
        viz_feed_publish(feed, block);
    }
    for (int b = 0; b < BLOCKS; b++) {
        struct viz_block *block = viz_feed_drain(feed);
        for (int r = 0; r < ROWS; r++)
            cr_assert_eq(block->row[r].time_ns, b * 1000 + r);
        for (uint32_t c = 0; c < CHANNELS; c++)
            for (int r = 0; r < ROWS; r++)
                cr_assert_eq(viz_block_channel(block, c)[r],
                             (float)(b * 1000 + (int)c * 10 + r));
        viz_feed_return(feed, block);
    }
    viz_feed_destroy(feed);
}

Test(feed, a_taken_block_is_empty)
{
    struct viz_feed *feed =
        viz_feed_create(&(struct viz_feed_params){.channels = 1, .blocks = 1});
    for (int i = 0; i < 3; i++) {
        struct viz_block *block = viz_feed_take(feed);
        cr_assert_eq(block->rows, 0);
        cr_assert_eq(block->samples, 0);
        cr_assert_null(block->next);
        block->rows = 9;
        block->samples = 99;
        block->next = block;
        viz_feed_publish(feed, block);
        viz_feed_return(feed, viz_feed_drain(feed));
    }
    viz_feed_destroy(feed);
}
