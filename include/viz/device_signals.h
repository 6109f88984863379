/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a simulated device hears: music at 120 beats a minute, as its audio and STM frames
 * tell it. Functions of (seed, device, time) alone. Any thread.
 *
 * A beat each half second, a bar each two; levels decay within a beat; the bands swell
 * slowly, each at a rate of its own; the chroma is that of a chord, a new one with each
 * bar; the waveform is a tone at the current level. The STM's spectrum is a hump that
 * wanders. */
#ifndef VIZ_DEVICE_SIGNALS_H
#define VIZ_DEVICE_SIGNALS_H

#include <viz/lightwave.h>

#include <stdint.h>

#define VIZ_DEVICE_AUDIO_HZ 15
#define VIZ_DEVICE_STM_HZ 30
#define VIZ_DEVICE_BPM 120

/* Frame @n of the stream, at n / VIZ_DEVICE_AUDIO_HZ seconds. A tick is set in the first
 * frame at or after its beat. Time stamp and hop are the caller's. */
void viz_device_audio(uint64_t seed, uint64_t n, struct viz_lw_audio *out);

/* The same for the other stream. */
void viz_device_stm(uint64_t seed, uint64_t n, struct viz_lw_stm *out);

#endif
