/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our own binary frames: see docs/wire.md. */
#include "frame.h"

#include <viz/alloc.h>
#include <viz/encode.h>
#include <viz/outlet.h>
#include <viz/sequence.h>
#include <viz/wire.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAGIC_SIZE 4

struct viz_decoder {
    struct viz_outlet outlet;
    struct viz_sequence *sequence[VIZ_MAX_STREAMS]; /* by place in the outlet */
    uint32_t run; /* of the sender, that the timeline was fixed for */
    bool garbage; /* in a run of bytes that are no frame, already counted */
    size_t held;
    uint8_t store[VIZ_MAX_PACKET]; /* the beginning of an unfinished frame */
};

struct data {
    uint32_t stream, run, number, rows, channels;
    int64_t time_ns;
    uint64_t period_ns;
    const uint8_t *times; /* NULL: by the period */
    const uint8_t *values;
};

static struct viz_wire_counts *counts_of(struct viz_decoder *decoder)
{
    return decoder->outlet.intake->counts;
}

static int64_t row_time(const struct data *data, uint32_t row)
{
    if (data->times)
        return (int64_t)viz_frame_u64(data->times + (size_t)row * 8);
    return (int64_t)((uint64_t)data->time_ns + row * data->period_ns);
}

static bool times_in_range(const struct data *data)
{
    if (!viz_time_in_range(data->time_ns))
        return false;
    if (!data->times)
        return data->period_ns <= (uint64_t)VIZ_MAX_TIME_NS / data->rows &&
               viz_time_in_range(row_time(data, data->rows - 1));
    for (uint32_t i = 0; i < data->rows; i++)
        if (!viz_time_in_range(row_time(data, i)))
            return false;
    return true;
}

static VIZ_ON(source) struct viz_stream *open_stream(
    struct viz_decoder *decoder, const struct viz_outlet_params *how, int *place)
{
    *place = viz_outlet_open(&decoder->outlet, how);
    if (*place < 0 || !decoder->outlet.slot[*place].stream)
        return NULL;
    decoder->sequence[*place] = viz_zalloc(sizeof(struct viz_sequence));
    return decoder->outlet.slot[*place].stream;
}

/* A stream that no description came before. */
static VIZ_ON(source) struct viz_stream *open_unnamed(struct viz_decoder *decoder,
                                                      const struct data *data,
                                                      int *place)
{
    char name[VIZ_MAX_NAME];
    snprintf(name, sizeof(name), "stream %u", data->stream);
    struct viz_stream *stream = open_stream(decoder,
                                            &(struct viz_outlet_params){
                                                .number = data->stream,
                                                .name = name,
                                                .max_channels = data->channels,
                                                .timed = true,
                                                .sequenced = true,
                                                .numbered = true,
                                            },
                                            place);
    for (uint32_t i = 0; stream && i < data->channels; i++) {
        snprintf(name, sizeof(name), "ch%u", i + 1);
        viz_stream_channel(stream, name, "");
    }
    return stream;
}

/* Rows that were lost are late now: the same samples are not counted twice. */
static VIZ_ON(source) void count_late(struct viz_stream *stream, uint64_t samples)
{
    uint64_t missing = viz_counted(&stream->counts.missing);
    viz_count(&stream->counts.missing, 0 - (samples < missing ? samples : missing));
    viz_count(&stream->counts.late, samples);
}

/* The sender's clock may have started again with it: its time is fixed anew, once for
 * all of its streams. */
static void follow_run(struct viz_decoder *decoder, uint32_t run)
{
    if (decoder->run && decoder->run != run)
        decoder->outlet.intake->timeline.fixed = false;
    decoder->run = run;
}

