/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_rig.h"

#include <criterion/criterion.h>
#include <math.h>

#define HEADER 40 /* without a run */

/* A data frame written by hand, byte by byte as docs/wire.md has it. */
struct frame {
    uint32_t stream, sequence;
    uint32_t run; /* 0: the header ends before it */
    uint16_t rows, channels;
    int64_t time_ns;
    uint64_t period_ns;
    float value; /* of the first sample; the next ones count up */
};

static void put(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

static size_t write_frame(const struct frame *frame, uint8_t *out)
{
    uint32_t samples = (uint32_t)frame->rows * frame->channels;
    uint32_t header = HEADER + (frame->run ? 4 : 0);
    memcpy(out, "VIZ1", 4);
    put(out + 4, 1, 1);
    put(out + 5, 0, 1);
    put(out + 6, header, 2);
    put(out + 8, header + samples * 4, 4);
    put(out + 12, frame->stream, 4);
    put(out + 16, frame->sequence, 4);
    put(out + 20, frame->rows, 2);
    put(out + 22, frame->channels, 2);
    put(out + 24, (uint64_t)frame->time_ns, 8);
    put(out + 32, frame->period_ns, 8);
    if (frame->run)
        put(out + HEADER, frame->run, 4);
    for (uint32_t i = 0; i < samples; i++) {
        float value = frame->value + (float)i;
        uint32_t bits;
        memcpy(&bits, &value, sizeof(bits));
        put(out + header + i * 4, bits, 4);
    }
    return header + samples * 4;
}

static void send(struct wire_rig *rig, uint32_t sequence, uint16_t rows, float value)
{
    uint8_t bytes[4096];
    struct frame frame = {.stream = 1,
                          .sequence = sequence,
                          .rows = rows,
                          .channels = 2,
                          .time_ns = (int64_t)sequence * 1000,
                          .period_ns = 1000,
                          .value = value};
    wire_rig_take(rig, bytes, write_frame(&frame, bytes), true);
}

static void check(struct wire_rig *rig, const char *rows, const char *counts)
{
    char *got = wire_rig_rows(rig), *counted = wire_rig_counts(rig);
    cr_expect_str_eq(got, rows, "rows: %s", got);
    cr_expect_str_eq(counted, counts, "counts: %s", counted);
    free(got);
    free(counted);
}

/* What becomes of a good first frame with @size bytes of @patch at @at. */
static void check_patch(size_t at, uint64_t patch, int size, const char *counts)
{
    struct wire_rig rig;
    uint8_t bytes[4096];
    struct frame frame = {.rows = 2, .channels = 3, .period_ns = 5};
    wire_rig_init(&rig, "viz");
    size_t length = write_frame(&frame, bytes);
    put(bytes + at, patch, size);
    wire_rig_take(&rig, bytes, length, true);
    check(&rig, "", counts);
    wire_rig_finish(&rig);
}

Test(wire_viz, a_frame_as_documented)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    send(&rig, 0, 3, 1);
    check(&rig, "stream 1: ch1 ch2\n0 1 2\n1000 3 4\n2000 5 6\n", "lines=1");
    wire_rig_finish(&rig);
}

Test(wire_viz, several_frames_in_a_datagram)
{
    struct wire_rig rig;
    uint8_t bytes[4096];
    size_t size = 0;
    wire_rig_init(&rig, "viz");
    for (uint32_t i = 0; i < 3; i++) {
        struct frame frame = {.stream = i % 2,
                              .sequence = i / 2,
                              .rows = 1,
                              .channels = 1,
                              .time_ns = i,
                              .period_ns = 1,
                              .value = (float)i};
        size += write_frame(&frame, bytes + size);
    }
    wire_rig_take(&rig, bytes, size, true);
    check(&rig, "stream 0: ch1\n0 0\n2 2\nstream 1: ch1\n1 1\n", "lines=3");
    wire_rig_finish(&rig);
}

Test(wire_viz, losses_are_exact)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    send(&rig, 0xfffffffe, 1, 1);
    send(&rig, 4, 1, 2); /* 5 rows of 2 channels are missing, over the wrap */
    struct viz_stream *stream = viz_streams_at(&rig.streams, 0);
    cr_expect_eq(viz_counted(&stream->counts.missing), 10);
    cr_expect_eq(viz_counted(&stream->counts.gaps), 1);
    wire_rig_finish(&rig);
}

