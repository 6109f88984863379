/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When blocks are published, and what is counted where none is left. */
#include "rig.h"

#include <criterion/criterion.h>

#define SECOND 1000000000LL
#define MS 1000000LL

Test(stream_commit, commit_publishes_at_once_while_the_consumer_keeps_up)
{
    struct rig rig = rig_start(1);
    cr_expect_not(viz_stream_commit(rig.stream)); /* nothing open */
    rig_row(&rig, 0, 1);
    viz_clock_advance(rig.clock, 5);
    cr_expect_not(viz_stream_commit(rig.stream));
    struct viz_block *block = viz_feed_drain(rig.stream->feed);
    cr_assert_not_null(block);
    cr_expect_eq(block->row[0].decoded_ns - block->row[0].received_ns, 5);
    cr_expect_eq(block->published_ns, block->row[0].decoded_ns);
    rig_finish(&rig);
}

/* So much came at once that there is no block left and none open: worse than behind. */
Test(stream_commit, commit_says_that_a_consumer_with_every_block_is_behind)
{
    struct rig rig = rig_start(1);
    struct viz_feed *feed = rig.stream->feed;
    int64_t rows = 0;
    while (!viz_counted(&rig.stream->counts.overflow))
        rig_row(&rig, rows++ * MS, 1);
    cr_assert_eq(viz_feed_spare(feed), 0u);
    cr_expect(viz_stream_commit(rig.stream));
    struct viz_block *block;
    while ((block = viz_feed_drain(feed)))
        viz_feed_return(feed, block);
    cr_expect_not(viz_stream_commit(rig.stream));
    rig_finish(&rig);
}

/* From half a ring behind on, blocks are filled before they go; rows keep the time of
 * the commit that saw them. */
Test(stream_commit, commit_fills_blocks_while_the_consumer_is_behind)
{
    struct rig rig = rig_start(1);
    struct viz_feed *feed = rig.stream->feed;
    for (int64_t i = 0; viz_feed_depth(feed) * 2 < viz_feed_blocks(feed); i++) {
        rig_row(&rig, i * MS, 1);
        cr_assert_not(viz_stream_commit(rig.stream));
    }
    uint32_t depth = viz_feed_depth(feed);
    rig_row(&rig, SECOND, 1);
    cr_expect(viz_stream_commit(rig.stream));
    int64_t first_ns = viz_clock_now(rig.clock);
    viz_clock_advance(rig.clock, 7 * MS);
    rig_row(&rig, SECOND + MS, 1);
    cr_expect(viz_stream_commit(rig.stream));
    cr_expect_eq(viz_feed_depth(feed), depth);
    for (uint32_t i = 0; i < depth; i++)
        viz_feed_return(feed, viz_feed_drain(feed));
    cr_expect_not(viz_stream_commit(rig.stream));
    struct viz_block *block = viz_feed_drain(feed);
    cr_expect_eq(block->rows, 2);
    cr_expect_eq(block->row[0].decoded_ns, first_ns);
    cr_expect_eq(block->row[1].decoded_ns, first_ns + 7 * MS);
    rig_finish(&rig);
}

/* What was drained is spare only after its frame was presented: until then the consumer
 * is as far behind as before. */
Test(stream_commit, commit_fills_blocks_while_the_consumer_holds_the_others)
{
    struct rig rig = rig_start(1);
    struct viz_feed *feed = rig.stream->feed;
    struct viz_block *held = NULL;
    uint32_t count = 0;
    for (int64_t i = 0; count * 2 < viz_feed_blocks(feed); i++, count++) {
        rig_row(&rig, i * MS, 1);
        cr_assert_not(viz_stream_commit(rig.stream));
        struct viz_block *block = viz_feed_drain(feed);
        cr_assert_not_null(block);
        block->next = held;
        held = block;
    }
    rig_row(&rig, SECOND, 1);
    cr_expect(viz_stream_commit(rig.stream));
    cr_expect_eq(viz_feed_depth(feed), 0);
    while (held) {
        struct viz_block *next = held->next;
        viz_feed_return(feed, held);
        held = next;
    }
    cr_expect_eq(viz_feed_spare(feed), viz_feed_blocks(feed) - 1);
    cr_expect_not(viz_stream_commit(rig.stream));
    cr_expect_eq(viz_feed_depth(feed), 1);
    rig_finish(&rig);
}

/* Full, full plus one, and back: every sample is in a block or in overflow, and each
 * block carries the tally that proves it. */
Test(stream_commit, overflow_is_counted_and_breaks_what_follows)
{
    struct rig rig = rig_start(2);
    struct viz_feed *feed = rig.stream->feed;
    uint64_t received = 0, rows = 0;
    int64_t time_ns = 0;
    while (!rig_count(&rig.stream->counts.overflow))
        rig_row(&rig, time_ns += MS, 1);
    rig_row(&rig, time_ns += MS, 1);
    cr_expect_eq(rig_count(&rig.stream->counts.overflow), 4);
    struct viz_block *block;
    while ((block = viz_feed_drain(feed))) {
        cr_assert_eq(block->before.received, received);
        cr_assert_eq(block->before.overflow, 0);
        cr_assert_eq(block->first_row, rows);
        received += block->samples;
        rows += block->rows;
        viz_feed_return(feed, block);
    }
    rig_row(&rig, time_ns += MS, 1);
    viz_stream_flush(rig.stream);
    block = viz_feed_drain(feed);
    cr_expect_eq(block->row[0].flags, VIZ_ROW_BREAK);
    cr_expect_eq(block->first_row, rows); /* lost rows have no number */
    cr_expect_eq(block->before.overflow, 4);
    cr_expect_eq(block->before.received, received + 4);
    cr_expect_eq(rig_count(&rig.stream->counts.gaps), 1);
    cr_expect_eq(rig_count(&rig.stream->counts.received), received + 4 + 2);
    cr_expect_eq(rig_count(&rig.stream->counts.rows), rows + 3);
    rig_finish(&rig);
}

Test(stream_commit, flushing_nothing_publishes_nothing)
{
    struct rig rig = rig_start(1);
    viz_stream_flush(rig.stream);
    cr_expect_not_null(viz_stream_block(rig.stream));
    viz_stream_flush(rig.stream);
    cr_expect_eq(viz_feed_depth(rig.stream->feed), 0);
    rig_finish(&rig);
}
