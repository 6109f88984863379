/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for every wire format of the table. */
#include "wire_rig.h"

#include <criterion/criterion.h>
#include <math.h>

/* Every format that viz send writes. */
#define FOR_EACH_WRITTEN(wire)                                                         \
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++)                \
        if ((*wire)->encode)

#define ROWS 40
#define CHANNELS 8 /* of all streams */
#define ROOM 65536

struct sent {
    uint8_t bytes[ROOM];
    size_t size;
    float value[ROWS][CHANNELS];
    int64_t time_ns[ROWS];
};

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

static float any_value(uint32_t row, uint32_t channel)
{
    uint32_t state = row * 1000 + channel + 1;
    for (int i = 0; i < 5; i++)
        next_random(&state);
    if (row == 5)
        return channel % 2 ? viz_missing_value() : NAN;
    if (row == 6)
        return channel % 2 ? INFINITY : -0.0f;
    float value;
    memcpy(&value, &state, sizeof(value));
    return isnan(value) ? 1 : value;
}

static size_t encode_rows(const struct viz_encode *encode, struct sent *sent,
                          uint32_t first, uint32_t rows)
{
    size_t size = 0;
    uint32_t each = encode->channels_per_stream, channel = 0;
    for (uint32_t stream = 0; channel < CHANNELS; stream++, channel += each) {
        uint32_t channels = CHANNELS - channel < each ? CHANNELS - channel : each;
        float value[ROWS * CHANNELS];
        for (uint32_t i = 0; i < rows; i++)
            memcpy(value + i * channels, &sent->value[first + i][channel],
                   channels * sizeof(float));
        const struct viz_encode_rows what = {
            .stream = stream,
            .first_row = first,
            .rows = rows,
            .channels = channels,
            .time_ns = sent->time_ns + first,
            .value = value,
        };
        size_t some = encode->rows(&what, sent->bytes + sent->size + size,
                                   ROOM - sent->size - size);
        cr_assert_neq(some, 0);
        size += some;
    }
    return size;
}

/* Description and all rows, in packets of @most rows. */
static void send_all(const struct viz_wire *wire, struct sent *sent, uint32_t most)
{
    const struct viz_encode *encode = wire->encode;
    uint32_t streams =
        (CHANNELS + encode->channels_per_stream - 1) / encode->channels_per_stream;
    uint32_t full = encode->rows_per_packet(CHANNELS / streams);
    cr_assert_gt(full, 0);
    most = most < full ? most : full;
    sent->size = encode->begin(streams, CHANNELS, 250, sent->bytes, ROOM);
    for (uint32_t i = 0; i < ROWS; i++) {
        sent->time_ns[i] = 5000000000 + (int64_t)i * 1000003 + i % 2;
        for (uint32_t k = 0; k < CHANNELS; k++)
            sent->value[i][k] = any_value(i, k);
    }
    for (uint32_t i = 0; i < ROWS; i += most)
        sent->size += encode_rows(encode, sent, i, ROWS - i < most ? ROWS - i : most);
}

static void feed(struct wire_rig *rig, const uint8_t *bytes, size_t size, size_t piece)
{
    for (size_t at = 0; at < size; at += piece)
        wire_rig_take(rig, bytes + at, size - at < piece ? size - at : piece, false);
    wire_rig_end(rig);
}

static bool same_value(float got, float want)
{
    if (isnan(want) && !viz_missing(want))
        return isnan(got) && !viz_missing(got);
    return memcmp(&got, &want, sizeof(got)) == 0;
}

/* Every value of stream @index from @channel on, to the bit, at the right time. */
static void check_stream(struct wire_rig *rig, const struct sent *sent, uint32_t index,
                         uint32_t channel)
{
    struct viz_stream *stream = viz_streams_at(&rig->streams, index);
    struct viz_block *block;
    uint32_t row = 0;
    int64_t base_ns = 0;
    viz_role_assume_source();
    viz_stream_flush(stream);
    while ((block = viz_feed_drain(stream->feed))) {
        for (uint32_t i = 0; i < block->rows; i++, row++) {
            base_ns = row ? base_ns : block->row[i].time_ns;
            cr_assert_eq(block->row[i].time_ns - base_ns,
                         sent->time_ns[row] - sent->time_ns[0]);
            for (uint32_t k = 0; k < block->channels; k++)
                cr_assert(same_value(block->value[k * block->capacity + i],
                                     sent->value[row][channel + k]),
                          "%s: row %u channel %u", rig->wire->name, row, channel + k);
        }
        viz_feed_return(stream->feed, block);
    }
    cr_assert_eq(row, ROWS);
}

