/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/bytes.h>

#include <viz/alloc.h>
#include <viz/error.h>

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 512

static void grow(struct viz_bytes *bytes, size_t needed)
{
    size_t size = viz_bytes_size(bytes);
    size_t room = bytes->room ? bytes->room : FIRST_ROOM;
    while (room < needed)
        room *= 2;
    uint8_t *memory = viz_zalloc(room);
    if (size)
        memcpy(memory, viz_bytes_first(bytes), size);
    free(bytes->memory);
    *bytes = (struct viz_bytes){memory, 0, size, room};
}

static void move_to_front(struct viz_bytes *bytes)
{
    size_t size = viz_bytes_size(bytes);
    memmove(bytes->memory, bytes->memory + bytes->begin, size);
    bytes->begin = 0;
    bytes->end = size;
}

void viz_bytes_append(struct viz_bytes *bytes, const void *from, size_t size)
{
    if (!size)
        return;
    size_t needed = viz_bytes_size(bytes) + size;
    viz_assert(needed <= SIZE_MAX / 2); /* nor has it wrapped: both parts exist */
    if (needed > bytes->room)
        grow(bytes, needed);
    else if (size > bytes->room - bytes->end)
        move_to_front(bytes);
    memcpy(bytes->memory + bytes->end, from, size);
    bytes->end += size;
}

void viz_bytes_drop(struct viz_bytes *bytes, size_t size)
{
    viz_assert(size <= viz_bytes_size(bytes));
    bytes->begin += size;
    if (bytes->begin == bytes->end)
        bytes->begin = bytes->end = 0;
}

void viz_bytes_finish(struct viz_bytes *bytes)
{
    free(bytes->memory);
    *bytes = (struct viz_bytes){0};
}
