/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/stream.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/spacing.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SIZING_HZ 20000.0
#define POOL_SECONDS 2.0
#define MIN_BLOCKS 512
#define LATE_LIMIT_NS 1000000000LL /* older than this is a clock step, not disorder */
#define LATE_ROWS_LIMIT 32
#define LEAP_NS 10000000000LL
/* Rows without a device time come when the pipe or the scheduler lets them: a pause of
 * half a second is the sender's, a shorter one need not be. */
#define LEAST_SILENCE_NS 5e8

/* Names and channels, as they were at one time. */
struct labels {
    char name[VIZ_MAX_NAME];
    struct viz_channel channel[];
};

struct viz_stream_writer {
    struct labels *labels[1 + VIZ_MAX_RELABELS]; /* the last is in use; none is freed */
    uint32_t relabels;
    struct viz_block *open; /* NULL: none taken */
    uint32_t stamped;       /* rows of it that carry decoded_ns */
    uint64_t next_row;
    struct viz_tally tally;
    bool broken; /* the next row begins after a break */
    bool sequenced;

    struct viz_timeline *timeline; /* the source's, or own; NULL: none is needed */
    struct viz_timeline own;
    int64_t offset_ns;   /* of it, as this stream uses it */
    uint32_t generation; /* of it, when offset_ns was taken */
    bool any;            /* a row was accepted: the three below hold */
    int64_t last_ns, last_origin_ns;
    uint32_t late_rows;         /* in a row */
    struct viz_spacing spacing; /* of rows */
};

static uint32_t block_rows_for(double sizing_hz)
{
    double rows = ceil(sizing_hz / 250.0);
    return rows < 16 ? 16 : rows > 1024 ? 1024 : (uint32_t)rows;
}

static struct viz_feed *create_feed(const struct viz_stream_params *params)
{
    double hz = params->sizing_hz > 0 ? params->sizing_hz : DEFAULT_SIZING_HZ;
    uint32_t rows = block_rows_for(hz);
    double blocks = ceil(hz * POOL_SECONDS / rows);
    return viz_feed_create(&(struct viz_feed_params){
        .channels = params->max_channels,
        .rows = rows,
        .blocks = blocks < MIN_BLOCKS ? MIN_BLOCKS : (uint32_t)blocks,
    });
}

static void destroy_stream(struct viz_stream *stream)
{
    viz_feed_destroy(stream->feed);
    for (uint32_t i = 0; i <= stream->writer->relabels; i++)
        free(stream->writer->labels[i]);
    free(stream->writer);
    free(stream);
}

static struct labels *create_labels(const struct viz_stream *stream, const char *name)
{
    struct labels *labels =
        viz_zalloc(sizeof(*labels) + stream->max_channels * sizeof(labels->channel[0]));
    snprintf(labels->name, sizeof(labels->name), "%s", name);
    return labels;
}

/* Pairs with the readers' loads of the pointers: the labels are whole when seen. */
static void use_labels(struct viz_stream *stream, struct labels *labels)
{
    atomic_store_explicit(&stream->name, labels->name, memory_order_release);
    atomic_store_explicit(&stream->channel, labels->channel, memory_order_release);
}

struct viz_stream *viz_stream_open(struct viz_streams *streams,
                                   const struct viz_stream_params *params)
{
    viz_assert(params->max_channels >= 1 && params->max_channels <= VIZ_MAX_CHANNELS);
    uint32_t index =
        atomic_fetch_add_explicit(&streams->claimed, 1, memory_order_relaxed);
    if (index >= VIZ_MAX_STREAMS) {
        atomic_fetch_sub_explicit(&streams->claimed, 1, memory_order_relaxed);
        viz_count(&streams->refused, 1);
        return NULL;
    }
    struct viz_stream *stream = viz_zalloc(sizeof(*stream));
    stream->index = index;
    stream->source = params->source;
    stream->max_channels = params->max_channels;
    stream->clock = params->clock;
    stream->scheduled = !params->timeline;
    stream->numbered = params->numbered;
    snprintf(stream->format, sizeof(stream->format), "%s", params->format);
    stream->feed = create_feed(params);
    stream->writer = viz_zalloc(sizeof(*stream->writer));
    stream->writer->labels[0] = create_labels(stream, params->name);
    use_labels(stream, stream->writer->labels[0]);
    stream->writer->timeline = params->timeline;
    stream->writer->sequenced = params->sequenced;
    atomic_store_explicit(&stream->requested_hz, params->requested_hz,
                          memory_order_relaxed);
    /* Pairs with the acquire in viz_streams_at(): the stream is whole when seen. */
    atomic_store_explicit(&streams->slot[index], stream, memory_order_release);
    return stream;
}

