/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_rig.h"

#include <viz/lightwave.h>

#include <criterion/criterion.h>
#include <math.h>

#define COMPACT                                                                        \
    "benchmark: avg total/µs avg Goertzel/µs CPU load/% peak total/µs "             \
    "peak Goertzel/µs hops//row Goertzel hops//row streaming enabled peaks reset"

struct device {
    struct wire_rig rig;
    struct viz_lw_frame frame;
    struct viz_lw_audio audio;
    struct viz_lw_stm stm;
};

static void init(struct device *device)
{
    *device = (struct device){.frame = {.timestamp_ms = 600000,
                                        .avg_total_us = 1500.5f,
                                        .avg_goertzel_us = 700.25f,
                                        .cpu_load_percent = 7.5f,
                                        .peak_total_us = 2000,
                                        .peak_goertzel_us = 900,
                                        .hop_count = 30000,
                                        .goertzel_count = 20000,
                                        .flags = 3}};
    device->audio.timestamp_ms = 600000;
    device->audio.hop_seq = 30000;
    wire_rig_init(&device->rig, "lightwave");
}

static void message(struct device *device, const void *bytes, size_t size)
{
    wire_rig_take(&device->rig, bytes, size, true);
}

static void send_frame(struct device *device)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    message(device, bytes, viz_lw_encode(&device->frame, bytes));
}

static void send_audio(struct device *device)
{
    uint8_t bytes[VIZ_LW_AUDIO_BYTES];
    viz_lw_encode_audio(&device->audio, bytes);
    message(device, bytes, sizeof(bytes));
}

static void send_stm(struct device *device)
{
    uint8_t bytes[VIZ_LW_STM_BYTES];
    viz_lw_encode_stm(&device->stm, bytes);
    message(device, bytes, sizeof(bytes));
}

static void pass(struct device *device, uint32_t ms)
{
    device->frame.timestamp_ms += ms;
    device->frame.hop_count += ms / 20;
    device->frame.goertzel_count = (uint16_t)(device->frame.goertzel_count + ms / 40);
    device->audio.timestamp_ms += ms;
    device->audio.hop_seq += ms / 20;
    device->rig.now_ns += (int64_t)ms * 1000000;
}

static void expect_rows(struct device *device, const char *want)
{
    char *rows = wire_rig_rows(&device->rig);
    cr_expect_str_eq(rows, want);
    free(rows);
}

static void expect_counts(struct device *device, const char *want)
{
    char *counts = wire_rig_counts(&device->rig);
    cr_expect_str_eq(counts, want);
    free(counts);
}

static void finish(struct device *device)
{
    wire_rig_finish(&device->rig);
}

Test(wire_lightwave, every_field_of_a_compact_frame_is_a_channel)
{
    struct device device;
    init(&device);
    send_frame(&device);
    pass(&device, 100);
    device.frame.flags = 0x86;
    send_frame(&device);
    expect_rows(&device, COMPACT "\n"
                                 "0 1500.5 700.25 7.5 2000 900 - - 1 1 0\n"
                                 "100000000 1500.5 700.25 7.5 2000 900 5 2 0 1 1\n");
    expect_counts(&device, "lines=2");
    finish(&device);
}

Test(wire_lightwave, an_extended_frame_adds_its_fields)
{
    struct device device;
    init(&device);
    send_frame(&device);
    device.frame.extended = true;
    device.frame.avg_dc_agc_us = 55.5f;
    device.frame.avg_chroma_us = 66.25f;
    device.frame.goertzel_count_full = 20000;
    device.frame.histogram[7] = 65535;
    pass(&device, 100);
    send_frame(&device);
    for (int i = 0; i < VIZ_LW_HISTOGRAM; i++)
        device.frame.histogram[i] = (uint16_t)(device.frame.histogram[i] + i + 1);
    pass(&device, 100);
    device.frame.goertzel_count_full += 4;
    send_frame(&device);
    expect_rows(&device,
                COMPACT " avg DC and AGC/µs avg chroma/µs hops < 100 µs//row "
                        "hops < 200 µs//row hops < 400 µs//row hops < 800 µs//row "
                        "hops < 1600 µs//row hops < 3200 µs//row hops < 6400 µs//row "
                        "hops ≥ 6400 µs//row\n"
                        "0 1500.5 700.25 7.5 2000 900 - - 1 1 0\n"
                        "100000000 1500.5 700.25 7.5 2000 900 5 0 1 1 0 55.5 66.25 "
                        "- - - - - - - -\n"
                        "200000000 1500.5 700.25 7.5 2000 900 5 4 1 1 0 55.5 66.25 "
                        "1 2 3 4 5 6 7 8\n");
    finish(&device);
}