Test(wire_viz, late_rows_are_not_missing_any_more)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    send(&rig, 10, 1, 1);
    send(&rig, 13, 1, 2);
    send(&rig, 11, 1, 3);
    send(&rig, 11, 1, 3);
    send(&rig, 9, 1, 4);
    struct viz_stream *stream = viz_streams_at(&rig.streams, 0);
    cr_expect_eq(viz_counted(&stream->counts.missing), 2, "row 12 never came");
    cr_expect_eq(viz_counted(&stream->counts.late), 4, "rows 11 and 9");
    cr_expect_eq(viz_counted(&stream->counts.duplicate), 2);
    check(&rig, "stream 1: ch1 ch2\n0 1 2\n| 3000 2 3\n", "lines=5");
    wire_rig_finish(&rig);
}

Test(wire_viz, a_restart_is_a_gap_and_no_loss)
{
    struct wire_rig rig;
    uint8_t bytes[4096];
    struct frame frame = {
        .stream = 1, .rows = 1, .channels = 2, .time_ns = 900000, .period_ns = 1};
    wire_rig_init(&rig, "viz");
    send(&rig, 800, 1, 1);
    wire_rig_take(&rig, bytes, write_frame(&frame, bytes), true);
    struct viz_stream *stream = viz_streams_at(&rig.streams, 0);
    cr_expect_eq(viz_counted(&stream->counts.missing), 0);
    cr_expect_eq(viz_counted(&stream->counts.gaps), 1);
    cr_expect_eq(viz_counted(&stream->counts.received), 4);
    wire_rig_finish(&rig);
}

/* Row @row of @run, sent on time and without delay. */
static void send_run(struct wire_rig *rig, uint32_t stream, uint32_t run, uint32_t row)
{
    uint8_t bytes[256];
    struct frame frame = {.stream = stream,
                          .run = run,
                          .sequence = row,
                          .rows = 1,
                          .channels = 1,
                          .time_ns = (int64_t)row * 1000000,
                          .period_ns = 1,
                          .value = (float)(run * 100 + row)};
    rig->now_ns += 1000000;
    wire_rig_take(rig, bytes, write_frame(&frame, bytes), true);
}

/* All within a second, with the same numbers and times: another run all the same, for
 * every stream of the sender. */
Test(wire_viz, another_run_is_a_restart_at_once)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    for (uint32_t row = 0; row < 3; row++)
        for (uint32_t stream = 0; stream < 2; stream++)
            send_run(&rig, stream, 1, row);
    for (uint32_t row = 0; row < 2; row++)
        for (uint32_t stream = 0; stream < 2; stream++)
            send_run(&rig, stream, 2, row);
    for (uint32_t i = 0; i < 2; i++) {
        const struct viz_stream_counts *counts =
            &viz_streams_at(&rig.streams, i)->counts;
        cr_expect_eq(viz_counted(&counts->duplicate) + viz_counted(&counts->late), 0);
        cr_expect_eq(viz_counted(&counts->missing), 0);
        cr_expect_eq(viz_counted(&counts->gaps), 1);
    }
    check(
        &rig,
        "stream 0: ch1\n0 100\n1000000 101\n2000000 102\n| 6000000 200\n7000000 201\n"
        "stream 1: ch1\n0 100\n1000000 101\n2000000 102\n| 6000000 200\n7000000 201\n",
        "lines=10");
    wire_rig_finish(&rig);
}

/* A packet of the first run is overtaken by the second. */
Test(wire_viz, rows_of_the_last_run_are_late)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    send_run(&rig, 0, 1, 0);
    send_run(&rig, 0, 1, 2);
    send_run(&rig, 0, 2, 0);
    send_run(&rig, 0, 1, 1);
    send_run(&rig, 0, 2, 1);
    const struct viz_stream_counts *counts = &viz_streams_at(&rig.streams, 0)->counts;
    cr_expect_eq(viz_counted(&counts->late), 1);
    cr_expect_eq(viz_counted(&counts->received), 4);
    cr_expect_eq(viz_counted(&counts->gaps), 2);
    wire_rig_finish(&rig);
}

Test(wire_viz, missing_values_and_nan)
{
    struct wire_rig rig;
    uint8_t bytes[256];
    struct frame frame = {.rows = 3, .channels = 2, .period_ns = 10, .value = 1};
    wire_rig_init(&rig, "viz");
    size_t size = write_frame(&frame, bytes);
    put(bytes + HEADER, VIZ_MISSING_BITS, 4);
    put(bytes + HEADER + 4, 0x7fc00000, 4);
    put(bytes + HEADER + 8, VIZ_MISSING_BITS, 4);
    put(bytes + HEADER + 12, VIZ_MISSING_BITS, 4);
    wire_rig_take(&rig, bytes, size, true);
    check(&rig, "stream 0: ch1 ch2\n0 - nan\n| 20 5 6\n", "lines=1");
    wire_rig_finish(&rig);
}