void viz_streams_finish(struct viz_streams *streams)
{
    for (uint32_t i = 0; i < VIZ_MAX_STREAMS; i++) {
        struct viz_stream *stream = viz_streams_at(streams, i);
        if (stream)
            destroy_stream(stream);
        atomic_store_explicit(&streams->slot[i], NULL, memory_order_relaxed);
    }
    atomic_store_explicit(&streams->claimed, 0, memory_order_relaxed);
}

struct viz_stream *viz_streams_at(struct viz_streams *streams, uint32_t index)
{
    if (index >= VIZ_MAX_STREAMS)
        return NULL;
    return atomic_load_explicit(&streams->slot[index], memory_order_acquire);
}

uint32_t viz_streams_count(struct viz_streams *streams)
{
    uint32_t claimed = atomic_load_explicit(&streams->claimed, memory_order_relaxed);
    return claimed < VIZ_MAX_STREAMS ? claimed : VIZ_MAX_STREAMS;
}

int viz_stream_channel(struct viz_stream *stream, const char *name, const char *unit)
{
    uint32_t count = atomic_load_explicit(&stream->channels, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(stream->channel[i].name, name) == 0)
            return (int)i;
    if (count >= stream->max_channels)
        return -1;
    viz_stream_flush(stream); /* all rows of a block have the same channels */
    struct viz_channel *channel = &stream->channel[count];
    snprintf(channel->name, sizeof(channel->name), "%s", name);
    snprintf(channel->unit, sizeof(channel->unit), "%s", unit ? unit : "");
    /* Pairs with the readers' acquire: name and unit are there before the count. */
    atomic_store_explicit(&stream->channels, count + 1, memory_order_release);
    return (int)count;
}

bool viz_stream_relabel(struct viz_stream *stream, const char *name,
                        const struct viz_channel *channel, uint32_t count)
{
    struct viz_stream_writer *writer = stream->writer;
    struct labels *now = writer->labels[writer->relabels];
    uint32_t channels = atomic_load_explicit(&stream->channels, memory_order_relaxed);
    if (count > channels)
        count = channels;
    bool same = strcmp(now->name, name) == 0;
    for (uint32_t i = 0; i < count; i++)
        same = same && strcmp(now->channel[i].name, channel[i].name) == 0 &&
               strcmp(now->channel[i].unit, channel[i].unit) == 0;
    if (same || writer->relabels == VIZ_MAX_RELABELS)
        return false;
    struct labels *next = create_labels(stream, name);
    memcpy(next->channel, now->channel, channels * sizeof(channel[0]));
    memcpy(next->channel, channel, count * sizeof(channel[0]));
    writer->labels[++writer->relabels] = next;
    use_labels(stream, next);
    return true;
}

/* Stamp what was appended since the last commit. */
static void stamp_decoded(struct viz_stream_writer *writer, int64_t now_ns)
{
    for (; writer->stamped < writer->open->rows; writer->stamped++)
        writer->open->row[writer->stamped].decoded_ns = now_ns;
}

static void publish(struct viz_stream *stream, int64_t now_ns)
{
    struct viz_stream_writer *writer = stream->writer;
    stamp_decoded(writer, now_ns);
    writer->open->channels =
        atomic_load_explicit(&stream->channels, memory_order_relaxed);
    writer->open->published_ns = viz_clock_now(stream->clock);
    viz_feed_publish(stream->feed, writer->open);
    writer->open = NULL;
}

struct viz_block *viz_stream_block(struct viz_stream *stream)
{
    struct viz_stream_writer *writer = stream->writer;
    if (writer->open && writer->open->rows == writer->open->capacity)
        publish(stream, viz_clock_now(stream->clock));
    if (!writer->open) {
        writer->open = viz_feed_take(stream->feed);
        if (!writer->open)
            return NULL;
        writer->stamped = 0;
        writer->open->first_row = writer->next_row;
        writer->open->before = writer->tally;
    }
    return writer->open;
}

void viz_stream_filled(struct viz_stream *stream, uint32_t rows, uint64_t samples)
{
    struct viz_stream_writer *writer = stream->writer;
    viz_assert(writer->open && writer->open->rows <= writer->open->capacity);
    if (writer->broken && rows) {
        writer->open->row[writer->open->rows - rows].flags |= VIZ_ROW_BREAK;
        writer->broken = false;
        viz_count(&stream->counts.gaps, 1);
    }
    writer->next_row += rows;
    writer->tally.received += samples;
    viz_count(&stream->counts.rows, rows);
    viz_count(&stream->counts.received, samples);
}