static void check_round_trip(const struct viz_wire *wire, uint32_t most, size_t piece)
{
    static struct sent sent;
    struct wire_rig rig;
    wire_rig_init(&rig, wire->name);
    send_all(wire, &sent, most);
    feed(&rig, sent.bytes, sent.size, piece);
    uint32_t channel = 0;
    for (uint32_t i = 0; i < viz_streams_count(&rig.streams); i++) {
        check_stream(&rig, &sent, i, channel);
        channel += viz_streams_at(&rig.streams, i)->channels;
    }
    cr_expect_eq(channel, CHANNELS);
    cr_expect_eq(viz_wire_lost(&rig.counts), 0);
    cr_expect_eq(viz_counted(&rig.counts.bytes), sent.size);
    wire_rig_finish(&rig);
}

Test(wire, what_is_encoded_is_decoded)
{
    FOR_EACH_WRITTEN(wire)
    {
        check_round_trip(*wire, 1, ROOM);
        check_round_trip(*wire, 7, 1);
        check_round_trip(*wire, ROWS, 13);
        check_round_trip(*wire, ROWS, 1500);
    }
}

static char *result_of(const struct viz_wire *wire, const uint8_t *bytes, size_t size,
                       size_t piece)
{
    struct wire_rig rig;
    wire_rig_init(&rig, wire->name);
    feed(&rig, bytes, size, piece);
    char *rows = wire_rig_rows(&rig), *counts = wire_rig_counts(&rig), *all;
    cr_assert_geq(asprintf(&all, "%s%s", rows, counts), 0);
    free(rows);
    free(counts);
    wire_rig_finish(&rig);
    return all;
}

Test(wire, a_split_anywhere_changes_nothing)
{
    static struct sent sent;
    FOR_EACH_WRITTEN(wire)
    {
        send_all(*wire, &sent, 3);
        size_t size = sent.size < 1500 ? sent.size : 1500;
        char *whole = result_of(*wire, sent.bytes, size, size);
        for (size_t piece = 1; piece < size; piece += piece < 100 ? 1 : 97) {
            char *split = result_of(*wire, sent.bytes, size, piece);
            cr_assert_str_eq(split, whole, "%s in pieces of %zu", (*wire)->name, piece);
            free(split);
        }
        free(whole);
    }
}

/* Cut at any byte: nothing is invented, and rows before the cut are there. */
Test(wire, cut_off_anywhere)
{
    static struct sent sent;
    FOR_EACH_WRITTEN(wire)
    {
        send_all(*wire, &sent, 1);
        uint64_t before = 0;
        for (size_t size = 0; size <= 1200; size++) {
            struct wire_rig rig;
            wire_rig_init(&rig, (*wire)->name);
            feed(&rig, sent.bytes, size, ROOM);
            uint64_t lines = viz_counted(&rig.counts.lines);
            cr_assert_geq(lines + 1, before, "%s at %zu", (*wire)->name, size);
            cr_assert_leq(viz_wire_lost(&rig.counts), 1);
            before = lines;
            wire_rig_finish(&rig);
        }
        cr_expect_gt(before, 3);
    }
}

/* Samples that came out, drawn or named. */
static uint64_t accounted(struct wire_rig *rig)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < viz_streams_count(&rig->streams); i++) {
        const struct viz_stream_counts *counts =
            &viz_streams_at(&rig->streams, i)->counts;
        samples += viz_counted(&counts->received) + viz_counted(&counts->late) +
                   viz_counted(&counts->duplicate);
    }
    return samples;
}

static uint64_t samples_of(const struct viz_wire *wire, const uint8_t *bytes,
                           size_t size, bool datagram)
{
    struct wire_rig rig;
    wire_rig_init(&rig, wire->name);
    wire_rig_take(&rig, bytes, size, datagram);
    wire_rig_end(&rig);
    uint64_t samples = accounted(&rig);
    wire_rig_finish(&rig);
    return samples;
}