Test(wire_lightwave, every_field_of_an_audio_frame_but_the_waveform_is_a_channel)
{
    struct device device;
    init(&device);
    float *level[] = {&device.audio.rms, &device.audio.flux, &device.audio.fast_rms,
                      &device.audio.fast_flux};
    for (int i = 0; i < 4; i++)
        *level[i] = (float)(i + 1);
    for (int i = 0; i < 8; i++) {
        device.audio.bands[i] = (float)(10 + i);
        device.audio.heavy_bands[i] = (float)(20 + i);
    }
    for (int i = 0; i < 12; i++) {
        device.audio.chroma[i] = (float)(30 + i);
        device.audio.heavy_chroma[i] = (float)(50 + i);
    }
    device.audio.bpm = 120.5f;
    device.audio.tempo_confidence = 0.5f;
    device.audio.beat_phase = 0.25f;
    device.audio.beat_tick = 1;
    device.audio.downbeat_tick = 0;
    send_audio(&device);
    pass(&device, 60);
    send_audio(&device);
    char *rows = wire_rig_rows(&device.rig);
    cr_expect(!strncmp(rows, "audio: rms flux fast rms fast flux band 1 band 2", 48));
    cr_expect(strstr(rows, " band 8 heavy band 1 "));
    cr_expect(strstr(rows, " heavy band 8 chroma 1 "));
    cr_expect(strstr(rows, " chroma 12 heavy chroma 1 "));
    cr_expect(strstr(rows, " heavy chroma 12 tempo/bpm tempo confidence "
                           "beat phase/beat beat downbeat hops//row\n"));
    cr_expect(strstr(rows,
                     "\n60000000 1 2 3 4 10 11 12 13 14 15 16 17 20 21 22 23 24 "
                     "25 26 27 30 31 32 33 34 35 36 37 38 39 40 41 50 51 52 53 54 "
                     "55 56 57 58 59 60 61 120.5 0.5 0.25 1 0 3\n"));
    free(rows);
    finish(&device);
}

Test(wire_lightwave, every_field_of_an_stm_frame_is_a_channel_where_it_arrived)
{
    struct device device;
    init(&device);
    device.stm.ready = 1;
    for (int i = 0; i < 42; i++)
        device.stm.spectral[i] = (float)(100 + i);
    for (int i = 0; i < 16; i++)
        device.stm.temporal[i] = (float)(200 + i);
    device.stm.spectral_energy = 0.5f;
    device.stm.temporal_energy = 0.25f;
    device.stm.centroid = 12.5f;
    device.stm.dominant_bin = 7;
    send_stm(&device);
    send_stm(&device); /* together with the first */
    pass(&device, 33);
    send_stm(&device);
    char *rows = wire_rig_rows(&device.rig);
    cr_expect(!strncmp(rows, "stm: ready spectral 1 spectral 2 ", 33));
    cr_expect(strstr(rows, " spectral 42 temporal 1 "));
    cr_expect(strstr(rows, " temporal 16 spectral energy temporal energy centroid "
                           "dominant bin/bin\n0 1 100 101 "));
    cr_expect(strstr(rows, " 141 200 201 202 203 204 205 206 207 208 209 210 211 212 "
                           "213 214 215 0.5 0.25 12.5 7\n1 1 100 "));
    cr_expect(strstr(rows, "\n33000000 1 100 "));
    free(rows);
    cr_expect_not(device.rig.intake.untimed, "nobody needs to be told");
    finish(&device);
}

Test(wire_lightwave, benchmark_and_audio_share_the_clock_of_the_device)
{
    struct device device;
    init(&device);
    send_frame(&device);
    pass(&device, 60);
    device.rig.now_ns += 25000000; /* on the way for longer than the first */
    send_audio(&device);
    char *rows = wire_rig_rows(&device.rig);
    cr_expect(strstr(rows, "\n60000000 0 0 0 0 "));
    free(rows);
    cr_expect_not(device.rig.intake.untimed);
    finish(&device);
}

Test(wire_lightwave, a_gap_breaks_the_line)
{
    struct device device;
    init(&device);
    send_frame(&device);
    pass(&device, 100);
    send_frame(&device);
    pass(&device, 300);
    send_frame(&device);
    expect_rows(&device, COMPACT "\n"
                                 "0 1500.5 700.25 7.5 2000 900 - - 1 1 0\n"
                                 "100000000 1500.5 700.25 7.5 2000 900 5 2 1 1 0\n"
                                 "| 400000000 1500.5 700.25 7.5 2000 900 15 7 1 1 0\n");
    finish(&device);
}

