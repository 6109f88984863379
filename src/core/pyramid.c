/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/pyramid.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/lightwave_fields.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4

/* ---- the device's clock ---- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Stored times may be any: what overflows wraps. */
static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

int64_t viz_pyramid_place(struct viz_pyramid_clock *clock, int64_t segment,
                          int64_t received_ns, int64_t device_ns, bool *other)
{
    int64_t place = INT64_MIN;
    *other = clock->begun && segment != clock->segment;
    if (*other)
        clock->placed = false;
    if (device_ns != INT64_MIN && !clock->placed) {
        int64_t start = 0;
        if (clock->timed)
            start = plus(clock->newest_ns,
                         later(minus(received_ns, clock->received_ns), 0));
        clock->shift_ns = minus(device_ns, start);
        clock->placed = true;
    }
    if (device_ns != INT64_MIN) {
        place = minus(device_ns, clock->shift_ns);
        place += place == INT64_MIN; /* which says that there is none */
        clock->newest_ns = clock->timed ? later(clock->newest_ns, place) : place;
        clock->timed = true;
    }
    clock->received_ns =
        clock->begun ? later(clock->received_ns, received_ns) : received_ns;
    clock->segment = segment;
    clock->begun = true;
    return place;
}

/* ---- entries ---- */

void viz_pyramid_clear(struct viz_pyramid_level *level)
{
    level->entries = 0;
}

void viz_pyramid_finish(struct viz_pyramid_level *level)
{
    free(level->entry);
    free(level->range);
    *level = (struct viz_pyramid_level){.channels = level->channels};
}

static void *moved(void *from, size_t used, size_t size)
{
    void *out = viz_zalloc(size);
    if (used)
        memcpy(out, from, used);
    free(from);
    return out;
}

static void reserve(struct viz_pyramid_level *level, uint32_t room)
{
    size_t ranges = level->channels * sizeof(*level->range);
    if (room <= level->room)
        return;
    level->entry = moved(level->entry, level->entries * sizeof(*level->entry),
                         room * sizeof(*level->entry));
    level->range = moved(level->range, level->entries * ranges, room * ranges);
    level->room = room;
}

static struct viz_pyramid_entry *add_entry(struct viz_pyramid_level *level)
{
    if (level->entries == level->room)
        reserve(level, level->room ? 2 * level->room : FIRST_ROOM);
    uint32_t at = level->entries++;
    struct viz_pyramid_range *range = level->range + (size_t)at * level->channels;
    for (uint32_t c = 0; c < level->channels; c++)
        range[c] = viz_pyramid_none();
    level->entry[at] = (struct viz_pyramid_entry){0};
    return &level->entry[at];
}

void viz_pyramid_join(struct viz_pyramid_entry *entry,
                      const struct viz_pyramid_entry *by)
{
    if (!entry->rows) {
        *entry = *by;
        return;
    }
    entry->last_seq = by->last_seq;
    if (by->begin_ns < entry->begin_ns)
        entry->begin_ns = by->begin_ns;
    if (by->end_ns > entry->end_ns)
        entry->end_ns = by->end_ns;
    if (by->timed && (!entry->timed || by->device_begin_ns < entry->device_begin_ns))
        entry->device_begin_ns = by->device_begin_ns;
    if (by->timed && (!entry->timed || by->device_end_ns > entry->device_end_ns))
        entry->device_end_ns = by->device_end_ns;
    if (by->timed && !entry->timed)
        entry->shift_ns = by->shift_ns;
    entry->rows += by->rows;
    entry->timed += by->timed;
    entry->broken |= by->gap || by->broken;
}

void viz_pyramid_append(struct viz_pyramid_level *level,
                        const struct viz_pyramid_row *row)
{
    bool timed = row->device_ns != INT64_MIN;
    const struct viz_pyramid_entry one = {
        .first_seq = row->seq,
        .last_seq = row->seq,
        .begin_ns = row->received_ns,
        .end_ns = row->received_ns,
        .device_begin_ns = timed ? row->device_ns : 0,
        .device_end_ns = timed ? row->device_ns : 0,
        .shift_ns = timed ? row->shift_ns : 0,
        .rows = 1,
        .timed = timed,
        .gap = row->gap,
    };
    if (!level->entries || row->other ||
        level->entry[level->entries - 1].rows >= VIZ_PYRAMID_ROWS)
        add_entry(level);
    size_t at = level->entries - 1;
    struct viz_pyramid_range *range = level->range + at * level->channels;
    viz_pyramid_join(&level->entry[at], &one);
    for (uint32_t c = 0; c < level->channels; c++)
        viz_pyramid_take(&range[c], row->value[c]);
}