void viz_stream_overflow(struct viz_stream *stream, uint32_t rows, uint64_t samples)
{
    struct viz_stream_writer *writer = stream->writer;
    writer->broken = true;
    writer->tally.received += samples;
    writer->tally.overflow += samples;
    viz_count(&stream->counts.rows, rows);
    viz_count(&stream->counts.received, samples);
    viz_count_release(&stream->counts.overflow, samples);
}

void viz_stream_break(struct viz_stream *stream, uint64_t missing)
{
    struct viz_stream_writer *writer = stream->writer;
    viz_count(&stream->counts.missing, missing);
    if (writer->any)
        writer->broken = true; /* a gap once a row comes behind it */
}

static int64_t add_wrapping(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static bool near(int64_t a, int64_t b)
{
    __int128 apart = (__int128)a - b;
    return apart < LATE_LIMIT_NS && -apart < LATE_LIMIT_NS;
}

static void adopt_timeline(struct viz_stream_writer *writer)
{
    writer->offset_ns = writer->timeline->offset_ns;
    writer->generation = writer->timeline->generation;
}

/* The device clock stepped between this row and the one before. */
static VIZ_ON(source) void count_step(struct viz_stream *stream)
{
    struct viz_stream_writer *writer = stream->writer;
    if (!writer->any)
        return;
    viz_count(&stream->counts.clock_steps, 1);
    viz_stream_break(stream, 0);
    writer->spacing = (struct viz_spacing){0};
}

static VIZ_ON(source) void fix_timeline(struct viz_stream *stream, int64_t time_ns,
                                        int64_t origin_ns)
{
    struct viz_stream_writer *writer = stream->writer;
    count_step(stream);
    /* Never before what is held already: times do not run backwards. */
    int64_t at_ns = origin_ns;
    if (writer->any && at_ns < writer->last_ns)
        at_ns = writer->last_ns;
    writer->timeline->fixed = true;
    writer->timeline->generation++;
    writer->timeline->offset_ns = (int64_t)((uint64_t)at_ns - (uint64_t)time_ns);
    writer->timeline->newest_ns = at_ns;
    adopt_timeline(writer);
}

/* Go on with a clock of its own: the source's is another device's. */
static void leave_timeline(struct viz_stream_writer *writer)
{
    writer->own = (struct viz_timeline){
        .fixed = writer->any,
        .generation = writer->generation,
        .offset_ns = writer->offset_ns,
        .newest_ns = writer->last_ns,
    };
    writer->timeline = &writer->own;
}

/* The shared constant is new to this stream: take it, or leave it where it does not fit. */
static VIZ_ON(source) void meet_timeline(struct viz_stream *stream, int64_t time_ns,
                                         int64_t origin_ns)
{
    struct viz_stream_writer *writer = stream->writer;
    int64_t theirs = add_wrapping(time_ns, writer->timeline->offset_ns);
    bool fits = near(theirs, origin_ns) || near(theirs, writer->timeline->newest_ns);
    int64_t mine = add_wrapping(time_ns, writer->offset_ns);
    bool goes_on =
        writer->any && mine >= writer->last_ns && near(mine, writer->last_ns);
    fits = fits && !goes_on;
    if (fits) {
        count_step(stream);
        adopt_timeline(writer);
        return;
    }
    leave_timeline(writer);
    if (!writer->any)
        fix_timeline(stream, time_ns, origin_ns);
}

/* Whether the device clock did something that no device does between two rows. */
static bool leapt(const struct viz_stream_writer *writer, int64_t mapped_ns,
                  int64_t origin_ns)
{
    if (!writer->any)
        return false;
    __int128 step = (__int128)mapped_ns - writer->last_ns;
    __int128 waited = (__int128)origin_ns - writer->last_origin_ns;
    if (step <= -(__int128)LATE_LIMIT_NS)
        return true;
    return step > LEAP_NS && step > 10 * (waited > 0 ? waited : 0);
}

/* Device time on the common axis, or false when the row is out of order. */
static VIZ_ON(source) bool map_time(struct viz_stream *stream,
                                    const struct viz_arrival *arrival, int64_t time_ns,
                                    int64_t *out)
{
    struct viz_stream_writer *writer = stream->writer;
    if (!writer->timeline) {
        *out = writer->any && time_ns < writer->last_ns ? writer->last_ns : time_ns;
        return true;
    }
    if (!writer->timeline->fixed)
        fix_timeline(stream, time_ns, arrival->origin_ns);
    else if (writer->generation != writer->timeline->generation)
        meet_timeline(stream, time_ns, arrival->origin_ns);
    int64_t mapped = add_wrapping(time_ns, writer->offset_ns);
    bool behind = writer->any && mapped < writer->last_ns;
    if (leapt(writer, mapped, arrival->origin_ns) ||
        (behind && ++writer->late_rows >= LATE_ROWS_LIMIT)) {
        fix_timeline(stream, time_ns, arrival->origin_ns);
        mapped = add_wrapping(time_ns, writer->offset_ns);
    } else if (behind) {
        return false;
    }
    writer->late_rows = 0;
    if (mapped > writer->timeline->newest_ns)
        writer->timeline->newest_ns = mapped;
    *out = mapped;
    return true;
}

static VIZ_ON(source) void look_for_gap(struct viz_stream *stream, int64_t time_ns,
                                        int64_t origin_ns)
{
    struct viz_stream_writer *writer = stream->writer;
    if (!writer->any || writer->sequenced || time_ns <= writer->last_ns)
        return;
    if (writer->broken)
        return; /* a gap already, and no distance of neighbours */
    if (!writer->timeline && origin_ns == writer->last_origin_ns)
        return; /* they arrived together: no distance either */
    if (viz_spacing_take(&writer->spacing, (double)(time_ns - writer->last_ns),
                         writer->timeline ? 0 : LEAST_SILENCE_NS))
        viz_stream_break(stream, 0);
}

static uint32_t count_present(const float *value, uint32_t values)
{
    uint32_t present = 0;
    for (uint32_t i = 0; i < values; i++)
        present += !viz_missing(value[i]);
    return present;
}

static void write_row(struct viz_block *block, uint32_t channels, const float *value,
                      uint32_t values)
{
    uint32_t at = block->rows;
    for (uint32_t i = 0; i < values; i++)
        viz_block_channel(block, i)[at] = value[i];
    for (uint32_t i = values; i < channels; i++)
        viz_block_channel(block, i)[at] = viz_missing_value();
}

void viz_stream_row(struct viz_stream *stream, const struct viz_arrival *arrival,
                    int64_t time_ns, const float *value, uint32_t values)
{
    struct viz_stream_writer *writer = stream->writer;
    uint32_t channels = atomic_load_explicit(&stream->channels, memory_order_relaxed);
    viz_assert(values <= channels);
    uint32_t present = count_present(value, values);
    int64_t mapped_ns;
    if (!map_time(stream, arrival, time_ns, &mapped_ns)) {
        viz_count(&stream->counts.late, present);
        return;
    }
    look_for_gap(stream, mapped_ns, arrival->origin_ns);
    writer->any = true;
    writer->last_ns = mapped_ns;
    writer->last_origin_ns = arrival->origin_ns;

    struct viz_block *block = viz_stream_block(stream);
    if (!block) {
        viz_stream_overflow(stream, 1, present);
        return;
    }
    write_row(block, channels, value, values);
    block->row[block->rows] = (struct viz_row){
        .time_ns = mapped_ns,
        .origin_ns = arrival->origin_ns,
        .received_ns = arrival->received_ns,
        .samples = (uint16_t)present,
    };
    block->rows++;
    block->samples += present;
    viz_stream_filled(stream, 1, present);
}

/* The consumer has blocks in the ring and in the frame that it is drawing. */
static bool is_behind(const struct viz_stream *stream, uint32_t open)
{
    uint32_t blocks = viz_feed_blocks(stream->feed);
    return (blocks - open - viz_feed_spare(stream->feed)) * 2 >= blocks;
}

bool viz_stream_commit(struct viz_stream *stream)
{
    struct viz_stream_writer *writer = stream->writer;
    if (!writer->open)
        return is_behind(stream, 0); /* what was open may just have been filled */
    if (!writer->open->rows)
        return false;
    stamp_decoded(writer, viz_clock_now(stream->clock));
    bool behind = is_behind(stream, 1);
    if (behind && writer->open->rows < writer->open->capacity)
        return true;
    publish(stream, viz_clock_now(stream->clock));
    return false;
}

void viz_stream_flush(struct viz_stream *stream)
{
    if (stream->writer->open && stream->writer->open->rows)
        publish(stream, viz_clock_now(stream->clock));
}
