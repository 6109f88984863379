/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of LightwaveOS, each field a channel: see docs/wire.md. Their bytes are
 * read by lightwave.c. */
#include <viz/alloc.h>
#include <viz/lightwave.h>
#include <viz/outlet.h>
#include <viz/track.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_BYTES 8192

enum { BENCHMARK, AUDIO, STM, STREAMS }; /* numbers of the streams in the outlet */

#define COMPACT_CHANNELS 10
#define EXTENDED_CHANNELS 20

static const struct viz_channel benchmark_channels[] = {
    {"avg total", "µs"},
    {"avg Goertzel", "µs"},
    {"CPU load", "%"},
    {"peak total", "µs"},
    {"peak Goertzel", "µs"},
    {"hops", "/row"},
    {"Goertzel hops", "/row"},
    {"streaming", ""},
    {"enabled", ""},
    {"peaks reset", ""},
    /* extended */
    {"avg DC and AGC", "µs"},
    {"avg chroma", "µs"},
    {"hops < 100 µs", "/row"},
    {"hops < 200 µs", "/row"},
    {"hops < 400 µs", "/row"},
    {"hops < 800 µs", "/row"},
    {"hops < 1600 µs", "/row"},
    {"hops < 3200 µs", "/row"},
    {"hops < 6400 µs", "/row"},
    {"hops ≥ 6400 µs", "/row"},
};
_Static_assert(sizeof(benchmark_channels) / sizeof(benchmark_channels[0]) ==
                   EXTENDED_CHANNELS,
               "a name for each value");

/* Channels that belong together: several are numbered from 1. */
struct group {
    const char *name, *unit;
    uint32_t count;
};

static const struct group audio_groups[] = {
    {"rms", "", 1},
    {"flux", "", 1},
    {"fast rms", "", 1},
    {"fast flux", "", 1},
    {"band", "", 8},
    {"heavy band", "", 8},
    {"chroma", "", 12},
    {"heavy chroma", "", 12},
    {"tempo", "bpm", 1},
    {"tempo confidence", "", 1},
    {"beat phase", "beat", 1},
    {"beat", "", 1},
    {"downbeat", "", 1},
    {"hops", "/row", 1},
    {NULL, NULL, 0},
};

static const struct group stm_groups[] = {
    {"ready", "", 1},           {"spectral", "", 42},
    {"temporal", "", 16},       {"spectral energy", "", 1},
    {"temporal energy", "", 1}, {"centroid", "", 1},
    {"dominant bin", "bin", 1}, {NULL, NULL, 0},
};

#define AUDIO_CHANNELS 50
#define STM_CHANNELS 63

struct viz_decoder {
    struct viz_outlet outlet;
    struct viz_track *track[STM];   /* of the streams that have a time stamp */
    struct viz_track_point at[STM]; /* their newest frames */
    struct viz_lw_frame last;       /* benchmark frame */
    uint32_t segment;               /* that the timeline was fixed for */
    int64_t last_stm_ns;
    bool garbage; /* in a run of bytes that are no frame, already counted */
    size_t held;
    uint8_t store[STORE_BYTES]; /* the beginning of an unfinished frame */
};

static struct viz_wire_counts *counts_of(struct viz_decoder *decoder)
{
    return decoder->outlet.intake->counts;
}

/* The stream @number, opened with its first frame; NULL: there is no room. */
static VIZ_ON(source) struct viz_stream *find_stream(struct viz_decoder *decoder,
                                                     uint32_t number, int *place)
{
    static const struct viz_outlet_params how[STREAMS] = {
        {.number = BENCHMARK,
         .name = "benchmark",
         .max_channels = EXTENDED_CHANNELS,
         .requested_hz = 10,
         .timed = true,
         .sequenced = true},
        {.number = AUDIO,
         .name = "audio",
         .max_channels = AUDIO_CHANNELS,
         .requested_hz = 15,
         .timed = true,
         .sequenced = true},
        {.number = STM,
         .name = "stm",
         .max_channels = STM_CHANNELS,
         .requested_hz = 30,
         .arrives = true},
    };
    *place = viz_outlet_find(&decoder->outlet, number);
    if (*place < 0)
        *place = viz_outlet_open(&decoder->outlet, &how[number]);
    return *place < 0 ? NULL : decoder->outlet.slot[*place].stream;
}

static VIZ_ON(source) void name_groups(struct viz_stream *stream,
                                       const struct group *group)
{
    if (atomic_load_explicit(&stream->channels, memory_order_relaxed))
        return;
    for (; group->name; group++)
        for (uint32_t i = 1; i <= group->count; i++) {
            char name[VIZ_MAX_NAME];
            snprintf(name, sizeof(name), group->count > 1 ? "%s %u" : "%s", group->name,
                     i);
            viz_stream_channel(stream, name, group->unit);
        }
}

