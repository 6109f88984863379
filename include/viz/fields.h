/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of one line of separated values, and what each of them is. */
#ifndef VIZ_FIELDS_H
#define VIZ_FIELDS_H

#include <viz/lines.h>
#include <viz/number.h>
#include <viz/stream.h>

#include <stdbool.h>
#include <stdint.h>

#define VIZ_MAX_FIELDS                                                                 \
    (VIZ_MAX_CHANNELS + 8) /* of one line: channels, times, a sensor */

enum viz_field_kind {
    VIZ_FIELD_MISSING,  /* nothing between two separators */
    VIZ_FIELD_NUMBER,   /* a number, NaN and infinity included */
    VIZ_FIELD_LABELLED, /* name:number */
    VIZ_FIELD_TEXT,
};

struct viz_field {
    struct viz_span text; /* without quotes and blanks around it */
    enum viz_field_kind kind;
    struct viz_span label; /* of a labelled number */
    struct viz_number number;
};

struct viz_fields {
    uint32_t count;
    uint32_t kinds[VIZ_FIELD_TEXT + 1]; /* how many of each */
    char separator;
    bool trailing; /* an empty last field was left out */
    bool overflow; /* more than VIZ_MAX_FIELDS: count is that, the rest was not read */
    struct viz_field field[VIZ_MAX_FIELDS];
};

/* The separator of @line: the first of ; tab , that stands outside of quotes, in this
 * order of rank; a blank where there is none of them. */
char viz_fields_separator(struct viz_span line);

/* Split @line at @separator; runs of blanks count as one. An empty last field is none:
 * it is a separator too many at the end. With ; and tab a comma may be the decimal
 * mark. */
void viz_fields_split(struct viz_span line, char separator, struct viz_fields *out);

/* "ax (m/s²)" or "ax[g]": name and unit. */
void viz_fields_channel(struct viz_span text, struct viz_channel *out);

/* Whether a line of @columns fields may have come to this: the empty last one left out. */
static inline bool viz_fields_match(const struct viz_fields *fields, uint32_t columns)
{
    return fields->count == columns ||
           (fields->trailing && fields->count + 1 == columns);
}

/* Whether every field could be the name of a column. */
bool viz_fields_are_names(const struct viz_fields *fields);

#endif