/* Count what the row numbers say; how many of the first rows are not to be taken. */
static VIZ_ON(source) uint32_t
    place_rows(struct viz_decoder *decoder, int place,
               const struct viz_arrival *arrival, const struct data *data)
{
    struct viz_stream *stream = decoder->outlet.slot[place].stream;
    struct viz_sequence_verdict verdict;
    viz_sequence_place(decoder->sequence[place],
                       &(struct viz_sequence_rows){
                           .run = data->run,
                           .number = data->number,
                           .rows = data->rows,
                           .first_ns = row_time(data, 0),
                           .last_ns = row_time(data, data->rows - 1),
                           .arrival_ns = arrival->received_ns,
                       },
                       &verdict);
    uint64_t channels = data->channels;
    if (verdict.restart || !decoder->run)
        follow_run(decoder, data->run);
    if (verdict.restart || verdict.lost)
        viz_stream_break(stream, verdict.lost * channels);
    if (verdict.late)
        count_late(stream, verdict.late * channels);
    if (verdict.early)
        viz_count(&stream->counts.late, verdict.early * channels);
    if (verdict.duplicate)
        viz_count(&stream->counts.duplicate, verdict.duplicate * channels);
    return verdict.skip;
}

static VIZ_ON(source) void take_data(struct viz_decoder *decoder,
                                     const struct viz_arrival *arrival,
                                     const struct data *data)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    int place = viz_outlet_find(&decoder->outlet, data->stream);
    struct viz_stream *stream = place < 0 ? open_unnamed(decoder, data, &place)
                                          : decoder->outlet.slot[place].stream;
    if (!stream || data->channels >
                       atomic_load_explicit(&stream->channels, memory_order_relaxed)) {
        viz_count(&counts->no_room, data->rows);
        return;
    }
    viz_count(&counts->lines, 1);
    float value[VIZ_MAX_CHANNELS];
    uint32_t row = place_rows(decoder, place, arrival, data);
    for (; row < data->rows; row++) {
        viz_frame_get_floats(data->values + (size_t)row * data->channels * 4, value,
                             data->channels);
        viz_outlet_row(&decoder->outlet, place, arrival, row_time(data, row), value,
                       data->channels);
    }
}

/* A string of the description at @at: a length byte and so many bytes. */
static bool take_string(const uint8_t **at, const uint8_t *end, struct viz_span *out)
{
    if (*at == end || (size_t)(end - *at) < 1 + (size_t) * *at)
        return false;
    *out = (struct viz_span){(const char *)*at + 1, **at};
    *at += 1 + out->size;
    return true;
}

struct description {
    uint32_t stream, channels;
    double hz;
    struct viz_span name;
    const uint8_t *names, *end; /* of the channels */
};

static bool read_description(const uint8_t *frame, size_t size, struct description *out)
{
    const uint8_t *at = frame + viz_frame_u16(frame + VIZ_FRAME_AT_HEADER);
    uint64_t bits = viz_frame_u64(frame + VIZ_FRAME_AT_RATE);
    struct viz_span name, unit;
    memcpy(&out->hz, &bits, sizeof(bits));
    out->stream = viz_frame_u32(frame + VIZ_FRAME_AT_STREAM);
    out->channels = viz_frame_u16(frame + VIZ_FRAME_AT_COUNT);
    out->end = frame + size;
    if (!take_string(&at, out->end, &out->name))
        return false;
    out->names = at;
    for (uint32_t i = 0; i < out->channels; i++)
        if (!take_string(&at, out->end, &name) || !take_string(&at, out->end, &unit))
            return false;
    return at == out->end;
}

static VIZ_ON(source) struct viz_stream *open_described(struct viz_decoder *decoder,
                                                        const struct description *how)
{
    char name[VIZ_MAX_NAME];
    int place;
    viz_outlet_name(how->name, name, sizeof(name));
    if (!name[0])
        snprintf(name, sizeof(name), "stream %u", how->stream);
    return open_stream(decoder,
                       &(struct viz_outlet_params){
                           .number = how->stream,
                           .name = name,
                           .max_channels = how->channels,
                           .requested_hz = how->hz,
                           .timed = true,
                           .sequenced = true,
                           .numbered = true,
                       },
                       &place);
}

/* Channel @index as the description at *@at calls it. */
static struct viz_channel read_channel(const uint8_t **at, const uint8_t *end,
                                       uint32_t index)
{
    struct viz_channel channel;
    struct viz_span name, unit;
    take_string(at, end, &name);
    take_string(at, end, &unit);
    viz_outlet_name(name, channel.name, sizeof(channel.name));
    viz_outlet_name(unit, channel.unit, sizeof(channel.unit));
    if (!channel.name[0])
        snprintf(channel.name, sizeof(channel.name), "ch%u", index + 1);
    return channel;
}

