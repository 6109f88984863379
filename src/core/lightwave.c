/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame.h"

#include <viz/lightwave.h>

#include <math.h>

#define MAGIC_BENCHMARK "ABM"
#define MAGIC_AUDIO "AUD"
#define MAGIC_VALIDATION "TVV"
#define MAGIC_STM 0xfd
#define MAGIC_LED 0xfe
#define MAGIC_BYTES 4 /* of the first two, their closing zero among them */

#define VALIDATION_HEADER 4 /* the fourth byte counts the samples that follow */
#define VALIDATION_SAMPLE 128
#define VALIDATION_SAMPLES 16

enum {
    AT_TIMESTAMP = 4,
    AT_TIMES = 8, /* total, goertzel, load */
    AT_PEAK_TOTAL = 20,
    AT_PEAK_GOERTZEL = 22,
    AT_HOPS = 24,
    AT_GOERTZELS = 28,
    AT_FLAGS = 30,
    AT_RESERVED = 31,
    /* extended */
    AT_MORE_TIMES = 32, /* DC removal and gain, chroma */
    AT_GOERTZELS_FULL = 40,
    AT_RESERVED_FULL = 44,
    AT_HISTOGRAM = 48,
};

enum {
    AT_AUDIO_HOP = 4,
    AT_AUDIO_TIMESTAMP = 8,
    AT_AUDIO_LEVELS = 12, /* rms, flux, fast rms, fast flux */
    AT_AUDIO_BANDS = 28,
    AT_AUDIO_HEAVY_BANDS = 60,
    AT_AUDIO_CHROMA = 92,
    AT_AUDIO_HEAVY_CHROMA = 140,
    AT_AUDIO_WAVEFORM = 192,
    AT_AUDIO_TEMPO = 448, /* bpm, confidence, phase */
    AT_AUDIO_BEAT = 460,
    AT_AUDIO_DOWNBEAT = 461,
};

enum {
    AT_STM_READY = 1,
    AT_STM_SPECTRAL = 2,
    AT_STM_TEMPORAL = 170,
    AT_STM_REST = 234, /* two energies, centroid, dominant bin */
};

static bool begins(const uint8_t *bytes, size_t size, const char *magic)
{
    return size >= MAGIC_BYTES && memcmp(bytes, magic, MAGIC_BYTES) == 0;
}

static bool is_benchmark(const uint8_t *bytes, size_t size)
{
    return (size == VIZ_LW_COMPACT_BYTES || size == VIZ_LW_EXTENDED_BYTES) &&
           memcmp(bytes, MAGIC_BENCHMARK, MAGIC_BYTES) == 0;
}

static enum viz_lw_kind exactly(enum viz_lw_kind kind, size_t size, size_t want)
{
    return size == want ? kind : VIZ_LW_BAD_LENGTH;
}

static enum viz_lw_kind validation_kind(const uint8_t *bytes, size_t size)
{
    size_t samples = size >= VALIDATION_HEADER ? bytes[VALIDATION_HEADER - 1] : 0;
    if (size < VALIDATION_HEADER || samples > VALIDATION_SAMPLES)
        return VIZ_LW_BAD_LENGTH;
    return exactly(VIZ_LW_VALIDATION, size,
                   VALIDATION_HEADER + samples * VALIDATION_SAMPLE);
}

enum viz_lw_kind viz_lw_kind(const uint8_t *bytes, size_t size)
{
    if (begins(bytes, size, MAGIC_BENCHMARK)) {
        if (size == VIZ_LW_COMPACT_BYTES)
            return VIZ_LW_COMPACT;
        return exactly(VIZ_LW_EXTENDED, size, VIZ_LW_EXTENDED_BYTES);
    }
    if (begins(bytes, size, MAGIC_AUDIO))
        return exactly(VIZ_LW_AUDIO, size, VIZ_LW_AUDIO_BYTES);
    if (size >= 3 && memcmp(bytes, MAGIC_VALIDATION, 3) == 0)
        return validation_kind(bytes, size);
    if (size && bytes[0] == MAGIC_STM)
        return exactly(VIZ_LW_STM, size, VIZ_LW_STM_BYTES);
    if (size && bytes[0] == MAGIC_LED)
        return exactly(VIZ_LW_LED, size,
                       size == VIZ_LW_LED_OLD_BYTES ? size : VIZ_LW_LED_BYTES);
    return VIZ_LW_FOREIGN;
}