static VIZ_ON(source) void name_benchmark(struct viz_stream *stream, uint32_t channels)
{
    uint32_t count = atomic_load_explicit(&stream->channels, memory_order_relaxed);
    for (; count < channels; count++)
        viz_stream_channel(stream, benchmark_channels[count].name,
                           benchmark_channels[count].unit);
}

/* Where @frame stands among those of its stream; false: it is a copy, counted. A boot
 * fixes the device's time anew, once for both of its streams. */
static VIZ_ON(source) bool place_frame(struct viz_decoder *decoder, uint32_t number,
                                       struct viz_stream *stream,
                                       const struct viz_arrival *arrival,
                                       const struct viz_lw_frame *frame,
                                       struct viz_track_point *out)
{
    viz_track_frame(decoder->track[number], frame, arrival->origin_ns, out);
    if (out->marks & VIZ_MARK_COPY) {
        viz_count(&stream->counts.duplicate,
                  atomic_load_explicit(&stream->channels, memory_order_relaxed));
        return false;
    }
    if (out->segment > decoder->segment) {
        decoder->segment = out->segment;
        decoder->outlet.intake->timeline.fixed = false;
    }
    if (out->marks & (VIZ_MARK_GAP | VIZ_MARK_BOOT))
        viz_stream_break(stream, 0);
    return true;
}

/* The counter's growth since the frame before, where there is one to count from: a
 * float32 cannot count as far as the counters do. */
static float growth(const struct viz_track_point *point, uint64_t before, uint64_t now)
{
    bool anew = point->marks & (VIZ_MARK_BOOT | VIZ_MARK_RESET);
    return anew || now < before ? viz_missing_value() : (float)(now - before);
}

static void fill_extension(const struct viz_decoder *decoder,
                           const struct viz_track_point *point,
                           const struct viz_lw_frame *frame, float *value)
{
    bool anew = point->marks & (VIZ_MARK_BOOT | VIZ_MARK_RESET);
    value[0] = frame->avg_dc_agc_us;
    value[1] = frame->avg_chroma_us;
    for (int i = 0; i < VIZ_LW_HISTOGRAM; i++)
        value[2 + i] =
            anew || !decoder->last.extended
                ? viz_missing_value()
                : (float)(uint16_t)(frame->histogram[i] - decoder->last.histogram[i]);
}

static void fill_benchmark(const struct viz_decoder *decoder,
                           const struct viz_track_point *point,
                           const struct viz_lw_frame *frame, float *value)
{
    const struct viz_track_point *before = &decoder->at[BENCHMARK];
    const float compact[COMPACT_CHANNELS] = {
        frame->avg_total_us,
        frame->avg_goertzel_us,
        frame->cpu_load_percent,
        frame->peak_total_us,
        frame->peak_goertzel_us,
        growth(point, before->hops, point->hops),
        growth(point, before->goertzels, point->goertzels),
        frame->flags & 1,
        frame->flags >> 1 & 1,
        frame->flags >> 2 & 1,
    };
    memcpy(value, compact, sizeof(compact));
    if (frame->extended)
        fill_extension(decoder, point, frame, value + COMPACT_CHANNELS);
}

/* Row of the stream @number at its device time. */
static VIZ_ON(source) void put_row(struct viz_decoder *decoder, int place,
                                   const struct viz_arrival *arrival,
                                   const struct viz_track_point *point,
                                   const float *value, uint32_t values)
{
    viz_outlet_row(&decoder->outlet, place, arrival, point->device_ms * 1000000, value,
                   values);
}

static VIZ_ON(source) void take_benchmark(struct viz_decoder *decoder,
                                          const struct viz_arrival *arrival,
                                          const uint8_t *bytes, size_t size)
{
    struct viz_lw_frame frame;
    struct viz_track_point point;
    float value[EXTENDED_CHANNELS];
    int place;
    struct viz_stream *stream = find_stream(decoder, BENCHMARK, &place);
    if (!stream || !viz_lw_decode(bytes, size, &frame)) {
        viz_count(&counts_of(decoder)->no_room, 1);
        return;
    }
    viz_count(&counts_of(decoder)->lines, 1);
    uint32_t values = frame.extended ? EXTENDED_CHANNELS : COMPACT_CHANNELS;
    name_benchmark(stream, values);
    if (!place_frame(decoder, BENCHMARK, stream, arrival, &frame, &point))
        return;
    fill_benchmark(decoder, &point, &frame, value);
    put_row(decoder, place, arrival, &point, value, values);
    if (point.device_ms < decoder->at[BENCHMARK].device_ms &&
        !(point.marks & VIZ_MARK_BOOT))
        return; /* late: nothing is counted from it */
    decoder->at[BENCHMARK] = point;
    decoder->last = frame;
}