Test(wire_viz, times_of_their_own)
{
    struct wire_rig rig;
    const struct viz_encode_rows rows = {
        .rows = 3,
        .channels = 1,
        .time_ns = (const int64_t[]){5, 7, 1000},
        .value = (const float[]){1, 2, 3},
    };
    uint8_t bytes[256];
    wire_rig_init(&rig, "viz");
    size_t size = rig.wire->encode->rows(&rows, bytes, sizeof(bytes));
    cr_expect_eq(size, HEADER + 4 + 3 * 8 + 3 * 4);
    wire_rig_take(&rig, bytes, size, true);
    check(&rig, "stream 0: ch1\n0 1\n2 2\n995 3\n", "lines=1");
    wire_rig_finish(&rig);
}

Test(wire_viz, what_can_be_wrong_with_a_header)
{
    check_patch(0, 'W', 1, "bad_magic=1");
    check_patch(4, 2, 1, "bad_version=1");
    check_patch(5, 9, 1, "bad_version=1");
    check_patch(6, 39, 2, "bad_length=1");
    check_patch(6, 41, 2, "bad_length=1");
    check_patch(8, HEADER + 23, 4, "bad_length=1");
    check_patch(8, HEADER + 25, 4, "bad_length=1");
    check_patch(8, 0, 4, "bad_length=1");
    check_patch(8, 65536, 4, "oversized=1");
    check_patch(8, 0xffffffff, 4, "oversized=1");
    check_patch(20, 0, 2, "bad_length=1");
    check_patch(22, 65535, 2, "bad_length=1");
    check_patch(24, 0x7fffffffffffffff, 8, "bad_value=1");
    check_patch(24, 0x8000000000000000, 8, "bad_value=1");
    check_patch(32, 0xffffffffffffffff, 8, "bad_value=1");
    check_patch(32, 0, 8, "bad_length=1");
}

Test(wire_viz, a_longer_header_is_stepped_over)
{
    struct wire_rig rig;
    uint8_t bytes[256];
    struct frame frame = {.rows = 1, .channels = 1, .period_ns = 1, .value = 7};
    wire_rig_init(&rig, "viz");
    size_t size = write_frame(&frame, bytes);
    memmove(bytes + HEADER + 8, bytes + HEADER, 4);
    put(bytes + 6, HEADER + 8, 2);
    put(bytes + 8, size + 8, 4);
    wire_rig_take(&rig, bytes, size + 8, true);
    check(&rig, "stream 0: ch1\n0 7\n", "lines=1");
    wire_rig_finish(&rig);
}

/* No rows, no channels, and one channel too many, with lengths that fit. */
static void check_shape(uint16_t rows, uint16_t channels, const char *counts)
{
    struct wire_rig rig;
    uint8_t bytes[4096];
    struct frame frame = {.rows = rows, .channels = channels, .period_ns = 1};
    wire_rig_init(&rig, "viz");
    wire_rig_take(&rig, bytes, write_frame(&frame, bytes), true);
    char *counted = wire_rig_counts(&rig);
    cr_expect_str_eq(counted, counts, "%u x %u: %s", rows, channels, counted);
    free(counted);
    wire_rig_finish(&rig);
}

Test(wire_viz, shapes)
{
    check_shape(0, 3, "bad_value=1");
    check_shape(3, 0, "bad_value=1");
    check_shape(0, 0, "bad_value=1");
    check_shape(2, VIZ_MAX_CHANNELS, "lines=1");
    check_shape(2, VIZ_MAX_CHANNELS + 1, "no_room=2");
}

Test(wire_viz, more_channels_than_at_first)
{
    struct wire_rig rig;
    uint8_t bytes[256];
    struct frame frame = {
        .stream = 1, .sequence = 1, .rows = 1, .channels = 3, .period_ns = 1};
    wire_rig_init(&rig, "viz");
    send(&rig, 0, 1, 1);
    wire_rig_take(&rig, bytes, write_frame(&frame, bytes), true);
    check(&rig, "stream 1: ch1 ch2\n0 1 2\n", "lines=1 no_room=1");
    wire_rig_finish(&rig);
}

