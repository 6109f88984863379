/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "csv_layout.h"

#include <string.h>

enum {
    NO = 0,
    PARTIAL = 10,  /* the line is not whole: its end may say otherwise */
    HEADER = 20,   /* words, separated: a sentence may look like that */
    DATAGRAM = 30, /* a row without a newline */
    ONE_NUMBER = 55,
    NUMBERS = 65,
    LABELS = 70,
    TABLE = 85, /* words, and under them as many values */
};

/* Bytes that no text has. */
static bool is_binary(struct viz_span line)
{
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.text[i];
        if (c < ' ' && c != '\t' && c != '\r')
            return true;
    }
    return false;
}

/* Any sentence with a comma might be a header; one that names a time is. */
static bool is_timed_header(const struct viz_fields *fields)
{
    struct viz_csv_layout layout;
    if (fields->separator == ' ' || fields->count < 2)
        return false;
    viz_csv_read_header(fields, &layout);
    return layout.timed;
}

/* @columns: of the header that came before, 0: none; set when this line is one. */
static int probe_line(struct viz_span line, struct viz_fields *fields,
                      uint32_t *columns)
{
    struct viz_span text = viz_span_trim(line);
    if (!text.size || text.text[0] == '#')
        return NO;
    viz_fields_split(line, viz_fields_separator(line), fields);
    uint32_t header = *columns;
    bool numbers = fields->kinds[VIZ_FIELD_NUMBER] > 0;
    *columns = 0;
    if (numbers && header > 1 && viz_fields_match(fields, header))
        return TABLE;
    if (fields->kinds[VIZ_FIELD_TEXT]) {
        if (!viz_fields_are_names(fields))
            return NO;
        *columns = fields->count;
        return is_timed_header(fields) ? HEADER : NO;
    }
    if (fields->kinds[VIZ_FIELD_LABELLED])
        return LABELS;
    if (!numbers)
        return NO;
    return fields->count > 1 ? NUMBERS : ONE_NUMBER;
}

int viz_csv_probe(const uint8_t *bytes, size_t size)
{
    struct viz_fields fields;
    uint32_t columns = 0;
    int best = NO;
    const char *at = (const char *)bytes, *end = at + size;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        struct viz_span line = {at, (size_t)(stop - at)};
        if (line.size && line.text[line.size - 1] == '\r')
            line.size--;
        if (is_binary(line))
            return NO;
        int score = probe_line(line, &fields, &columns);
        if (!newline && score > DATAGRAM)
            score = at == (const char *)bytes ? DATAGRAM : PARTIAL;
        if (!newline && score == HEADER)
            score = PARTIAL;
        best = score > best ? score : best;
        at = newline ? newline + 1 : end;
    }
    return best;
}
