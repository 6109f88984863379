/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/device_signals.h>

#include <viz/device.h>

#include <math.h>
#include <string.h>

#define BEATS_A_BAR 4
#define HALF_FRAMES_A_BEAT (VIZ_DEVICE_AUDIO_HZ * 60 * 2 / VIZ_DEVICE_BPM)
#define TONE_HZ 220.0
#define WAVEFORM_HZ 12800.0
#define FULL_SCALE 20000.0
#define TURN (2 * M_PI)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum dice { DICE_AUDIO = 1, DICE_BANDS, DICE_WAVEFORM, DICE_STM };

/* From -1 to 1. */
static double noise(uint64_t seed, enum dice stream, uint64_t n)
{
    return (double)(int64_t)viz_device_dice(seed, stream, n) * 0x1p-63;
}

/* From 0 to 1, at a rate of its own for each @voice. */
static double swell(double seconds, size_t voice)
{
    double hz = 0.05 + 0.03 * (double)voice;
    return 0.5 + 0.5 * sin(TURN * (hz * seconds + 0.13 * (double)voice));
}

/* The four chords that carry most songs: I, V, vi, IV. */
static double chroma_of(uint64_t bar, size_t note)
{
    static const uint8_t chord[4][3] = {{0, 4, 7}, {7, 11, 2}, {9, 0, 4}, {5, 9, 0}};
    for (size_t i = 0; i < 3; i++)
        if (chord[bar % 4][i] == note)
            return 1 - 0.2 * (double)i;
    return 0.05;
}

/* In halves of a frame, so that beats fall on whole numbers: n frames are 2 n. */
static uint64_t beats_until(uint64_t n)
{
    return 2 * n / HALF_FRAMES_A_BEAT;
}

static void fill_tempo(uint64_t n, struct viz_lw_audio *out)
{
    uint64_t beat = beats_until(n);
    bool tick = n == 0 || beats_until(n - 1) != beat;
    out->bpm = VIZ_DEVICE_BPM;
    out->tempo_confidence = 0.9f;
    out->beat_phase = (float)(2 * n % HALF_FRAMES_A_BEAT) / HALF_FRAMES_A_BEAT;
    out->beat_tick = tick;
    out->downbeat_tick = tick && beat % BEATS_A_BAR == 0;
}

static void fill_waveform(uint64_t seed, uint64_t n, double level,
                          struct viz_lw_audio *out)
{
    for (size_t i = 0; i < LENGTH(out->waveform); i++) {
        uint64_t at = n * LENGTH(out->waveform) + i;
        double tone = sin(TURN * TONE_HZ / WAVEFORM_HZ * (double)i);
        double value = tone + 0.05 * noise(seed, DICE_WAVEFORM, at);
        out->waveform[i] = (int16_t)(FULL_SCALE * level * value);
    }
}

void viz_device_audio(uint64_t seed, uint64_t n, struct viz_lw_audio *out)
{
    double seconds = (double)n / VIZ_DEVICE_AUDIO_HZ;
    memset(out, 0, sizeof(*out));
    fill_tempo(n, out);
    double fast = exp(-4.0 * out->beat_phase), heavy = exp(-1.5 * out->beat_phase);
    double level = 0.1 + 0.6 * fast + 0.02 * noise(seed, DICE_AUDIO, n);
    out->rms = (float)(0.1 + 0.5 * heavy);
    out->fast_rms = (float)level;
    out->flux = (float)(out->beat_tick ? 0.4 : 0.05);
    out->fast_flux = (float)(out->beat_tick ? 0.8 : 0.02);
    for (size_t i = 0; i < LENGTH(out->bands); i++) {
        double band = swell(seconds, i);
        double wiggle = 0.02 * noise(seed, DICE_BANDS, n * LENGTH(out->bands) + i);
        out->bands[i] = (float)fabs(band * fast + wiggle);
        out->heavy_bands[i] = (float)(band * heavy);
    }
    uint64_t bar = beats_until(n) / BEATS_A_BAR;
    for (size_t i = 0; i < LENGTH(out->chroma); i++) {
        out->chroma[i] = (float)(chroma_of(bar, i) * fast);
        out->heavy_chroma[i] = (float)(chroma_of(bar, i) * heavy);
    }
    fill_waveform(seed, n, level, out);
}

void viz_device_stm(uint64_t seed, uint64_t n, struct viz_lw_stm *out)
{
    double seconds = (double)n / VIZ_DEVICE_STM_HZ;
    double middle = 21 + 12 * sin(TURN * 0.1 * seconds);
    double weighted = 0, sum = 0;
    memset(out, 0, sizeof(*out));
    out->ready = 1;
    for (size_t i = 0; i < LENGTH(out->spectral); i++) {
        double distance = ((double)i - middle) / 4;
        double value = exp(-0.5 * distance * distance) + 0.01 +
                       0.01 * noise(seed, DICE_STM, n * 42 + i);
        out->spectral[i] = (float)value;
        weighted += value * (double)i;
        sum += value;
    }
    out->spectral_energy = (float)sum;
    out->centroid = (float)(weighted / sum);
    out->dominant_bin = (float)lrint(middle);
    for (size_t i = 0; i < LENGTH(out->temporal); i++) {
        out->temporal[i] = (float)swell(seconds, i);
        out->temporal_energy += out->temporal[i];
    }
}