Test(wire_viz, descriptions_name_and_rate)
{
    static const uint8_t bytes[] = "VIZ1\1\1\34\0\55\0\0\0\1\0\0\0"
                                   "\0\0\0\0\0\100\177\100\2\0\0\0" /* 500 */
                                   "\3imu\2ax\5m/s\xc2\xb2\2ay\0";
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    wire_rig_take(&rig, bytes, sizeof(bytes) - 1, true);
    send(&rig, 0, 1, 1);
    check(&rig, "imu: ax/m/s² ay\n0 1 2\n", "lines=2");
    cr_expect_float_eq(viz_streams_at(&rig.streams, 0)->requested_hz, 500, 0);
    wire_rig_finish(&rig);
}

Test(wire_viz, a_description_after_data_sets_rate_and_names)
{
    struct wire_rig rig;
    uint8_t bytes[256];
    wire_rig_init(&rig, "viz");
    send(&rig, 0, 1, 1);
    size_t size = rig.wire->encode->begin(1, 2, 1234.5, bytes, sizeof(bytes));
    put(bytes + 12, 1, 4); /* of the stream that is there */
    wire_rig_take(&rig, bytes, size, true);
    cr_expect_float_eq(viz_streams_at(&rig.streams, 0)->requested_hz, 1234.5, 0);
    cr_expect_str_eq(viz_streams_at(&rig.streams, 0)->name, "S1");
    check(&rig, "S1: ch1 ch2\n0 1 2\n", "lines=2");
    wire_rig_finish(&rig);
}

/* As long as names get: what tells the senders apart is not cut off. */
Test(wire_viz, names_of_a_further_sender)
{
    static const char bytes[] =
        "VIZ1\1\1\x1c\0\x50\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0"
        "\x31"
        "0123456789012345678901234567890123456789\xc3\xa9xxxxxxx"
        "\0\0";
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    rig.intake.number = 12;
    send(&rig, 0, 1, 1);
    cr_expect_str_eq(viz_streams_at(&rig.streams, 0)->name, "stream 1 #12");
    wire_rig_take(&rig, bytes, sizeof(bytes) - 1, true);
    cr_expect_str_eq(viz_streams_at(&rig.streams, 0)->name,
                     "0123456789012345678901234567890123456789\xc3\xa9x #12");
    wire_rig_finish(&rig);
}

Test(wire_viz, descriptions_of_more_than_one_stream)
{
    struct wire_rig rig;
    uint8_t bytes[8192];
    wire_rig_init(&rig, "viz");
    cr_expect_eq(rig.wire->encode->begin(2, 258, 10, bytes, 1000), 0, "no room");
    size_t size = rig.wire->encode->begin(2, 258, 10, bytes, sizeof(bytes));
    wire_rig_take(&rig, bytes, size, true);
    cr_expect_eq(viz_streams_at(&rig.streams, 0)->channels, 256);
    cr_expect_eq(viz_streams_at(&rig.streams, 1)->channels, 2);
    wire_rig_finish(&rig);
}

static void check_description(size_t at, uint64_t patch, int size, const char *counts)
{
    struct wire_rig rig;
    uint8_t bytes[256];
    wire_rig_init(&rig, "viz");
    size_t length = rig.wire->encode->begin(1, 2, 100, bytes, sizeof(bytes));
    put(bytes + at, patch, size);
    wire_rig_take(&rig, bytes, length, true);
    char *counted = wire_rig_counts(&rig);
    cr_expect_str_eq(counted, counts, "%zu: %s", at, counted);
    free(counted);
    wire_rig_finish(&rig);
}

Test(wire_viz, what_can_be_wrong_with_a_description)
{
    check_description(16, 0x7ff8000000000000, 8, "bad_value=1"); /* NaN */
    check_description(16, 0xbff0000000000000, 8, "bad_value=1"); /* -1 */
    check_description(16, 0x7ff0000000000000, 8, "bad_value=1"); /* infinity */
    check_description(24, 0, 2, "bad_length=1");
    check_description(24, 3, 2, "bad_length=1");
    check_description(28, 255, 1, "bad_length=1");
    check_description(6, 27, 2, "bad_length=1");
    check_description(16, 0, 8, "lines=1"); /* rate unknown */
}