static void fill_audio(const struct viz_lw_audio *audio, float hops, float *value)
{
    const float level[] = {audio->rms, audio->flux, audio->fast_rms, audio->fast_flux};
    const float rest[] = {audio->bpm,       audio->tempo_confidence, audio->beat_phase,
                          audio->beat_tick, audio->downbeat_tick,    hops};
    memcpy(value, level, sizeof(level));
    memcpy(value + 4, audio->bands, sizeof(audio->bands));
    memcpy(value + 12, audio->heavy_bands, sizeof(audio->heavy_bands));
    memcpy(value + 20, audio->chroma, sizeof(audio->chroma));
    memcpy(value + 32, audio->heavy_chroma, sizeof(audio->heavy_chroma));
    memcpy(value + 44, rest, sizeof(rest));
}

static VIZ_ON(source) void take_audio(struct viz_decoder *decoder,
                                      const struct viz_arrival *arrival,
                                      const uint8_t *bytes, size_t size)
{
    struct viz_lw_audio audio;
    struct viz_track_point point, *before = &decoder->at[AUDIO];
    float value[AUDIO_CHANNELS];
    int place;
    struct viz_stream *stream = find_stream(decoder, AUDIO, &place);
    if (!stream || !viz_lw_decode_audio(bytes, size, &audio)) {
        viz_count(&counts_of(decoder)->no_room, 1);
        return;
    }
    viz_count(&counts_of(decoder)->lines, 1);
    name_groups(stream, audio_groups);
    /* Its stamp and hop number behave as a benchmark frame's; its level keeps two frames
     * of the same instant apart. */
    const struct viz_lw_frame frame = {.timestamp_ms = audio.timestamp_ms,
                                       .hop_count = audio.hop_seq,
                                       .avg_total_us = audio.rms,
                                       .avg_goertzel_us = audio.flux};
    if (!place_frame(decoder, AUDIO, stream, arrival, &frame, &point))
        return;
    fill_audio(&audio, growth(&point, before->hops, point.hops), value);
    put_row(decoder, place, arrival, &point, value, AUDIO_CHANNELS);
    if (point.device_ms >= before->device_ms || point.marks & VIZ_MARK_BOOT)
        *before = point;
}

/* It has no time of its own: where it arrived. */
static VIZ_ON(source) void take_stm(struct viz_decoder *decoder,
                                    const struct viz_arrival *arrival,
                                    const uint8_t *bytes, size_t size)
{
    struct viz_lw_stm stm;
    float value[STM_CHANNELS];
    int place;
    struct viz_stream *stream = find_stream(decoder, STM, &place);
    if (!stream || !viz_lw_decode_stm(bytes, size, &stm)) {
        viz_count(&counts_of(decoder)->no_room, 1);
        return;
    }
    viz_count(&counts_of(decoder)->lines, 1);
    name_groups(stream, stm_groups);
    value[0] = stm.ready;
    memcpy(value + 1, stm.spectral, sizeof(stm.spectral));
    memcpy(value + 43, stm.temporal, sizeof(stm.temporal));
    value[59] = stm.spectral_energy;
    value[60] = stm.temporal_energy;
    value[61] = stm.centroid;
    value[62] = stm.dominant_bin;
    decoder->last_stm_ns = arrival->origin_ns > decoder->last_stm_ns
                               ? arrival->origin_ns
                               : decoder->last_stm_ns + 1;
    viz_outlet_row(&decoder->outlet, place, arrival, decoder->last_stm_ns, value,
                   STM_CHANNELS);
}

/* One message. */
static VIZ_ON(source) void take_frame(struct viz_decoder *decoder,
                                      const struct viz_arrival *arrival,
                                      const uint8_t *bytes, size_t size)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    switch (viz_lw_kind(bytes, size)) {
    case VIZ_LW_COMPACT:
    case VIZ_LW_EXTENDED:
        take_benchmark(decoder, arrival, bytes, size);
        break;
    case VIZ_LW_AUDIO:
        take_audio(decoder, arrival, bytes, size);
        break;
    case VIZ_LW_STM:
        take_stm(decoder, arrival, bytes, size);
        break;
    case VIZ_LW_LED:
    case VIZ_LW_VALIDATION:
        viz_count(&counts->chatter, 1);
        break;
    case VIZ_LW_BAD_LENGTH:
        viz_count(&counts->bad_length, 1);
        break;
    case VIZ_LW_FOREIGN:
        viz_count(&counts->bad_magic, 1);
        break;
    }
}

