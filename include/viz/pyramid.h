/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overview of a stored stream: its rows in groups of 32, and groups of groups, eight
 * times coarser each, with the least and greatest number of each channel. What the store
 * keeps of it beside the samples, and what reads it, share this. Pure, one thread.
 *
 * Numbers are finite ones: NaN and infinity take no part. Least and greatest of none are
 * INFINITY and -INFINITY. */
#ifndef VIZ_PYRAMID_H
#define VIZ_PYRAMID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_PYRAMID_ROWS 32 /* of an entry of level 0, at most */
#define VIZ_PYRAMID_RATIO 8 /* entries of one level that make one of the next */
#define VIZ_PYRAMID_LEVELS 4
#define VIZ_PYRAMID_FEW 8 /* so few entries have no coarser level */

/* Rows of an entry of @level, at most. */
static inline uint64_t viz_pyramid_rows(unsigned level)
{
    uint64_t rows = VIZ_PYRAMID_ROWS;
    while (level--)
        rows *= VIZ_PYRAMID_RATIO;
    return rows;
}

struct viz_pyramid_range {
    double min, max;
};

static inline struct viz_pyramid_range viz_pyramid_none(void)
{
    return (struct viz_pyramid_range){__builtin_inf(), -__builtin_inf()};
}

static inline void viz_pyramid_take(struct viz_pyramid_range *range, double value)
{
    if (value < range->min && value > -__builtin_inf())
        range->min = value;
    if (value > range->max && value < __builtin_inf())
        range->max = value;
}

static inline void viz_pyramid_widen(struct viz_pyramid_range *range,
                                     struct viz_pyramid_range by)
{
    range->min = by.min < range->min ? by.min : range->min;
    range->max = by.max > range->max ? by.max : range->max;
}

/* Where the device's clock stands in a stream. Zeros: before the first row. */
struct viz_pyramid_clock {
    bool begun;          /* there was a row */
    bool placed;         /* a row of this segment had a time: */
    bool timed;          /* a row of any had: */
    int64_t segment;     /* of the latest row */
    int64_t shift_ns;    /* what the device says, less its place on the axis */
    int64_t newest_ns;   /* greatest place so far */
    int64_t received_ns; /* latest arrival so far */
};

/* Places the next row. The device's time counts from its first stamp in the stream; the
 * first stamp of another segment (a boot) stands as far behind the newest as it arrived
 * behind the latest arrival. INT64_MIN: @device_ns is that, the row has no time.
 * @other: it is of another segment than the row before. */
int64_t viz_pyramid_place(struct viz_pyramid_clock *clock, int64_t segment,
                          int64_t received_ns, int64_t device_ns, bool *other);

struct viz_pyramid_entry {
    uint64_t first_seq, last_seq;
    int64_t begin_ns, end_ns;               /* earliest and latest arrival */
    int64_t device_begin_ns, device_end_ns; /* places of those with a device time ... */
    int64_t shift_ns;     /* ... which are what the device said, less this */
    uint32_t rows, timed; /* timed: rows that have a device time */
    bool gap;             /* something is missing before its first row */
    bool broken;          /* ... before another of its rows */
};

/* Consecutive entries. Zeros and @channels are an empty one. */
struct viz_pyramid_level {
    uint32_t channels, entries, room;
    struct viz_pyramid_entry *entry; /* [entries] */
    struct viz_pyramid_range *range; /* [entries][channels] */
};
void viz_pyramid_clear(struct viz_pyramid_level *level); /* keeps its memory */
void viz_pyramid_finish(struct viz_pyramid_level *level);

struct viz_pyramid_row {
    uint64_t seq;
    int64_t received_ns;
    int64_t device_ns; /* as placed, by ... */
    int64_t shift_ns;
    bool gap;
    bool other; /* of another segment than the row before: an entry begins with it */
    const double *value; /* [channels] */
};
/* Appends a row to level 0. */
void viz_pyramid_append(struct viz_pyramid_level *level,
                        const struct viz_pyramid_row *row);

/* @by stands behind @entry and becomes part of it. */
void viz_pyramid_join(struct viz_pyramid_entry *entry,
                      const struct viz_pyramid_entry *by);

/* The entries of @fine, joined by eights. */
void viz_pyramid_coarsen(const struct viz_pyramid_level *fine,
                         struct viz_pyramid_level *out);

/* A stored sample as numbers, one a channel; NaN: it has none. @channels: of a stream of
 * values; frames of LightwaveOS have VIZ_LW_FIELDS. */
void viz_pyramid_values(bool lightwave, uint32_t channels, const void *frame,
                        uint32_t size, double *out);

/* As bytes, little-endian: u32 entries, u32 channels; u8 for each channel, 1: there is a
 * number in it; then column by column, each as long as there are entries: first seq, last
 * seq, begin, end, device begin, device end, shift (i64 each), rows and timed (u32 each), marks
 * (u8: 1 gap, 2 broken); and for each channel with a number min and max (f64). free()
 * them. */
uint8_t *viz_pyramid_encode(const struct viz_pyramid_level *level, size_t *size);

/* Back, with out->channels of the stream's channels, @channel[i] being the number of the
 * i-th. False: these are no such bytes; @out is as cleared. */
bool viz_pyramid_decode(const uint8_t *bytes, size_t size, const uint32_t *channel,
                        struct viz_pyramid_level *out);

/* Numbers of seq, which must grow, as differences in groups of seven bits (LEB128), the
 * first to 0. free() them. */
uint8_t *viz_pyramid_encode_seqs(const uint64_t *seq, uint32_t count, size_t *size);
/* The next; false behind the last. @at and @seq begin as 0. */
bool viz_pyramid_next_seq(const uint8_t *bytes, size_t size, size_t *at, uint64_t *seq);

#endif