static void decode_extension(const uint8_t *bytes, struct viz_lw_frame *out)
{
    float times[2];
    viz_frame_get_floats(bytes + AT_MORE_TIMES, times, 2);
    out->avg_dc_agc_us = times[0];
    out->avg_chroma_us = times[1];
    out->goertzel_count_full = viz_frame_u32(bytes + AT_GOERTZELS_FULL);
    out->reserved_full = viz_frame_u32(bytes + AT_RESERVED_FULL);
    for (int i = 0; i < VIZ_LW_HISTOGRAM; i++)
        out->histogram[i] = viz_frame_u16(bytes + AT_HISTOGRAM + i * 2);
}

bool viz_lw_decode(const uint8_t *bytes, size_t size, struct viz_lw_frame *out)
{
    if (!is_benchmark(bytes, size))
        return false;
    float times[3];
    viz_frame_get_floats(bytes + AT_TIMES, times, 3);
    *out = (struct viz_lw_frame){
        .timestamp_ms = viz_frame_u32(bytes + AT_TIMESTAMP),
        .avg_total_us = times[0],
        .avg_goertzel_us = times[1],
        .cpu_load_percent = times[2],
        .peak_total_us = viz_frame_u16(bytes + AT_PEAK_TOTAL),
        .peak_goertzel_us = viz_frame_u16(bytes + AT_PEAK_GOERTZEL),
        .hop_count = viz_frame_u32(bytes + AT_HOPS),
        .goertzel_count = viz_frame_u16(bytes + AT_GOERTZELS),
        .flags = bytes[AT_FLAGS],
        .reserved = bytes[AT_RESERVED],
        .extended = size == VIZ_LW_EXTENDED_BYTES,
    };
    if (out->extended)
        decode_extension(bytes, out);
    return true;
}

static void encode_extension(const struct viz_lw_frame *frame, uint8_t *out)
{
    const float times[] = {frame->avg_dc_agc_us, frame->avg_chroma_us};
    viz_frame_put_floats(out + AT_MORE_TIMES, times, 2);
    viz_frame_put_u32(out + AT_GOERTZELS_FULL, frame->goertzel_count_full);
    viz_frame_put_u32(out + AT_RESERVED_FULL, frame->reserved_full);
    for (int i = 0; i < VIZ_LW_HISTOGRAM; i++)
        viz_frame_put_u16(out + AT_HISTOGRAM + i * 2, frame->histogram[i]);
}

size_t viz_lw_encode(const struct viz_lw_frame *frame,
                     uint8_t out[VIZ_LW_EXTENDED_BYTES])
{
    const float times[] = {frame->avg_total_us, frame->avg_goertzel_us,
                           frame->cpu_load_percent};
    memcpy(out, MAGIC_BENCHMARK, MAGIC_BYTES);
    viz_frame_put_u32(out + AT_TIMESTAMP, frame->timestamp_ms);
    viz_frame_put_floats(out + AT_TIMES, times, 3);
    viz_frame_put_u16(out + AT_PEAK_TOTAL, frame->peak_total_us);
    viz_frame_put_u16(out + AT_PEAK_GOERTZEL, frame->peak_goertzel_us);
    viz_frame_put_u32(out + AT_HOPS, frame->hop_count);
    viz_frame_put_u16(out + AT_GOERTZELS, frame->goertzel_count);
    out[AT_FLAGS] = frame->flags;
    out[AT_RESERVED] = frame->reserved;
    if (!frame->extended)
        return VIZ_LW_COMPACT_BYTES;
    encode_extension(frame, out);
    return VIZ_LW_EXTENDED_BYTES;
}

bool viz_lw_finite(const struct viz_lw_frame *frame)
{
    return isfinite(frame->avg_total_us) && isfinite(frame->avg_goertzel_us) &&
           isfinite(frame->cpu_load_percent) &&
           (!frame->extended ||
            (isfinite(frame->avg_dc_agc_us) && isfinite(frame->avg_chroma_us)));
}

const char *viz_lw_flag_name(enum viz_lw_profile profile, unsigned bit)
{
    static const char *const names[][3] = {
        [VIZ_LW_FIRMWARE] = {"streaming", "enabled", "peaks reset"},
        [VIZ_LW_README] = {"buffer overflow", "timing warning", "audio active"},
    };
    return bit < 3 ? names[profile][bit] : NULL;
}