/* Every row has all channels, whatever their names: two of the same name are told apart
 * by their number. */
static VIZ_ON(source) void name_channels(struct viz_stream *stream,
                                         const struct description *how)
{
    const uint8_t *at = how->names;
    for (uint32_t i = 0; i < how->channels; i++) {
        struct viz_channel channel = read_channel(&at, how->end, i);
        if (viz_stream_channel(stream, channel.name, channel.unit) == (int)i)
            continue;
        snprintf(channel.name, sizeof(channel.name), "channel %u", i + 1);
        viz_stream_channel(stream, channel.name, channel.unit);
    }
}

/* The description came behind the first data, or says something new. */
static VIZ_ON(source) void rename_stream(struct viz_decoder *decoder, int place,
                                         const struct description *how)
{
    struct viz_channel channel[VIZ_MAX_CHANNELS];
    char name[VIZ_MAX_NAME];
    const uint8_t *at = how->names;
    uint32_t count =
        how->channels < VIZ_MAX_CHANNELS ? how->channels : VIZ_MAX_CHANNELS;
    for (uint32_t i = 0; i < count; i++)
        channel[i] = read_channel(&at, how->end, i);
    viz_outlet_name(how->name, name, sizeof(name));
    viz_outlet_relabel(&decoder->outlet, place, name, channel, count);
    atomic_store_explicit(&decoder->outlet.slot[place].stream->requested_hz, how->hz,
                          memory_order_relaxed);
}

static VIZ_ON(source) void take_description(struct viz_decoder *decoder,
                                            const struct description *how)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    if (!how->channels || !(how->hz >= 0) || how->hz > VIZ_MAX_RATE) {
        viz_count(&counts->bad_value, 1);
        return;
    }
    int place = viz_outlet_find(&decoder->outlet, how->stream);
    struct viz_stream *stream = NULL;
    if (place >= 0)
        stream = decoder->outlet.slot[place].stream;
    else if (how->channels <= VIZ_MAX_CHANNELS)
        stream = open_described(decoder, how);
    if (!stream) {
        viz_count(&counts->no_room, 1);
        return;
    }
    viz_count(&counts->lines, 1);
    if (place < 0)
        name_channels(stream, how);
    else
        rename_stream(decoder, place, how);
}

/* What a data frame says is inside; false: its length says otherwise. */
static bool read_data(const uint8_t *frame, struct data *out)
{
    uint32_t header = viz_frame_u16(frame + VIZ_FRAME_AT_HEADER);
    uint64_t length = viz_frame_u32(frame + VIZ_FRAME_AT_LENGTH);
    out->stream = viz_frame_u32(frame + VIZ_FRAME_AT_STREAM);
    out->number = viz_frame_u32(frame + VIZ_FRAME_AT_SEQUENCE);
    out->rows = viz_frame_u16(frame + VIZ_FRAME_AT_ROWS);
    out->channels = viz_frame_u16(frame + VIZ_FRAME_AT_CHANNELS);
    out->time_ns = (int64_t)viz_frame_u64(frame + VIZ_FRAME_AT_TIME);
    out->period_ns = viz_frame_u64(frame + VIZ_FRAME_AT_PERIOD);
    uint64_t times = out->period_ns ? 0 : (uint64_t)out->rows * 8;
    out->times = out->period_ns ? NULL : frame + header;
    out->values = frame + header + times;
    return length == header + times + (uint64_t)out->rows * out->channels * 4;
}

/* What is wrong with the header of a frame, or NULL. Its first @size bytes are here,
 * the magic among them; *need is how many must be for the next look. */
