/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/feed.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/ring.h>

#include <stdlib.h>

struct viz_feed {
    struct viz_ring *full, *spare;
    uint32_t blocks, rows;
    struct viz_block *pool; /* [blocks] */
    void *memory;           /* every block's rows and values, one mapping */
    size_t memory_size;
};

static size_t round_to_line(size_t size)
{
    return (size + VIZ_CACHE_LINE - 1) / VIZ_CACHE_LINE * VIZ_CACHE_LINE;
}

struct viz_feed *viz_feed_create(const struct viz_feed_params *params)
{
    uint32_t rows = params->rows ? params->rows : 256;
    uint32_t blocks = params->blocks ? params->blocks : 256;
    viz_assert(params->channels >= 1 && params->channels <= VIZ_MAX_CHANNELS);

    struct viz_feed *feed = viz_zalloc(sizeof(*feed));
    size_t row_bytes = round_to_line(rows * sizeof(struct viz_row));
    size_t value_bytes = round_to_line((size_t)rows * params->channels * sizeof(float));
    feed->blocks = blocks;
    feed->rows = rows;
    feed->full = viz_ring_create(blocks);
    feed->spare = viz_ring_create(blocks);
    feed->pool = viz_zalloc(blocks * sizeof(feed->pool[0]));
    feed->memory_size = (row_bytes + value_bytes) * blocks;
    feed->memory = viz_map(feed->memory_size);

    char *at = feed->memory;
    for (uint32_t i = 0; i < blocks; i++, at += row_bytes + value_bytes) {
        feed->pool[i] = (struct viz_block){
            .capacity = rows,
            .channels = params->channels,
            .row = (struct viz_row *)at,
            .value = (float *)(at + row_bytes),
        };
        viz_ring_push(feed->spare, &feed->pool[i]);
    }
    return feed;
}

void viz_feed_destroy(struct viz_feed *feed)
{
    if (!feed)
        return;
    viz_ring_destroy(feed->full);
    viz_ring_destroy(feed->spare);
    viz_unmap(feed->memory, feed->memory_size);
    free(feed->pool);
    free(feed);
}

struct viz_block *viz_feed_take(struct viz_feed *feed)
{
    struct viz_block *block = viz_ring_pop(feed->spare);
    if (block) {
        block->rows = 0;
        block->samples = 0;
        block->next = NULL;
    }
    return block;
}

void viz_feed_publish(struct viz_feed *feed, struct viz_block *block)
{
    bool pushed = viz_ring_push(feed->full, block);
    viz_assert(pushed); /* the ring holds the whole pool */
}

struct viz_block *viz_feed_drain(struct viz_feed *feed)
{
    return viz_ring_pop(feed->full);
}

void viz_feed_return(struct viz_feed *feed, struct viz_block *block)
{
    bool pushed = viz_ring_push(feed->spare, block);
    viz_assert(pushed);
}

uint32_t viz_feed_depth(const struct viz_feed *feed)
{
    return viz_ring_size(feed->full);
}

uint32_t viz_feed_blocks(const struct viz_feed *feed)
{
    return feed->blocks;
}

uint32_t viz_feed_spare(const struct viz_feed *feed)
{
    return viz_ring_size(feed->spare);
}

uint32_t viz_feed_rows(const struct viz_feed *feed)
{
    return feed->rows;
}