/* How long the frame is that begins with these bytes of a stream, as far as they tell;
 * 0: none does. Nothing in a frame says its length, so that only forms whose beginning
 * is unmistakable count. */
static size_t stream_length(const uint8_t *bytes, size_t size)
{
    static const struct {
        const char *magic;
        size_t magic_size, size;
    } forms[] = {
        {"ABM", 4, VIZ_LW_COMPACT_BYTES},      {"AUD", 4, VIZ_LW_AUDIO_BYTES},
        {"\xfd\0", 2, VIZ_LW_STM_BYTES},       {"\xfd\1", 2, VIZ_LW_STM_BYTES},
        {"\xfe\1\2\xa0", 4, VIZ_LW_LED_BYTES},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t known = size < forms[i].magic_size ? size : forms[i].magic_size;
        if (memcmp(bytes, forms[i].magic, known) == 0)
            return forms[i].size;
    }
    return 0;
}

/* Frames that lie whole in the store, and what is between them. */
static VIZ_ON(source) void take_store(struct viz_decoder *decoder,
                                      const struct viz_arrival *arrival)
{
    size_t at = 0;
    while (at < decoder->held) {
        size_t left = decoder->held - at;
        size_t size = stream_length(decoder->store + at, left);
        if (size > left)
            break;
        if (size)
            take_frame(decoder, arrival, decoder->store + at, size);
        else if (!decoder->garbage)
            viz_count(&counts_of(decoder)->bad_magic, 1);
        decoder->garbage = !size;
        at += size ? size : 1;
    }
    decoder->held -= at;
    memmove(decoder->store, decoder->store + at, decoder->held);
}

static void decode(struct viz_decoder *decoder, const struct viz_arrival *arrival,
                   const uint8_t *bytes, size_t size, bool datagram)
{
    viz_role_assume_source();
    viz_count(&counts_of(decoder)->packets, 1);
    viz_count(&counts_of(decoder)->bytes, size);
    if (datagram && size)
        take_frame(decoder, arrival, bytes, size);
    while (!datagram && size) {
        size_t some = STORE_BYTES - decoder->held;
        some = some < size ? some : size;
        memcpy(decoder->store + decoder->held, bytes, some);
        decoder->held += some;
        bytes += some;
        size -= some;
        take_store(decoder, arrival);
    }
    viz_outlet_commit(&decoder->outlet);
}

static void finish(struct viz_decoder *decoder, const struct viz_arrival *arrival)
{
    (void)arrival;
    viz_role_assume_source();
    if (decoder->held)
        viz_count(&counts_of(decoder)->truncated, 1);
    decoder->held = 0;
    decoder->garbage = false;
    for (uint32_t i = 0; i < STM; i++)
        viz_track_reconnected(decoder->track[i]);
    viz_outlet_commit(&decoder->outlet);
    viz_outlet_break(&decoder->outlet);
}

static struct viz_decoder *create(struct viz_intake *intake)
{
    struct viz_decoder *decoder = viz_zalloc(sizeof(*decoder));
    decoder->outlet.intake = intake;
    decoder->outlet.format = "lightwave";
    for (uint32_t i = 0; i < STM; i++)
        decoder->track[i] = viz_track_create();
    return decoder;
}

static void destroy(struct viz_decoder *decoder)
{
    if (!decoder)
        return;
    for (uint32_t i = 0; i < STM; i++)
        viz_track_destroy(decoder->track[i]);
    free(decoder);
}

/* A datagram says what it is by its length as well; one byte of magic is weak. */
static int probe(const uint8_t *bytes, size_t size)
{
    switch (viz_lw_kind(bytes, size)) {
    case VIZ_LW_COMPACT:
    case VIZ_LW_EXTENDED:
    case VIZ_LW_AUDIO:
        return 100;
    case VIZ_LW_STM:
    case VIZ_LW_LED:
    case VIZ_LW_VALIDATION:
        return 60;
    default:
        return 0;
    }
}

extern const struct viz_wire viz_wire_lightwave;
const struct viz_wire viz_wire_lightwave = {
    .name = "lightwave",
    .help = "LightwaveOS: benchmark, audio and STM frames (docs/wire.md)",
    .announce = "LightwaveOS frames",
    .binary = true,
    .probe = probe,
    .create = create,
    .destroy = destroy,
    .decode = decode,
    .finish = finish,
};