static struct viz_counter *check_header(struct viz_wire_counts *counts,
                                        const uint8_t *frame, size_t size, size_t *need)
{
    *need = VIZ_FRAME_COMMON;
    if (size < VIZ_FRAME_COMMON)
        return NULL;
    uint8_t type = frame[VIZ_FRAME_AT_TYPE];
    uint32_t header = viz_frame_u16(frame + VIZ_FRAME_AT_HEADER);
    uint32_t length = viz_frame_u32(frame + VIZ_FRAME_AT_LENGTH);
    if (frame[VIZ_FRAME_AT_VERSION] != VIZ_FRAME_VERSION ||
        type > VIZ_FRAME_DESCRIPTION)
        return &counts->bad_version;
    if (length > VIZ_MAX_PACKET)
        return &counts->oversized;
    uint32_t least =
        type == VIZ_FRAME_DATA ? VIZ_FRAME_DATA_LEAST : VIZ_FRAME_DESCRIPTION_HEADER;
    if (header < least || length < header)
        return &counts->bad_length;
    *need = least;
    if (size < least)
        return NULL;
    struct data data;
    if (type == VIZ_FRAME_DATA && !read_data(frame, &data))
        return &counts->bad_length;
    *need = length;
    return NULL;
}

/* The frame of @size bytes; false: it is not as long as it says after all. */
static VIZ_ON(source) bool take_frame(struct viz_decoder *decoder,
                                      const struct viz_arrival *arrival,
                                      const uint8_t *frame, size_t size)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    struct description how;
    struct data data;
    if (frame[VIZ_FRAME_AT_TYPE] == VIZ_FRAME_DESCRIPTION) {
        if (!read_description(frame, size, &how))
            return false;
        take_description(decoder, &how);
        return true;
    }
    read_data(frame, &data);
    data.run = viz_frame_u16(frame + VIZ_FRAME_AT_HEADER) < VIZ_FRAME_DATA_HEADER
                   ? 0
                   : viz_frame_u32(frame + VIZ_FRAME_AT_RUN);
    if (!data.rows || !data.channels || !times_in_range(&data))
        viz_count(&counts->bad_value, 1);
    else if (data.channels > VIZ_MAX_CHANNELS)
        viz_count(&counts->no_room, data.rows);
    else
        take_data(decoder, arrival, &data);
    return true;
}

/* Bytes from the front that cannot begin a frame. */
static size_t garbage_before_magic(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const uint8_t *found = memchr(bytes + at, VIZ_FRAME_MAGIC[0], size - at);
        if (!found)
            return size;
        at = (size_t)(found - bytes);
        size_t rest = size - at < MAGIC_SIZE ? size - at : MAGIC_SIZE;
        if (memcmp(found, VIZ_FRAME_MAGIC, rest) == 0)
            return at;
        at++;
    }
    return size;
}

/* Take one frame or one run of garbage from the front of @bytes. Returns its size, or 0
 * when more bytes are needed: *need in all. What is done depends on the bytes alone,
 * not on how many follow them. */
static VIZ_ON(source) size_t
    take_next(struct viz_decoder *decoder, const struct viz_arrival *arrival,
              const uint8_t *bytes, size_t size, size_t *need)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    size_t garbage = garbage_before_magic(bytes, size);
    if (garbage) {
        if (!decoder->garbage)
            viz_count(&counts->bad_magic, 1);
        decoder->garbage = true;
        return garbage;
    }
    struct viz_counter *blame = check_header(counts, bytes, size, need);
    if (!blame && size < *need)
        return 0;
    if (!blame && !take_frame(decoder, arrival, bytes, *need))
        blame = &counts->bad_length;
    if (blame) {
        /* What it calls its length cannot be believed: look for the next magic. */
        viz_count(blame, 1);
        decoder->garbage = true;
        return MAGIC_SIZE;
    }
    decoder->garbage = false;
    return *need;
}

/* Frames that lie whole in @bytes; returns how many bytes were used. What is left needs
 * *need bytes in all to go on. */
static VIZ_ON(source) size_t
    take_all(struct viz_decoder *decoder, const struct viz_arrival *arrival,
             const uint8_t *bytes, size_t size, size_t *need)
{
    size_t used = 0;
    while (used < size) {
        size_t taken = take_next(decoder, arrival, bytes + used, size - used, need);
        if (!taken)
            break;
        used += taken;
    }
    return used;
}

