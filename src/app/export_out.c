/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export.h"

#include <viz/alloc.h>
#include <viz/number.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void write_all(struct viz_export_out *out, const char *text, size_t size)
{
    while (size && !out->failed) {
        ssize_t written = write(out->fd, text, size);
        if (written < 0 && errno != EINTR)
            out->failed = errno;
        if (written <= 0)
            continue;
        text += written;
        size -= (size_t)written;
    }
}

void viz_export_flush(struct viz_export_out *out)
{
    write_all(out, out->text, out->used);
    out->used = 0;
}

void viz_export_put_long(struct viz_export_out *out, const char *text, size_t size)
{
    viz_export_flush(out);
    if (size > VIZ_EXPORT_ROOM) {
        write_all(out, text, size);
        return;
    }
    memcpy(out->text, text, size);
    out->used = size;
}

void viz_export_int(struct viz_export_out *out, int64_t value)
{
    out->used += viz_number_format_int64(value, viz_export_field(out));
}

void viz_export_seconds(struct viz_export_out *out, int64_t ns)
{
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t rest = magnitude % 1000000000;
    char *text = viz_export_field(out);
    size_t used = 0;
    if (ns < 0)
        text[used++] = '-';
    used += viz_number_format_int64((int64_t)(magnitude / 1000000000), text + used);
    if (rest)
        text[used++] = '.';
    for (uint64_t unit = 100000000; rest; rest %= unit, unit /= 10)
        text[used++] = (char)('0' + rest / unit);
    out->used += used;
}

char *viz_export_csv_text(const char *text)
{
    size_t size = strlen(text);
    char *copy = viz_zalloc(2 * size + 3);
    if (!strpbrk(text, ",\"\r\n") && text[0] != ' ' && (!size || text[size - 1] != ' '))
        return memcpy(copy, text, size + 1);
    char *at = copy;
    *at++ = '"';
    for (; *text; *at++ = *text++)
        if (*text == '"')
            *at++ = '"';
    *at = '"';
    return copy;
}

/* Bytes of the character that @text begins with; 0: it is none. */
static size_t character(const unsigned char *text)
{
    unsigned char first = text[0], second = text[1];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4 || (second & 0xc0) != 0x80)
        return 0;
    if (first < 0xe0)
        return 2;
    /* Neither longer than needed, nor half of a pair, nor beyond the last. */
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ||
        (text[2] & 0xc0) != 0x80)
        return 0;
    if (first < 0xf0)
        return 3;
    return (text[3] & 0xc0) == 0x80 ? 4 : 0;
}

static size_t put_character(const char *text, size_t size, char *out)
{
    unsigned char c = (unsigned char)*text;
    if (!size) {
        memcpy(out, "\xef\xbf\xbd", 3);
        return 3;
    }
    if (c < 0x20 || c == 0x7f)
        return (size_t)sprintf(out, "\\u%04x", c);
    size_t used = 0;
    if (c == '"' || c == '\\')
        out[used++] = '\\';
    memcpy(out + used, text, size);
    return used + size;
}

char *viz_export_json_text(const char *text)
{
    char *copy = viz_zalloc(6 * strlen(text) + 3);
    char *at = copy;
    *at++ = '"';
    while (*text) {
        size_t size = character((const unsigned char *)text);
        at += put_character(text, size, at);
        text += size ? size : 1;
    }
    *at = '"';
    return copy;
}
