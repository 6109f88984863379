/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that wait: put at the end, taken from the beginning, always in one piece. Grows
 * by need and keeps what it has grown to; whoever owns it sets the limit. Zeros are an
 * empty one. One thread for each object. */
#ifndef VIZ_BYTES_H
#define VIZ_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct viz_bytes {
    uint8_t *memory;
    size_t begin, end, room;
};

/* May move what waits: earlier pointers to it are void. */
void viz_bytes_append(struct viz_bytes *bytes, const void *from, size_t size);

/* Forget the first @size, which must be there. Pointers to the rest stay good. */
void viz_bytes_drop(struct viz_bytes *bytes, size_t size);

/* Give the memory back: an empty one again. */
void viz_bytes_finish(struct viz_bytes *bytes);

static inline size_t viz_bytes_size(const struct viz_bytes *bytes)
{
    return bytes->end - bytes->begin;
}

/* NULL when nothing waits. */
static inline const uint8_t *viz_bytes_first(const struct viz_bytes *bytes)
{
    return bytes->end > bytes->begin ? bytes->memory + bytes->begin : NULL;
}

#endif