/* One bit wrong: two lines or frames may be lost (it may be a newline), no more. */
Test(wire, any_bit_flipped)
{
    static struct sent sent;
    FOR_EACH_WRITTEN(wire)
    {
        send_all(*wire, &sent, 1);
        size_t size = sent.size < 1000 ? sent.size : 1000;
        uint64_t all = samples_of(*wire, sent.bytes, size, false);
        for (size_t bit = 0; bit < size * 8; bit++) {
            sent.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            uint64_t samples = samples_of(*wire, sent.bytes, size, bit % 2);
            sent.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            cr_assert_geq(samples + 2 * CHANNELS, all, "%s, bit %zu: %llu of %llu",
                          (*wire)->name, bit, (unsigned long long)samples,
                          (unsigned long long)all);
        }
    }
}

Test(wire, garbage_is_counted_and_forgotten)
{
    static struct sent sent;
    FOR_EACH_WRITTEN(wire)
    {
        struct wire_rig rig;
        uint8_t garbage[10000];
        uint32_t state = 7;
        for (size_t i = 0; i < sizeof(garbage); i++)
            garbage[i] = (uint8_t)next_random(&state);
        garbage[sizeof(garbage) - 1] = '\n';
        send_all(*wire, &sent, 1);
        wire_rig_init(&rig, (*wire)->name);
        wire_rig_take(&rig, garbage, sizeof(garbage), false);
        uint64_t counted =
            viz_wire_lost(&rig.counts) + viz_counted(&rig.counts.chatter);
        cr_expect_gt(counted, 0, "%s", (*wire)->name);
        cr_expect_eq(viz_streams_count(&rig.streams), 0, "%s", (*wire)->name);
        wire_rig_take(&rig, sent.bytes, sent.size, false);
        wire_rig_end(&rig);
        cr_expect_geq(viz_counted(&rig.counts.lines), ROWS, "%s", (*wire)->name);
        wire_rig_finish(&rig);
    }
}

Test(wire, too_long_is_dropped_whole)
{
    static char text[3 * VIZ_MAX_LINE];
    static struct sent sent;
    memset(text, '1', sizeof(text));
    text[sizeof(text) - 1] = '\n';
    FOR_EACH_WRITTEN(wire)
    {
        struct wire_rig rig;
        if (!strcmp((*wire)->name, "viz"))
            continue; /* has no lines; its frames are in test_wire_viz */
        send_all(*wire, &sent, 1);
        wire_rig_init(&rig, (*wire)->name);
        for (size_t at = 0; at < sizeof(text); at += 1024)
            wire_rig_take(&rig, text + at, 1024, false);
        wire_rig_take(&rig, sent.bytes, sent.size, false);
        cr_expect_eq(viz_counted(&rig.counts.oversized), 1);
        cr_expect_eq(viz_wire_lost(&rig.counts), 1);
        cr_expect_geq(viz_counted(&rig.counts.lines), ROWS);
        wire_rig_finish(&rig);
    }
}

Test(wire, an_encoder_says_when_the_room_is_too_small)
{
    static struct sent sent;
    FOR_EACH_WRITTEN(wire)
    {
        const struct viz_encode *encode = (*wire)->encode;
        const float value[2] = {1.5f, -2.25f};
        const int64_t time_ns = 1;
        const struct viz_encode_rows rows = {
            .rows = 1, .channels = 2, .time_ns = &time_ns, .value = value};
        size_t size = encode->rows(&rows, sent.bytes, ROOM);
        size_t first = encode->begin(1, 2, 100, sent.bytes, ROOM);
        cr_assert(size && first);
        for (size_t room = 0; room < size; room++) {
            uint8_t *small = malloc(room ? room : 1);
            cr_expect_eq(encode->rows(&rows, small, room), 0);
            if (room < first)
                cr_expect_eq(encode->begin(1, 2, 100, small, room), 0);
            free(small);
        }
    }
}