Test(wire_lightwave, a_boot_begins_the_time_anew_for_both_streams)
{
    struct device device;
    init(&device);
    send_frame(&device);
    send_audio(&device);
    wire_rig_end(&device.rig); /* the connection broke */
    pass(&device, 5000);
    device.frame.timestamp_ms = device.audio.timestamp_ms = 2000;
    device.frame.hop_count = device.audio.hop_seq = 100;
    send_frame(&device);
    send_audio(&device);
    pass(&device, 100);
    send_frame(&device);
    send_audio(&device);
    char *rows = wire_rig_rows(&device.rig);
    cr_expect(strstr(rows, "| 5000000000 1500.5 700.25 7.5 2000 900 - - 1 1 0\n"
                           "5100000000 1500.5 700.25 7.5 2000 900 5 2 1 1 0\n"));
    cr_expect(strstr(rows, "| 5000000000 0 0 "));
    cr_expect(strstr(rows, "\n5100000000 0 0 "));
    free(rows);
    for (uint32_t i = 0; i < 2; i++)
        cr_expect_eq(viz_counted(&viz_streams_at(&device.rig.streams, i)->counts.late),
                     0);
    finish(&device);
}

Test(wire_lightwave, counters_that_were_reset_have_no_growth)
{
    struct device device;
    init(&device);
    send_frame(&device);
    pass(&device, 100);
    device.frame.hop_count = 3;
    device.frame.goertzel_count = 2;
    send_frame(&device);
    pass(&device, 100);
    send_frame(&device);
    expect_rows(&device, COMPACT "\n"
                                 "0 1500.5 700.25 7.5 2000 900 - - 1 1 0\n"
                                 "100000000 1500.5 700.25 7.5 2000 900 - - 1 1 0\n"
                                 "200000000 1500.5 700.25 7.5 2000 900 5 2 1 1 0\n");
    finish(&device);
}

Test(wire_lightwave, a_stamp_that_wraps_goes_on)
{
    struct device device;
    init(&device);
    device.frame.timestamp_ms = UINT32_MAX - 49;
    send_frame(&device);
    pass(&device, 100);
    send_frame(&device);
    expect_rows(&device, COMPACT "\n"
                                 "0 1500.5 700.25 7.5 2000 900 - - 1 1 0\n"
                                 "100000000 1500.5 700.25 7.5 2000 900 5 2 1 1 0\n");
    finish(&device);
}

Test(wire_lightwave, values_that_are_not_finite_are_delivered)
{
    struct device device;
    init(&device);
    device.frame.avg_total_us = NAN;
    device.frame.avg_goertzel_us = INFINITY;
    send_frame(&device);
    expect_rows(&device, COMPACT "\n0 nan inf 7.5 2000 900 - - 1 1 0\n");
    finish(&device);
}

Test(wire_lightwave, a_frame_sent_twice_is_a_duplicate)
{
    struct device device;
    init(&device);
    send_frame(&device);
    send_frame(&device);
    send_audio(&device);
    send_audio(&device);
    cr_expect_eq(viz_counted(&viz_streams_at(&device.rig.streams, 0)->counts.duplicate),
                 10);
    cr_expect_eq(viz_counted(&viz_streams_at(&device.rig.streams, 1)->counts.duplicate),
                 50);
    expect_counts(&device, "lines=4");
    finish(&device);
}

Test(wire_lightwave, a_datagram_that_was_overtaken_is_late)
{
    struct device device;
    init(&device);
    send_frame(&device);
    pass(&device, 100);
    struct viz_lw_frame late = device.frame;
    pass(&device, 100);
    send_frame(&device);
    struct viz_lw_frame newest = device.frame;
    device.frame = late;
    send_frame(&device);
    device.frame = newest;
    pass(&device, 100);
    send_frame(&device);
    struct viz_stream *stream = viz_streams_at(&device.rig.streams, 0);
    cr_expect_gt(viz_counted(&stream->counts.late), 0);
    char *rows = wire_rig_rows(&device.rig);
    cr_expect(strstr(rows, "\n300000000 1500.5 700.25 7.5 2000 900 5 2 1 1 0\n"));
    cr_expect_null(strstr(rows, "\n100000000 "));
    free(rows);
    finish(&device);
}

