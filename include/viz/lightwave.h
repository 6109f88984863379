/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LightwaveOS's binary frames, byte by byte, as its firmware builds them. One WebSocket
 * message is one frame; nothing in a frame says how long it is, so that magic and length
 * together tell what it is. All numbers are little-endian. Pure functions, any thread.
 *
 * Benchmark frame, 32 bytes ("compact") or 64 ("extended"), magic "ABM\0":
 *
 *   at  type  field              means
 *    0  u32   magic              41 42 4d 00
 *    4  u32   timestamp_ms       milliseconds since boot when it was sent; wraps after
 *                                49.7 days
 *    8  f32   avg_total_us       time of one audio hop: moving average, alpha 0.1 a hop,
 *                                published every 62 hops: frames between two
 *                                publications repeat it
 *   12  f32   avg_goertzel_us    the same over hops in which the Goertzel filters ran
 *   16  f32   cpu_load_percent   avg_total_us / 20 ms: a share of a fixed budget
 *   20  u16   peak_total_us      largest since boot or benchmark.start; 65536 us wraps
 *   22  u16   peak_goertzel_us
 *   24  u32   hop_count          hops since boot or benchmark.start
 *   28  u16   goertzel_count     hops in which Goertzel ran, low 16 bits
 *   30  u8    flags              see viz_lw_flag_name()
 *   31  u8    reserved           0
 *   extended:
 *   32  f32   avg_dc_agc_us      36  f32   avg_chroma_us
 *   40  u32   goertzel_count     all 32 bits
 *   44  u32   reserved           48  u16   histogram[8]: hops below 100, 200, 400, 800,
 *                                1600, 3200, 6400 us and above; each wraps
 */
#ifndef VIZ_LIGHTWAVE_H
#define VIZ_LIGHTWAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_LW_COMPACT_BYTES 32
#define VIZ_LW_EXTENDED_BYTES 64
#define VIZ_LW_AUDIO_BYTES 464
#define VIZ_LW_STM_BYTES 250
#define VIZ_LW_LED_BYTES 966
#define VIZ_LW_LED_OLD_BYTES 961
#define VIZ_LW_HISTOGRAM 8

enum viz_lw_kind {
    VIZ_LW_FOREIGN,    /* begins like none of them */
    VIZ_LW_BAD_LENGTH, /* begins like one, and is not as long */
    VIZ_LW_COMPACT,
    VIZ_LW_EXTENDED,
    VIZ_LW_AUDIO,
    VIZ_LW_STM,
    VIZ_LW_LED,
    VIZ_LW_VALIDATION,
};

/* What a message is: by magic and length. */
enum viz_lw_kind viz_lw_kind(const uint8_t *bytes, size_t size);

struct viz_lw_frame {
    uint32_t timestamp_ms;
    float avg_total_us, avg_goertzel_us, cpu_load_percent;
    uint16_t peak_total_us, peak_goertzel_us;
    uint32_t hop_count;
    uint16_t goertzel_count;
    uint8_t flags, reserved;
    bool extended; /* what follows is there */
    float avg_dc_agc_us, avg_chroma_us;
    uint32_t goertzel_count_full, reserved_full;
    uint16_t histogram[VIZ_LW_HISTOGRAM];
};

/* False unless @bytes are a compact or an extended benchmark frame. */
bool viz_lw_decode(const uint8_t *bytes, size_t size, struct viz_lw_frame *out);

/* The bytes of @frame, as the firmware writes them; how many: 32 or 64. */
size_t viz_lw_encode(const struct viz_lw_frame *frame,
                     uint8_t out[VIZ_LW_EXTENDED_BYTES]);

/* Whether every float of the frame is a finite number. */
bool viz_lw_finite(const struct viz_lw_frame *frame);

/* Two accounts of the flag bits: what the firmware does, and what the README of the old
 * collector says. */
enum viz_lw_profile { VIZ_LW_FIRMWARE, VIZ_LW_README };

/* "streaming", "enabled", "peaks reset" or "buffer overflow", "timing warning", "audio
 * active" for bits 0, 1, 2; NULL for the others. */
const char *viz_lw_flag_name(enum viz_lw_profile profile, unsigned bit);

/* Audio frame, 464 bytes, magic "AUD\0"; 15 a second. Padding is left out. */
struct viz_lw_audio {
    uint32_t hop_seq, timestamp_ms;
    float rms, flux, fast_rms, fast_flux;
    float bands[8], heavy_bands[8];
    float chroma[12], heavy_chroma[12];
    int16_t waveform[128];
    float bpm, tempo_confidence, beat_phase;
    uint8_t beat_tick, downbeat_tick;
};
bool viz_lw_decode_audio(const uint8_t *bytes, size_t size, struct viz_lw_audio *out);
void viz_lw_encode_audio(const struct viz_lw_audio *audio,
                         uint8_t out[VIZ_LW_AUDIO_BYTES]);

/* Spectro-temporal modulation frame, 250 bytes, first byte 0xfd; 30 a second; without a
 * time stamp. */
struct viz_lw_stm {
    uint8_t ready;
    float spectral[42], temporal[16];
    float spectral_energy, temporal_energy, centroid, dominant_bin;
};
bool viz_lw_decode_stm(const uint8_t *bytes, size_t size, struct viz_lw_stm *out);
void viz_lw_encode_stm(const struct viz_lw_stm *stm, uint8_t out[VIZ_LW_STM_BYTES]);

#endif