void viz_pyramid_coarsen(const struct viz_pyramid_level *fine,
                         struct viz_pyramid_level *out)
{
    viz_pyramid_clear(out);
    for (uint32_t i = 0; i < fine->entries; i++) {
        if (i % VIZ_PYRAMID_RATIO == 0)
            add_entry(out);
        size_t at = out->entries - 1, from = i;
        viz_pyramid_join(&out->entry[at], &fine->entry[i]);
        for (uint32_t c = 0; c < out->channels; c++)
            viz_pyramid_widen(&out->range[at * out->channels + c],
                              fine->range[from * out->channels + c]);
    }
}

/* ---- bytes ---- */

enum { MARK_GAP = 1, MARK_BROKEN = 2 };

#define HEAD_BYTES 8
#define ENTRY_BYTES (7 * 8 + 2 * 4 + 1)
#define RANGE_BYTES 16

static uint8_t *put(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
    return at + size;
}

static uint32_t get_32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static uint64_t get_64(const uint8_t *at)
{
    return get_32(at) | (uint64_t)get_32(at + 4) << 32;
}

static uint8_t *put_double(uint8_t *at, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return put(at, bits, 8);
}

static double get_double(const uint8_t *at)
{
    uint64_t bits = get_64(at);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static bool has_number(const struct viz_pyramid_level *level, uint32_t channel)
{
    for (size_t i = 0; i < level->entries; i++) {
        struct viz_pyramid_range range = level->range[i * level->channels + channel];
        if (range.min <= range.max)
            return true;
    }
    return false;
}

static uint8_t *put_entries(uint8_t *at, const struct viz_pyramid_level *level)
{
    const struct viz_pyramid_entry *entry = level->entry;
    uint32_t n = level->entries;
#define COLUMN(field, size)                                                            \
    for (uint32_t i = 0; i < n; i++)                                                   \
        at = put(at, (uint64_t)entry[i].field, size);
    COLUMN(first_seq, 8)
    COLUMN(last_seq, 8)
    COLUMN(begin_ns, 8)
    COLUMN(end_ns, 8)
    COLUMN(device_begin_ns, 8)
    COLUMN(device_end_ns, 8)
    COLUMN(shift_ns, 8)
    COLUMN(rows, 4)
    COLUMN(timed, 4)
#undef COLUMN
    for (uint32_t i = 0; i < n; i++)
        *at++ = (uint8_t)((entry[i].gap ? MARK_GAP : 0) |
                          (entry[i].broken ? MARK_BROKEN : 0));
    return at;
}

uint8_t *viz_pyramid_encode(const struct viz_pyramid_level *level, size_t *size)
{
    size_t n = level->entries;
    uint8_t *out = viz_zalloc(HEAD_BYTES + level->channels + n * ENTRY_BYTES +
                              n * level->channels * RANGE_BYTES);
    uint8_t *at = put(put(out, n, 4), level->channels, 4), *there = at;
    for (uint32_t c = 0; c < level->channels; c++)
        *at++ = has_number(level, c);
    at = put_entries(at, level);
    for (uint32_t c = 0; c < level->channels; c++) {
        const struct viz_pyramid_range *range = level->range + c;
        for (size_t i = 0; there[c] && i < n; i++)
            at = put_double(at, range[i * level->channels].min);
        for (size_t i = 0; there[c] && i < n; i++)
            at = put_double(at, range[i * level->channels].max);
    }
    *size = (size_t)(at - out);
    return out;
}

static const uint8_t *get_entries(const uint8_t *at, struct viz_pyramid_level *out,
                                  uint32_t n)
{
    struct viz_pyramid_entry *entry = out->entry;
#define COLUMN(field, size, type)                                                      \
    for (uint32_t i = 0; i < n; i++, at += (size) / 8)                                 \
        entry[i].field = (type)get_##size(at);
    COLUMN(first_seq, 64, uint64_t)
    COLUMN(last_seq, 64, uint64_t)
    COLUMN(begin_ns, 64, int64_t)
    COLUMN(end_ns, 64, int64_t)
    COLUMN(device_begin_ns, 64, int64_t)
    COLUMN(device_end_ns, 64, int64_t)
    COLUMN(shift_ns, 64, int64_t)
    COLUMN(rows, 32, uint32_t)
    COLUMN(timed, 32, uint32_t)
#undef COLUMN
    for (uint32_t i = 0; i < n; i++, at++) {
        entry[i].gap = *at & MARK_GAP;
        entry[i].broken = *at & MARK_BROKEN;
    }
    return at;
}

static void get_range(const uint8_t *at, struct viz_pyramid_level *out, uint32_t c,
                      uint32_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct viz_pyramid_range *range = &out->range[i * out->channels + c];
        *range = viz_pyramid_none();
        if (at)
            *range = (struct viz_pyramid_range){get_double(at + 8 * i),
                                                get_double(at + 8 * (n + i))};
    }
}

