/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A feed: one producing thread, one consuming thread, two rings and a pool of blocks
 * that go round between them. Neither side ever waits: where no block is spare the
 * producer loses rows and says how many samples (see stream.h, which is the feed's
 * producer for sources). */
#ifndef VIZ_FEED_H
#define VIZ_FEED_H

#include <viz/block.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_feed;

struct viz_feed_params {
    uint32_t channels; /* values a row, 1..VIZ_MAX_CHANNELS */
    uint32_t rows;     /* rows a block; 0: 256 */
    uint32_t blocks;   /* blocks in the pool; 0: 256 */
};

struct viz_feed *viz_feed_create(const struct viz_feed_params *params);

/* After both threads are done with it; blocks still out become invalid. */
void viz_feed_destroy(struct viz_feed *feed);

/* Producer: an empty block to fill, or NULL when the consumer has them all. */
struct viz_block *viz_feed_take(struct viz_feed *feed);

/* Producer: hand a filled block over. Cannot fail: the ring holds the whole pool. */
void viz_feed_publish(struct viz_feed *feed, struct viz_block *block);

/* Consumer: the oldest published block, or NULL. */
struct viz_block *viz_feed_drain(struct viz_feed *feed);

/* Consumer: done with @block. */
void viz_feed_return(struct viz_feed *feed, struct viz_block *block);

/* Blocks published and not yet drained; either thread. */
uint32_t viz_feed_depth(const struct viz_feed *feed);
uint32_t viz_feed_blocks(const struct viz_feed *feed);

/* Blocks that can be taken; either thread. The rest is being filled, published, or with
 * the consumer. */
uint32_t viz_feed_spare(const struct viz_feed *feed);

/* Rows that fit into one block. */
uint32_t viz_feed_rows(const struct viz_feed *feed);

#endif