Test(wire, a_full_packet_has_room_for_the_longest_values)
{
    static uint8_t out[VIZ_MAX_PACKET];
    FOR_EACH_WRITTEN(wire)
    {
        const struct viz_encode *encode = (*wire)->encode;
        for (uint32_t channels = 1; channels <= encode->channels_per_stream;
             channels++) {
            uint32_t count = encode->rows_per_packet(channels);
            float *value = malloc(sizeof(float) * count * channels);
            int64_t *time_ns = malloc(sizeof(int64_t) * count);
            for (uint32_t i = 0; i < count * channels; i++)
                value[i] = -1.17549435e-38f;
            for (uint32_t i = 0; i < count; i++)
                time_ns[i] = -VIZ_MAX_PACKET - 3999999999999900000 + i * i;
            const struct viz_encode_rows rows = {.stream = 63,
                                                 .rows = count,
                                                 .channels = channels,
                                                 .time_ns = time_ns,
                                                 .value = value};
            cr_expect_neq(encode->rows(&rows, out, sizeof(out)), 0);
            free(value);
            free(time_ns);
        }
    }
}

Test(wire, find)
{
    cr_expect_str_eq(viz_wire_find("mpu")->name, "mpu");
    cr_expect_null(viz_wire_find("mp"));
    cr_expect_null(viz_wire_find(""));
}

Test(wire, probing)
{
    static const struct {
        const char *text, *now, *final;
    } cases[] = {
        {"", NULL, NULL},
        {"[INFO] Sensor 1: bus 1, address 0x68\n", NULL, NULL},
        {"[INFO] Sensor 1: bus 1\n[INFO] Sensor 2: bus 1\n"
         "{\"meta\": \"mpu6050_stream_config\", \"sensor_ids\": [1]}\n",
         "mpu", "mpu"},
        {"{\"timestamp_ns\":1,\"t_s\":0.1,\"sensor_id\":1,\"ax\":1}", "mpu", "mpu"},
        {"{\"timestamp_ns\":1,\"t_s\"", NULL, "mpu"},
        {"timestamp_ns,t_s,sensor_id,ax\n", NULL, "csv"},
        {"timestamp_ns,t_s,sensor_id,ax\n1,2,3,4\n", "csv", "csv"},
        {"1700000000000000000,1,2,3,4,5,6\n", "csv", "csv"},
        {"1,2,3", NULL, "csv"},
        {"123", NULL, "csv"},
        {"512\n513\n", "csv", "csv"},
        {"Booting\n512\n", "csv", "csv"},
        {"Temp:21.5,Hum:40\n", "csv", "csv"},
        {"Temp: 21.5 Hum: 40\r\n", "csv", "csv"},
        {"# made by hand\n1;2\n", "csv", "csv"},
        {"Hello, world\n", NULL, NULL},
        {"a,b\n1,2\n", "csv", "csv"},
        {"Hello world\n", NULL, NULL},
        {"VIZ", NULL, NULL},
        {"VIZ1", NULL, "viz"},
        {"VIZ1\1", "viz", "viz"},
        {"\x10\x80 no text VIZ1\1", "viz", "viz"},
        {"\x10\x80\x01\x02\n1,2\n", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size = strlen(cases[i].text);
        uint8_t *copy = malloc(size ? size : 1);
        memcpy(copy, cases[i].text, size);
        for (int final = 0; final < 2; final++) {
            const struct viz_wire *wire = viz_wire_probe(copy, size, final);
            const char *got = wire ? wire->name : "none";
            const char *want = final ? cases[i].final : cases[i].now;
            cr_expect_str_eq(got, want ? want : "none", "\"%s\" (%d): %s",
                             cases[i].text, final, got);
        }
        free(copy);
    }
}

/* While a stream comes in byte by byte, no wrong format is ever decided for. */
Test(wire, probing_what_the_encoders_write)
{
    static struct sent sent;
    FOR_EACH_WRITTEN(wire)
    {
        send_all(*wire, &sent, 1);
        for (size_t size = 0; size < 2000; size++) {
            const struct viz_wire *found = viz_wire_probe(sent.bytes, size, false);
            cr_assert(!found || found == *wire, "%s at %zu", (*wire)->name, size);
        }
        cr_expect_eq(viz_wire_probe(sent.bytes, 2000, false), *wire);
    }
}
