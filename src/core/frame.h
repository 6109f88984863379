/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte offsets of the viz format, for its two ends. docs/wire.md is their description.
 */
#ifndef VIZ_FRAME_H
#define VIZ_FRAME_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define VIZ_FRAME_MAGIC "VIZ1"
#define VIZ_FRAME_VERSION 1

enum viz_frame_type {
    VIZ_FRAME_DATA = 0,
    VIZ_FRAME_DESCRIPTION = 1,
};

enum {
    /* every frame */
    VIZ_FRAME_AT_VERSION = 4, /* u8 */
    VIZ_FRAME_AT_TYPE = 5,    /* u8 */
    VIZ_FRAME_AT_HEADER = 6,  /* u16: bytes of header */
    VIZ_FRAME_AT_LENGTH = 8,  /* u32: bytes of frame, header included */
    VIZ_FRAME_AT_STREAM = 12, /* u32 */
    VIZ_FRAME_COMMON = 16,
    /* data */
    VIZ_FRAME_AT_SEQUENCE = 16, /* u32: number of the first row */
    VIZ_FRAME_AT_ROWS = 20,     /* u16 */
    VIZ_FRAME_AT_CHANNELS = 22, /* u16 */
    VIZ_FRAME_AT_TIME = 24,     /* i64: ns, of the first row */
    VIZ_FRAME_AT_PERIOD = 32,   /* u64: ns, 0: a time for each row follows the header */
    VIZ_FRAME_DATA_LEAST =
        40,                /* bytes of header at least: what follows may be absent */
    VIZ_FRAME_AT_RUN = 40, /* u32: of the sender, 0: unknown */
    VIZ_FRAME_DATA_HEADER = 44,
    /* description */
    VIZ_FRAME_AT_RATE = 16,  /* f64: rows a second, 0: unknown */
    VIZ_FRAME_AT_COUNT = 24, /* u16: channels */
    VIZ_FRAME_AT_ZERO = 26,  /* u16: 0 */
    VIZ_FRAME_DESCRIPTION_HEADER = 28,
};

static inline uint16_t viz_frame_u16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof(value));
    return le16toh(value);
}

static inline uint32_t viz_frame_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

static inline uint64_t viz_frame_u64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

static inline void viz_frame_put_u16(uint8_t *at, uint16_t value)
{
    value = htole16(value);
    memcpy(at, &value, sizeof(value));
}

static inline void viz_frame_put_u32(uint8_t *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static inline void viz_frame_put_u64(uint8_t *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof(value));
}

/* @count float32 values; on little-endian machines a copy. */
static inline void viz_frame_get_floats(const uint8_t *at, float *out, uint32_t count)
{
#if __BYTE_ORDER == __LITTLE_ENDIAN
    memcpy(out, at, count * sizeof(*out));
#else
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bits = viz_frame_u32(at + i * 4);
        memcpy(&out[i], &bits, sizeof(bits));
    }
#endif
}

static inline void viz_frame_put_floats(uint8_t *at, const float *value, uint32_t count)
{
#if __BYTE_ORDER == __LITTLE_ENDIAN
    memcpy(at, value, count * sizeof(*value));
#else
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &value[i], sizeof(bits));
        viz_frame_put_u32(at + i * 4, bits);
    }
#endif
}

#endif