bool viz_lw_decode_audio(const uint8_t *bytes, size_t size, struct viz_lw_audio *out)
{
    if (viz_lw_kind(bytes, size) != VIZ_LW_AUDIO)
        return false;
    float level[4], tempo[3];
    viz_frame_get_floats(bytes + AT_AUDIO_LEVELS, level, 4);
    viz_frame_get_floats(bytes + AT_AUDIO_TEMPO, tempo, 3);
    *out = (struct viz_lw_audio){
        .hop_seq = viz_frame_u32(bytes + AT_AUDIO_HOP),
        .timestamp_ms = viz_frame_u32(bytes + AT_AUDIO_TIMESTAMP),
        .rms = level[0],
        .flux = level[1],
        .fast_rms = level[2],
        .fast_flux = level[3],
        .bpm = tempo[0],
        .tempo_confidence = tempo[1],
        .beat_phase = tempo[2],
        .beat_tick = bytes[AT_AUDIO_BEAT],
        .downbeat_tick = bytes[AT_AUDIO_DOWNBEAT],
    };
    viz_frame_get_floats(bytes + AT_AUDIO_BANDS, out->bands, 8);
    viz_frame_get_floats(bytes + AT_AUDIO_HEAVY_BANDS, out->heavy_bands, 8);
    viz_frame_get_floats(bytes + AT_AUDIO_CHROMA, out->chroma, 12);
    viz_frame_get_floats(bytes + AT_AUDIO_HEAVY_CHROMA, out->heavy_chroma, 12);
    for (int i = 0; i < 128; i++)
        out->waveform[i] = (int16_t)viz_frame_u16(bytes + AT_AUDIO_WAVEFORM + i * 2);
    return true;
}

void viz_lw_encode_audio(const struct viz_lw_audio *audio,
                         uint8_t out[VIZ_LW_AUDIO_BYTES])
{
    const float level[] = {audio->rms, audio->flux, audio->fast_rms, audio->fast_flux};
    const float tempo[] = {audio->bpm, audio->tempo_confidence, audio->beat_phase};
    memset(out, 0, VIZ_LW_AUDIO_BYTES);
    memcpy(out, MAGIC_AUDIO, MAGIC_BYTES);
    viz_frame_put_u32(out + AT_AUDIO_HOP, audio->hop_seq);
    viz_frame_put_u32(out + AT_AUDIO_TIMESTAMP, audio->timestamp_ms);
    viz_frame_put_floats(out + AT_AUDIO_LEVELS, level, 4);
    viz_frame_put_floats(out + AT_AUDIO_BANDS, audio->bands, 8);
    viz_frame_put_floats(out + AT_AUDIO_HEAVY_BANDS, audio->heavy_bands, 8);
    viz_frame_put_floats(out + AT_AUDIO_CHROMA, audio->chroma, 12);
    viz_frame_put_floats(out + AT_AUDIO_HEAVY_CHROMA, audio->heavy_chroma, 12);
    for (int i = 0; i < 128; i++)
        viz_frame_put_u16(out + AT_AUDIO_WAVEFORM + i * 2,
                          (uint16_t)audio->waveform[i]);
    viz_frame_put_floats(out + AT_AUDIO_TEMPO, tempo, 3);
    out[AT_AUDIO_BEAT] = audio->beat_tick;
    out[AT_AUDIO_DOWNBEAT] = audio->downbeat_tick;
}

bool viz_lw_decode_stm(const uint8_t *bytes, size_t size, struct viz_lw_stm *out)
{
    if (viz_lw_kind(bytes, size) != VIZ_LW_STM)
        return false;
    float rest[4];
    viz_frame_get_floats(bytes + AT_STM_REST, rest, 4);
    *out = (struct viz_lw_stm){
        .ready = bytes[AT_STM_READY],
        .spectral_energy = rest[0],
        .temporal_energy = rest[1],
        .centroid = rest[2],
        .dominant_bin = rest[3],
    };
    viz_frame_get_floats(bytes + AT_STM_SPECTRAL, out->spectral, 42);
    viz_frame_get_floats(bytes + AT_STM_TEMPORAL, out->temporal, 16);
    return true;
}

void viz_lw_encode_stm(const struct viz_lw_stm *stm, uint8_t out[VIZ_LW_STM_BYTES])
{
    const float rest[] = {stm->spectral_energy, stm->temporal_energy, stm->centroid,
                          stm->dominant_bin};
    out[0] = MAGIC_STM;
    out[AT_STM_READY] = stm->ready;
    viz_frame_put_floats(out + AT_STM_SPECTRAL, stm->spectral, 42);
    viz_frame_put_floats(out + AT_STM_TEMPORAL, stm->temporal, 16);
    viz_frame_put_floats(out + AT_STM_REST, rest, 4);
}
