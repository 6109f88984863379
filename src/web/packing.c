/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define GZIP 31    /* of windowBits: the largest window, and gzip's header */
#define LEVEL 3    /* 6 takes three times as long for 5 % of the bytes */
#define WORTH 10   /* what packing must save: a tenth */
#define SMALL 1000 /* fits into one packet anyway */

/* The end of one piece of a header, "gzip;q=0.5" of "gzip;q=0.5, br". */
static size_t piece(const char **at)
{
    *at += strspn(*at, ", \t");
    return strcspn(*at, ",");
}

static bool is_zero(const char *weight, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (weight[i] >= '1' && weight[i] <= '9')
            return false;
    return true;
}

bool viz_web_takes_gzip(const char *header)
{
    for (size_t size; header && (size = piece(&header)); header += size) {
        size_t name = strcspn(header, ",; \t");
        if (name != 4 || strncasecmp(header, "gzip", 4) != 0)
            continue;
        const char *weight = memmem(header, size, "q=", 2);
        return !weight || !is_zero(weight, size - (size_t)(weight - header));
    }
    return false;
}

bool viz_web_has_etag(const char *header, const char *etag)
{
    if (strncmp(etag, "W/", 2) == 0)
        etag += 2;
    for (size_t size; header && (size = piece(&header)); header += size) {
        size_t weak = strncmp(header, "W/", 2) == 0 ? 2 : 0;
        size_t length = strcspn(header, ", \t") - weak;
        if (length == strlen(etag) && memcmp(header + weak, etag, length) == 0)
            return true;
        if (*header == '*')
            return true;
    }
    return false;
}

/* FNV-1a of 64 bits: whoever could make two answers collide would fool his own cache. */
void viz_web_etag(const void *bytes, size_t size, char out[VIZ_WEB_ETAG])
{
    const uint8_t *at = bytes;
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3;
    snprintf(out, VIZ_WEB_ETAG, "\"%016llx\"", (unsigned long long)hash);
}

uint8_t *viz_web_pack(const void *bytes, size_t size, size_t *packed)
{
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)size};
    size_t room = size - size / WORTH;
    if (size < SMALL || size > UINT32_MAX ||
        deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    uint8_t *out = viz_zalloc(room);
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    int ret = deflate(&stream, Z_FINISH);
    *packed = stream.total_out;
    (void)deflateEnd(&stream);
    if (ret == Z_STREAM_END)
        return out;
    free(out);
    return NULL;
}

uint8_t *viz_web_unpack(const uint8_t *gzip, size_t gzip_size, size_t size)
{
    z_stream stream = {.next_in = (Bytef *)gzip, .avail_in = (uInt)gzip_size};
    uint8_t *out = viz_zalloc(size);
    stream.next_out = out;
    stream.avail_out = (uInt)size;
    int ret =
        inflateInit2(&stream, GZIP) == Z_OK ? inflate(&stream, Z_FINISH) : Z_MEM_ERROR;
    bool right = ret == Z_STREAM_END && stream.total_out == size;
    (void)inflateEnd(&stream);
    if (right)
        return out;
    free(out);
    return NULL;
}
