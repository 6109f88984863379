/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block: consecutive rows of one stream on their way from the thread that made them
 * to a consumer. Blocks are the only thing that moves between threads; they come from a
 * pool made when the stream opens, and go round: spare -> open (being filled) -> full
 * -> held by the consumer until the frame that shows it is presented -> spare. */
#ifndef VIZ_BLOCK_H
#define VIZ_BLOCK_H

#include <viz/sample.h>

#include <stdint.h>

enum {
    /* Something is missing between the row before and this one: nothing is drawn
       across. */
    VIZ_ROW_BREAK = 1,
};

/* Everything about one row but its values. Times are viz_clock nanoseconds. */
struct viz_row {
    int64_t time_ns; /* device time, mapped to the clock by a constant (see stream.h) */
    int64_t origin_ns;   /* intended time (synthetic) or kernel receive (network) */
    int64_t received_ns; /* the source thread had it in its hands */
    int64_t decoded_ns;  /* its values were in the block */
    uint16_t samples;    /* values delivered in this row: its weight */
    uint16_t flags;      /* VIZ_ROW_... */
};

/* A producer's running totals in samples, carried by each block as they stood when the
 * block's first row was written. They let the consumer prove, block by block, that what
 * it took plus what is named lost is what came in (see ledger.h). */
struct viz_tally {
    uint64_t received; /* samples decoded or generated */
    uint64_t overflow; /* of these, lost because no block was spare */
};

struct viz_block {
    uint32_t capacity; /* rows that fit */
    uint32_t channels; /* channels of this block; row width of samples[] */
    uint32_t rows;     /* rows filled */
    uint64_t samples;  /* sum of row[].samples */
    uint64_t
        first_row; /* number of row[0] in its stream, counting accepted rows from 0 */
    struct viz_tally before;
    int64_t published_ns;   /* handed to the consumer's ring */
    int64_t drained_ns;     /* taken from it */
    struct viz_row *row;    /* [capacity] */
    float *value;           /* channel-major: value[channel * capacity + row] */
    struct viz_block *next; /* the consumer's list of held blocks */
};

static inline float *viz_block_channel(struct viz_block *block, uint32_t channel)
{
    return block->value + (size_t)channel * block->capacity;
}

#endif