/* Complete the frame that is held; returns how many of @bytes that took. */
static VIZ_ON(source) size_t
    take_held(struct viz_decoder *decoder, const struct viz_arrival *arrival,
              const uint8_t *bytes, size_t size)
{
    size_t used = 0, need = 0;
    while (decoder->held) {
        size_t taken = take_all(decoder, arrival, decoder->store, decoder->held, &need);
        decoder->held -= taken;
        memmove(decoder->store, decoder->store + taken, decoder->held);
        if (!decoder->held || used == size)
            break;
        size_t more = need - decoder->held;
        more = more < size - used ? more : size - used;
        memcpy(decoder->store + decoder->held, bytes + used, more);
        decoder->held += more;
        used += more;
    }
    return used;
}

/* No more bytes will come: what is left is an unfinished frame, counted in @blame, or its
 * length is wrong and there are others inside of it. */
static VIZ_ON(source) void take_rest(struct viz_decoder *decoder,
                                     const struct viz_arrival *arrival,
                                     const uint8_t *bytes, size_t size,
                                     struct viz_counter *blame)
{
    size_t need;
    while (size >= MAGIC_SIZE) {
        viz_count(blame, 1);
        decoder->garbage = true;
        size_t used = MAGIC_SIZE + take_all(decoder, arrival, bytes + MAGIC_SIZE,
                                            size - MAGIC_SIZE, &need);
        bytes += used;
        size -= used;
    }
    if (size && !decoder->garbage)
        viz_count(blame, 1);
    decoder->garbage = false;
}

static void decode(struct viz_decoder *decoder, const struct viz_arrival *arrival,
                   const uint8_t *bytes, size_t size, bool datagram)
{
    viz_role_assume_source();
    struct viz_wire_counts *counts = counts_of(decoder);
    viz_count(&counts->packets, 1);
    viz_count(&counts->bytes, size);
    size_t used = datagram ? 0 : take_held(decoder, arrival, bytes, size);
    size_t need;
    used += take_all(decoder, arrival, bytes + used, size - used, &need);
    if (datagram) {
        take_rest(decoder, arrival, bytes + used, size - used, &counts->bad_length);
    } else if (used < size) {
        decoder->held = size - used;
        memcpy(decoder->store, bytes + used, decoder->held);
    }
    viz_outlet_commit(&decoder->outlet);
}

static void finish(struct viz_decoder *decoder, const struct viz_arrival *arrival)
{
    viz_role_assume_source();
    take_rest(decoder, arrival, decoder->store, decoder->held,
              &counts_of(decoder)->truncated);
    decoder->held = 0;
    viz_outlet_commit(&decoder->outlet);
}

static struct viz_decoder *create(struct viz_intake *intake)
{
    struct viz_decoder *decoder = viz_zalloc(sizeof(*decoder));
    decoder->outlet.intake = intake;
    decoder->outlet.format = "viz";
    return decoder;
}

static void destroy(struct viz_decoder *decoder)
{
    if (!decoder)
        return;
    for (uint32_t i = 0; i < VIZ_MAX_STREAMS; i++)
        free(decoder->sequence[i]);
    free(decoder);
}

static int probe(const uint8_t *bytes, size_t size)
{
    size_t garbage = garbage_before_magic(bytes, size);
    if (size - garbage < VIZ_FRAME_AT_TYPE ||
        bytes[garbage + VIZ_FRAME_AT_VERSION] != VIZ_FRAME_VERSION)
        return size - garbage >= MAGIC_SIZE ? 40 : 0;
    return garbage ? 90 : 100;
}

extern const struct viz_encode viz_encode_viz;
extern const struct viz_wire viz_wire_viz;
const struct viz_wire viz_wire_viz = {
    .name = "viz",
    .help = "viz's own binary frames, with row numbers (docs/wire.md)",
    .announce = "viz frames",
    .binary = true,
    .probe = probe,
    .create = create,
    .destroy = destroy,
    .decode = decode,
    .finish = finish,
    .encode = &viz_encode_viz,
};