Test(wire_lightwave, what_is_not_shown_is_named)
{
    static uint8_t bytes[2052];
    struct device device;
    init(&device);
    memcpy(bytes, "\xfe\1\2\xa0", 4);
    message(&device, bytes, 966);
    message(&device, bytes, 961);
    message(&device, bytes, 965);
    memcpy(bytes, "TVV\x10", 4);
    message(&device, bytes, 2052);
    message(&device, bytes, 2051);
    memcpy(bytes, "ABM", 4);
    message(&device, bytes, 33);
    message(&device, "junk", 4);
    message(&device, "", 0);
    expect_counts(&device, "chatter=3 bad_magic=1 bad_length=3");
    cr_expect_eq(viz_streams_count(&device.rig.streams), 0);
    finish(&device);
}

/* Frames of every kind, one behind the other. */
static size_t write_stream(uint8_t *out)
{
    static const uint8_t led[VIZ_LW_LED_BYTES] = {0xfe, 1, 2, 160};
    struct device device;
    size_t size = 0;
    init(&device);
    for (int i = 0; i < 4; i++) {
        size += viz_lw_encode(&device.frame, out + size);
        viz_lw_encode_audio(&device.audio, out + size);
        size += VIZ_LW_AUDIO_BYTES;
        viz_lw_encode_stm(&device.stm, out + size);
        size += VIZ_LW_STM_BYTES;
        pass(&device, 100);
    }
    memcpy(out + size, led, sizeof(led));
    size += sizeof(led);
    memcpy(out + size, "junk", 4);
    size += 4;
    size += viz_lw_encode(&device.frame, out + size);
    size += viz_lw_encode(&device.frame, out + size) / 2; /* cut off */
    finish(&device);
    return size;
}

static char *read_in_pieces(const uint8_t *bytes, size_t size, size_t piece)
{
    struct wire_rig rig;
    char *all;
    wire_rig_init(&rig, "lightwave");
    for (size_t at = 0; at < size; at += piece)
        wire_rig_take(&rig, bytes + at, size - at < piece ? size - at : piece, false);
    wire_rig_end(&rig);
    char *rows = wire_rig_rows(&rig), *counts = wire_rig_counts(&rig);
    cr_assert_geq(asprintf(&all, "%s%s", rows, counts), 0);
    free(rows);
    free(counts);
    wire_rig_finish(&rig);
    return all;
}

Test(wire_lightwave, a_stream_of_bytes_may_be_cut_anywhere)
{
    static uint8_t bytes[8192];
    size_t size = write_stream(bytes);
    char *whole = read_in_pieces(bytes, size, size);
    cr_expect(strstr(whole, "lines=13 chatter=1 bad_magic=1 truncated=1"));
    for (size_t piece = 1; piece < size; piece += piece < 300 ? 1 : 97) {
        char *split = read_in_pieces(bytes, size, piece);
        cr_assert_str_eq(split, whole, "in pieces of %zu", piece);
        free(split);
    }
    free(whole);
}

Test(wire_lightwave, more_than_the_store_holds_at_once)
{
    static uint8_t bytes[40000];
    struct device device;
    size_t size = 0;
    init(&device);
    for (int i = 0; i < 1000; i++) {
        size += viz_lw_encode(&device.frame, bytes + size);
        pass(&device, 100);
    }
    wire_rig_take(&device.rig, bytes, size, false);
    expect_counts(&device, "lines=1000");
    finish(&device);
}

Test(wire_lightwave, only_whole_frames_are_recognised)
{
    static const struct {
        const char *magic;
        size_t size;
        const char *want;
    } cases[] = {
        {"ABM\0", 32, "lightwave"},
        {"ABM\0", 64, "lightwave"},
        {"ABM\0", 33, NULL},
        {"AUD\0", 464, "lightwave"},
        {"AUD\0", 463, NULL},
        {"\xfd\1\0\0", 250, "lightwave"},
        {"\xfe\1\2\xa0", 966, "lightwave"},
        {"TVV\1", 132, "lightwave"},
        {"TVV\2", 132, NULL},
        {"\xfc\0\0\0", 250, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static uint8_t bytes[VIZ_PROBE_BYTES];
        memcpy(bytes, cases[i].magic, 4);
        const struct viz_wire *wire = viz_wire_probe(bytes, cases[i].size, false);
        cr_expect_str_eq(wire ? wire->name : "none",
                         cases[i].want ? cases[i].want : "none", "case %zu", i);
    }
}

Test(wire_lightwave, without_room_for_streams_frames_are_counted)
{
    struct device device;
    init(&device);
    atomic_store(&device.rig.streams.claimed, VIZ_MAX_STREAMS);
    send_frame(&device);
    send_audio(&device);
    send_stm(&device);
    expect_counts(&device, "no_room=3");
    finish(&device);
}

Test(wire_lightwave, destroy_takes_null)
{
    viz_wire_find("lightwave")->destroy(NULL);
}
