/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/device_signals.h>

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(device_signals, beats_come_twice_a_second_and_bars_every_two)
{
    struct viz_lw_audio audio;
    unsigned beats = 0, bars = 0;
    for (uint64_t n = 0; n < 60 * VIZ_DEVICE_AUDIO_HZ; n++) {
        viz_device_audio(1, n, &audio);
        beats += audio.beat_tick;
        bars += audio.downbeat_tick;
        cr_assert(audio.beat_tick || !audio.downbeat_tick);
        cr_assert_eq(audio.bpm, 120);
        cr_assert(audio.beat_phase >= 0 && audio.beat_phase < 1);
    }
    cr_assert_eq(beats, 120);
    cr_assert_eq(bars, 30);
}

static void expect_levels(const float *value, size_t count, float highest)
{
    for (size_t i = 0; i < count; i++)
        cr_assert(value[i] >= 0 && value[i] <= highest, "%zu: %g", i, (double)value[i]);
}

Test(device_signals, every_level_is_one)
{
    struct viz_lw_audio audio;
    struct viz_lw_stm stm;
    for (uint64_t n = 0; n < 1000; n++) {
        viz_device_audio(n, n, &audio);
        expect_levels(&audio.rms, 4, 1);
        expect_levels(audio.bands, 8, 1.1f);
        expect_levels(audio.heavy_bands, 8, 1);
        expect_levels(audio.chroma, 12, 1);
        expect_levels(audio.heavy_chroma, 12, 1);
        viz_device_stm(n, n, &stm);
        expect_levels(stm.spectral, 42, 1.1f);
        expect_levels(stm.temporal, 16, 1);
        expect_levels(&stm.centroid, 2, 41);
        cr_assert_eq(stm.ready, 1);
        cr_assert_eq(stm.dominant_bin, roundf(stm.dominant_bin));
        cr_assert_lt(fabsf(stm.centroid - stm.dominant_bin), 3);
    }
}

Test(device_signals, a_frame_depends_on_its_number_and_the_seed_alone)
{
    struct viz_lw_audio a, b;
    viz_device_audio(1, 77, &a);
    viz_device_audio(1, 3, &b);
    viz_device_audio(1, 77, &b);
    cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
    viz_device_audio(2, 77, &b);
    cr_assert_neq(memcmp(&a, &b, sizeof(a)), 0);
}