Test(wire_viz, an_absurd_rate_asks_for_no_absurd_memory)
{
    struct wire_rig rig;
    uint8_t bytes[8192];
    wire_rig_init(&rig, "viz");
    size_t size = rig.wire->encode->begin(1, 256, VIZ_MAX_RATE, bytes, sizeof(bytes));
    wire_rig_take(&rig, bytes, size, true);
    struct viz_stream *stream = viz_streams_at(&rig.streams, 0);
    cr_expect_lt((uint64_t)viz_feed_blocks(stream->feed) * 1024 * 256 * 4, 1u << 30);
    wire_rig_finish(&rig);
}

Test(wire_viz, a_full_session_refuses_rows)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "viz");
    atomic_store(&rig.streams.claimed, VIZ_MAX_STREAMS);
    send(&rig, 0, 3, 1);
    send(&rig, 3, 3, 1);
    check(&rig, "", "no_room=6");
    wire_rig_finish(&rig);
}

Test(wire_viz, more_streams_than_there_may_be)
{
    struct wire_rig rig;
    uint8_t bytes[256];
    wire_rig_init(&rig, "viz");
    for (uint32_t i = 0; i <= VIZ_MAX_STREAMS; i++) {
        struct frame frame = {
            .stream = i * 7, .rows = 1, .channels = 1, .period_ns = 1};
        wire_rig_take(&rig, bytes, write_frame(&frame, bytes), true);
    }
    cr_expect_eq(viz_counted(&rig.counts.lines), VIZ_MAX_STREAMS);
    cr_expect_eq(viz_counted(&rig.counts.no_room), 1);
    wire_rig_finish(&rig);
}

Test(wire_viz, finds_the_next_frame_after_garbage)
{
    struct wire_rig rig;
    uint8_t bytes[20000];
    struct frame frame = {.rows = 1, .channels = 1, .period_ns = 1, .value = 7};
    for (size_t i = 0; i < 10000; i++)
        bytes[i] = (uint8_t) "VIZ0VVIV"[i % 8];
    size_t size = 10000 + write_frame(&frame, bytes + 10000);
    static const size_t pieces[] = {1, 3, 41, 10001, 20000};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        wire_rig_init(&rig, "viz");
        for (size_t at = 0; at < size; at += pieces[i])
            wire_rig_take(&rig, bytes + at,
                          size - at < pieces[i] ? size - at : pieces[i], false);
        wire_rig_end(&rig);
        check(&rig, "stream 0: ch1\n0 7\n", "lines=1 bad_magic=1");
        wire_rig_finish(&rig);
    }
}

Test(wire_viz, cut_off_at_the_end)
{
    uint8_t bytes[256];
    struct frame frame = {.rows = 2, .channels = 2, .period_ns = 1};
    size_t size = write_frame(&frame, bytes);
    for (size_t cut = 0; cut < size; cut++) {
        struct wire_rig rig;
        wire_rig_init(&rig, "viz");
        wire_rig_take(&rig, bytes, cut, false);
        wire_rig_end(&rig);
        check(&rig, "", cut ? "truncated=1" : "");
        wire_rig_finish(&rig);
        wire_rig_init(&rig, "viz");
        wire_rig_take(&rig, bytes, cut, true);
        check(&rig, "", cut ? "bad_length=1" : "");
        wire_rig_finish(&rig);
    }
}

/* The bytes of the hex dumps in docs/wire.md, in order. */
static size_t read_dumps(uint8_t *out, size_t room)
{
    FILE *file = fopen(VIZ_TEST_DIR "/../docs/wire.md", "r");
    char line[1024];
    size_t size = 0;
    cr_assert_not_null(file);
    while (fgets(line, sizeof(line), file)) {
        unsigned at, byte;
        int used, step;
        if (sscanf(line, "%4x  %n", &at, &used) != 1 || used != 6)
            continue;
        while (used < 54 && sscanf(line + used, "%2x%n", &byte, &step) == 1) {
            cr_assert_lt(size, room);
            out[size++] = (uint8_t)byte;
            used += step;
        }
    }
    fclose(file);
    return size;
}

Test(wire_viz, the_documentation_is_right)
{
    struct wire_rig rig;
    uint8_t bytes[256];
    wire_rig_init(&rig, "viz");
    wire_rig_take(&rig, bytes, read_dumps(bytes, sizeof(bytes)), false);
    check(&rig, "imu: ax/m/s² gz/°/s\n0 0.5 -1\n2000000 0.25 9.80665016\n", "lines=2");
    cr_expect_float_eq(viz_streams_at(&rig.streams, 0)->requested_hz, 500, 0);
    wire_rig_finish(&rig);
}