/* Where the channel's ranges stand among those that are there; NULL: it has none. */
static const uint8_t *find_range(const uint8_t *ranges, const uint8_t *there,
                                 uint32_t channel, uint32_t n)
{
    size_t before = 0;
    if (!there[channel])
        return NULL;
    for (uint32_t c = 0; c < channel; c++)
        before += there[c] != 0;
    return ranges + before * n * RANGE_BYTES;
}

bool viz_pyramid_decode(const uint8_t *bytes, size_t size, const uint32_t *channel,
                        struct viz_pyramid_level *out)
{
    viz_pyramid_clear(out);
    if (size < HEAD_BYTES)
        return false;
    size_t n = get_32(bytes), channels = get_32(bytes + 4), found = 0;
    if (size < HEAD_BYTES + channels)
        return false;
    const uint8_t *there = bytes + HEAD_BYTES;
    for (size_t c = 0; c < channels; c++)
        found += there[c] != 0;
    if (size != HEAD_BYTES + channels + n * (ENTRY_BYTES + found * RANGE_BYTES))
        return false;
    for (uint32_t c = 0; c < out->channels; c++)
        if (channel[c] >= channels)
            return false;
    reserve(out, (uint32_t)n);
    const uint8_t *ranges = get_entries(there + channels, out, (uint32_t)n);
    for (uint32_t c = 0; c < out->channels; c++)
        get_range(find_range(ranges, there, channel[c], (uint32_t)n), out, c,
                  (uint32_t)n);
    out->entries = (uint32_t)n;
    return true;
}

void viz_pyramid_values(bool lightwave, uint32_t channels, const void *frame,
                        uint32_t size, double *out)
{
    bool readable = size == channels * sizeof(double);
    const uint8_t *bytes = frame;
    if (lightwave)
        viz_lw_values(bytes, size, out);
    else
        for (uint32_t i = 0; i < channels; i++)
            out[i] = readable ? get_double(bytes + 8 * i) : (double)NAN;
}

uint8_t *viz_pyramid_encode_seqs(const uint64_t *seq, uint32_t count, size_t *size)
{
    uint8_t *out = viz_zalloc((size_t)count * 10 + 1), *at = out;
    uint64_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t step = seq[i] - before;
        viz_assert(!i || seq[i] > before);
        for (; step > 127; step >>= 7)
            *at++ = (uint8_t)(step | 128);
        *at++ = (uint8_t)step;
        before = seq[i];
    }
    *size = (size_t)(at - out);
    return out;
}

bool viz_pyramid_next_seq(const uint8_t *bytes, size_t size, size_t *at, uint64_t *seq)
{
    uint64_t step = 0;
    for (unsigned shift = 0; *at < size && shift < 64; shift += 7) {
        uint8_t byte = bytes[(*at)++];
        step |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *seq += step;
            return true;
        }
    }
    return false;
}
